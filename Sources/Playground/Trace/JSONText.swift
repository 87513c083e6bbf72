// SPDX-License-Identifier: Apache-2.0

/// Writes JSON: objects whose keys stay in the order in which they are added.
struct JSONObject: Sendable {
  private var members: [String] = []

  init() {}

  /// Adds a text.
  mutating func add(_ key: String, _ value: some StringProtocol) { addRaw(key, Self.quoted(value)) }
  /// Adds a whole number.
  mutating func add(_ key: String, _ value: some BinaryInteger) { addRaw(key, "\(value)") }
  /// Adds an object.
  mutating func add(_ key: String, _ value: JSONObject) { addRaw(key, value.text) }
  /// Adds what is JSON already.
  mutating func addRaw(_ key: String, _ json: String) { members.append("\(Self.quoted(key)):\(json)") }

  /// The object on one line.
  var text: String { "{\(members.joined(separator: ","))}" }

  /// A JSON string; control characters, quotes and backslashes are escaped.
  static func quoted(_ text: some StringProtocol) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case "\u{0}"..<"\u{20}", "\u{7F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
