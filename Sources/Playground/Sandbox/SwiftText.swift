// SPDX-License-Identifier: Apache-2.0

/// Writes values and calls as the Swift that a reader could type.
enum SwiftText {
  /// A line of Swift that is longer than this is broken, so that with its mark it fits into 80 columns.
  static let width = 75

  /// A string literal.
  static func literal(_ text: String) -> String { "\"\(escaped(text))\"" }

  /// A text as it stands inside of a string literal.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      // Controls, and what turns the direction of writing or breaks lines, would not be seen.
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200B}"..."\u{200F}", "\u{2028}"..."\u{202E}",
        "\u{2066}"..."\u{2069}",
        "\u{FEFF}":
        result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A duration: `.seconds(2)`, `.milliseconds(250)`, `.seconds(3.5)`.
  static func duration(_ duration: Duration) -> String {
    let nanoseconds = duration.roundedNanoseconds
    if nanoseconds % 1_000_000_000 == 0 { return ".seconds(\(nanoseconds / 1_000_000_000))" }
    if nanoseconds % 1_000_000 == 0, nanoseconds < 1_000_000_000 { return ".milliseconds(\(nanoseconds / 1_000_000))" }
    let seconds = Seconds.exact(nanoseconds: nanoseconds)
    // A decimal of more digits than a Double keeps would be another duration.
    return seconds.utf8.count <= 15 ? ".seconds(\(seconds))" : ".nanoseconds(\(nanoseconds))"
  }

  /// `print("…")`, with an interpolation behind the text if there is one.
  static func print(_ text: String, _ value: String? = nil) -> String {
    let blank = text.isEmpty || value == nil ? "" : " "
    return "print(\"\(escaped(text))\(blank)\(value.map { "\\(\($0))" } ?? "")\")"
  }

  /// A call with a trailing closure, in one line if it fits.
  static func closure(_ head: String, taking parameters: String = "", _ body: String...) -> [String] {
    let opening = parameters.isEmpty ? "\(head) {" : "\(head) { \(parameters) in"
    let line = "\(opening) \(body.joined(separator: "; ")) }"
    if body.count == 1, line.count <= width { return [line] }
    return [opening] + body.map { "  \($0)" } + ["}"]
  }

  /// A call with arguments, in one line if it fits.
  static func call(_ head: String, _ arguments: String) -> [String] {
    let line = "\(head)(\(arguments))"
    return line.count <= width ? [line] : ["\(head)(", "  \(arguments))"]
  }

  /// Whether a variable may be called that.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !reserved.contains(text), text.utf8.count <= 24 else { return false }
    let isPlain = text.utf8.allSatisfy { byte in
      (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte) || byte == 95
    }
    return isPlain && !(48...57).contains(first) && text != "_"
  }

  /// Swift's keywords, what the echoed program itself uses, and `all`, which `cancel` takes.
  private static let reserved: Set<String> = [
    "Any", "CancellationError", "DefaultDeferrable", "DeferPool", "EventLoop", "Oops", "Self", "Signal", "String",
    "all",
    "as", "associatedtype", "await", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do",
    "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in",
    "init", "inout", "internal", "is", "let", "loop", "nil", "operator", "precedencegroup", "print", "private",
    "protocol", "public", "repeat", "rethrows", "return", "self", "static", "struct", "subscript", "super", "switch",
    "throw", "throws", "true", "try", "typealias", "var", "where", "while",
  ]
}
