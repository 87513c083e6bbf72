// SPDX-License-Identifier: Apache-2.0

/// JSON, read strictly: what is not exactly the grammar is an error, so that a file that passes here opens anywhere.
enum JSONValue: Equatable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  struct Malformed: Error { var place: Int }

  init(parsing text: String) throws {
    var reader = Reader(bytes: Array(text.utf8))
    self = try reader.value()
    reader.skipBlanks()
    guard reader.place == reader.bytes.count else { throw Malformed(place: reader.place) }
  }

  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  var number: Double? {
    guard case .number(let number) = self else { return nil }
    return number
  }

  var string: String? {
    guard case .string(let string) = self else { return nil }
    return string
  }

  var array: [JSONValue] {
    guard case .array(let values) = self else { return [] }
    return values
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0

    mutating func skipBlanks() {
      while place < bytes.count, [32, 10, 13, 9].contains(bytes[place]) { place += 1 }
    }

    mutating func value() throws -> JSONValue {
      skipBlanks()
      switch try peek() {
      case UInt8(ascii: "{"): return try object()
      case UInt8(ascii: "["): return try array()
      case UInt8(ascii: "\""): return .string(try string())
      case UInt8(ascii: "t"): return try word("true", .bool(true))
      case UInt8(ascii: "f"): return try word("false", .bool(false))
      case UInt8(ascii: "n"): return try word("null", .null)
      default: return try number()
      }
    }

    private func peek() throws -> UInt8 {
      guard place < bytes.count else { throw Malformed(place: place) }
      return bytes[place]
    }

    private mutating func take(_ character: Character) throws {
      guard try peek() == character.asciiValue else { throw Malformed(place: place) }
      place += 1
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
      for character in word { try take(character) }
      return value
    }

    private mutating func object() throws -> JSONValue {
      var members: [String: JSONValue] = [:]
      try take("{")
      skipBlanks()
      while try peek() != UInt8(ascii: "}") {
        if !members.isEmpty { try take(",") }
        skipBlanks()
        let start = place
        let key = try string()
        skipBlanks()
        try take(":")
        guard members.updateValue(try value(), forKey: key) == nil else { throw Malformed(place: start) }
        skipBlanks()
      }
      try take("}")
      return .object(members)
    }

    private mutating func array() throws -> JSONValue {
      var values: [JSONValue] = []
      try take("[")
      skipBlanks()
      while try peek() != UInt8(ascii: "]") {
        if !values.isEmpty { try take(",") }
        values.append(try value())
        skipBlanks()
      }
      try take("]")
      return .array(values)
    }

    private mutating func string() throws -> String {
      try take("\"")
      var text: [UInt8] = []
      while try peek() != UInt8(ascii: "\"") {
        var byte = try peek()
        guard byte >= 32 else { throw Malformed(place: place) }
        place += 1
        if byte == UInt8(ascii: "\\") {
          byte = try peek()
          place += 1
          let escapes: [UInt8: UInt8] = [34: 34, 92: 92, 47: 47, 98: 8, 102: 12, 110: 10, 114: 13, 116: 9]
          if byte == UInt8(ascii: "u") {
            let digits = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
            guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
              throw Malformed(place: place)
            }
            place += 4
            text += Array(String(Character(scalar)).utf8)
            continue
          }
          guard let escaped = escapes[byte] else { throw Malformed(place: place) }
          byte = escaped
        }
        text.append(byte)
      }
      try take("\"")
      return String(decoding: text, as: UTF8.self)
    }

    private mutating func number() throws -> JSONValue {
      let start = place
      while place < bytes.count, "+-.eE0123456789".utf8.contains(bytes[place]) { place += 1 }
      let text = String(decoding: bytes[start..<place], as: UTF8.self)
      let whole = text.drop { $0 == "-" }
      guard let number = Double(text), whole.first?.isNumber == true,
        !(whole.first == "0" && whole.dropFirst().first?.isNumber == true)
      else { throw Malformed(place: start) }
      return .number(number)
    }
  }
}
