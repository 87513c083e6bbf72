// SPDX-License-Identifier: Apache-2.0

/// One word of a command: bare, or in quotes.
struct Token: Equatable {
  var text: String
  /// Whether it was quoted: then it is text, whatever it looks like.
  var isQuoted = false
}

/// Cuts a line of the sandbox's language into commands.
///
/// Words stand between blanks. A text in double quotes is one word, with `\n`, `\t`, `\\` and `\"` in it. `;` ends a
/// command, and `#` at the beginning of a word begins a comment.
struct Lexer {
  // Bytes, since a line may be a megabyte long; all that means something here is ASCII.
  private let line: [UInt8]
  private var place = 0
  private var tokens: [Token] = []

  /// The commands of a line, each with at least one word.
  static func commands(of line: [UInt8]) throws(Complaint) -> [[Token]] {
    var lexer = Lexer(line: line)
    return try lexer.run()
  }

  private init(line: [UInt8]) { self.line = line }

  private mutating func run() throws(Complaint) -> [[Token]] {
    if let place = line.firstIndex(of: 0) {
      throw Complaint("there is a NUL byte at column \(column(place)): this is no text")
    }
    var commands: [[Token]] = []
    while place < line.count {
      switch line[place] {
      case UInt8(ascii: ";"):
        place += 1
        if !tokens.isEmpty { commands.append(tokens) }
        tokens = []
      case UInt8(ascii: "#"):
        place = line.count
      case UInt8(ascii: "\""):
        tokens.append(try quoted())
      case let byte where Self.isBlank(byte):
        place += 1
      default:
        tokens.append(try bare())
      }
    }
    if !tokens.isEmpty { commands.append(tokens) }
    return commands
  }

  private mutating func bare() throws(Complaint) -> Token {
    let start = place
    while place < line.count, !Self.isBlank(line[place]), line[place] != UInt8(ascii: ";") {
      guard line[place] != UInt8(ascii: "\"") else {
        throw Complaint(
          "there is a quote inside a word at column \(column(place)): put a blank before it, or quote it all")
      }
      place += 1
    }
    return Token(text: String(decoding: line[start..<place], as: UTF8.self))
  }

  private mutating func quoted() throws(Complaint) -> Token {
    let start = place
    var text: [UInt8] = []
    place += 1
    while place < line.count, line[place] != UInt8(ascii: "\"") {
      if line[place] == UInt8(ascii: "\\"), place + 1 < line.count {
        text.append(try escaped(by: line[place + 1]))
        place += 2
      } else {
        text.append(line[place])
        place += 1
      }
    }
    guard place < line.count else {
      throw Complaint("the quote that opens at column \(column(start)) is never closed")
    }
    place += 1
    return Token(text: String(decoding: text, as: UTF8.self), isQuoted: true)
  }

  private func escaped(by byte: UInt8) throws(Complaint) -> UInt8 {
    switch byte {
    case UInt8(ascii: "n"): return UInt8(ascii: "\n")
    case UInt8(ascii: "t"): return UInt8(ascii: "\t")
    case UInt8(ascii: "\\"), UInt8(ascii: "\""): return byte
    default:
      throw Complaint(
        "the backslash at column \(column(place)) means nothing there: in quotes it makes \\n, \\t, \\\\ and \\\"")
    }
  }

  /// Counted from 1, in characters, as editors do.
  private func column(_ place: Int) -> Int { String(decoding: line[..<place], as: UTF8.self).count + 1 }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
