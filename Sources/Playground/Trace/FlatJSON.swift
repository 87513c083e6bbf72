// SPDX-License-Identifier: Apache-2.0

/// Reads a line of JSON that is one object of texts, numbers, `true`, `false` and `null`: what ``JSONObject`` writes for
/// an event.
///
/// It is strict, so that what is read here opens anywhere, and its complaints name a column.
struct FlatJSON {
  /// A member's value; a number is kept as it was written, since its reader knows whether it is whole.
  enum Value: Equatable {
    case text(String)
    case number(String)
    case word(String)
  }

  private let line: [UInt8]
  private var place = 0

  /// The members of the object that the line is.
  static func members(of line: [UInt8]) throws(Complaint) -> [String: Value] {
    var reader = FlatJSON(line: line)
    return try reader.object()
  }

  private init(line: [UInt8]) { self.line = line }

  private mutating func object() throws(Complaint) -> [String: Value] {
    var members: [String: Value] = [:]
    try take("{", "an object that begins with {")
    if peek() != UInt8(ascii: "}") {
      while true {
        let start = place
        let key = try text("a key in quotes")
        try take(":", "a colon behind the key \"\(key)\"")
        guard members.updateValue(try value(of: key), forKey: key) == nil else {
          throw Complaint("\"\(key)\" is there twice, again at column \(start + 1)")
        }
        guard peek() == UInt8(ascii: ",") else { break }
        place += 1
      }
    }
    try take("}", "a comma, or the } that ends the object")
    guard peek() == nil else { throw wanted("the end of the line") }
    return members
  }

  private mutating func value(of key: String) throws(Complaint) -> Value {
    switch peek() ?? 0 {
    case UInt8(ascii: "\""): return .text(try text("a text"))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      throw Complaint(
        "\"\(key)\" is an object or a list, at column \(place + 1): a recording has texts and numbers only")
    default:
      for word in ["true", "false", "null"] where line[place...].starts(with: word.utf8) {
        place += word.utf8.count
        return .word(word)
      }
      throw wanted("a value for \"\(key)\"")
    }
  }

  /// Digits with a fraction and an exponent at most, and no zeros before the first.
  private mutating func number() throws(Complaint) -> String {
    let start = place
    if line[place] == UInt8(ascii: "-") { place += 1 }
    let whole = digits()
    var isNumber = whole == 1 || (whole > 1 && line[place - whole] != UInt8(ascii: "0"))
    if place < line.count, line[place] == UInt8(ascii: ".") {
      place += 1
      isNumber = digits() > 0 && isNumber
    }
    if place < line.count, [UInt8(ascii: "e"), UInt8(ascii: "E")].contains(line[place]) {
      place += 1
      if place < line.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(line[place]) { place += 1 }
      isNumber = digits() > 0 && isNumber
    }
    let text = String(decoding: line[start..<place], as: UTF8.self)
    guard isNumber else { throw Complaint("\"\(text)\" at column \(start + 1) is no number of JSON's") }
    return text
  }

  private mutating func digits() -> Int {
    let start = place
    while place < line.count, (48...57).contains(line[place]) { place += 1 }
    return place - start
  }

  private mutating func text(_ what: String) throws(Complaint) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw wanted(what) }
    let start = place
    var bytes: [UInt8] = []
    place += 1
    while place < line.count, line[place] != UInt8(ascii: "\"") {
      switch line[place] {
      case UInt8(ascii: "\\"): bytes += try escaped()
      case 0..<32: throw Complaint("there is a control character at column \(place + 1), which JSON escapes")
      default:
        bytes.append(line[place])
        place += 1
      }
    }
    guard place < line.count else { throw Complaint("the quote at column \(start + 1) is never closed") }
    place += 1
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Complaint("the text at column \(start + 1) is not UTF-8")
    }
    return text
  }

  private mutating func escaped() throws(Complaint) -> [UInt8] {
    let start = place
    place += 2
    let plain: [UInt8: UInt8] = [
      UInt8(ascii: "\""): 34, UInt8(ascii: "\\"): 92, UInt8(ascii: "/"): 47, UInt8(ascii: "b"): 8,
      UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
    ]
    if place <= line.count, let byte = plain[line[place - 1]] { return [byte] }
    place = start
    guard var code = unit() else { throw Complaint("the backslash at column \(start + 1) escapes nothing") }
    // Beyond 65,535 it takes two of them.
    if (0xD800..<0xDC00).contains(code), let low = unit(), (0xDC00..<0xE000).contains(low) {
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw Complaint("the escape at column \(start + 1) is half a character")
    }
    return Array(String(Character(scalar)).utf8)
  }

  /// Takes `\u` and four hexadecimal digits.
  private mutating func unit() -> UInt32? {
    guard place + 6 <= line.count, line[place...].starts(with: "\\u".utf8) else { return nil }
    let digits = line[place + 2..<place + 6]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    place += 6
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  /// The next byte behind blanks.
  private mutating func peek() -> UInt8? {
    while place < line.count, [32, 9, 13].contains(line[place]) { place += 1 }
    return place < line.count ? line[place] : nil
  }

  private mutating func take(_ character: Character, _ what: String) throws(Complaint) {
    guard let byte = peek(), byte == character.asciiValue else { throw wanted(what) }
    place += 1
  }

  private func wanted(_ what: String) -> Complaint {
    place < line.count
      ? Complaint("column \(place + 1) should be \(what)") : Complaint("the line ends where \(what) should be")
  }
}
