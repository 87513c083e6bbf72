// SPDX-License-Identifier: Apache-2.0

/// Shows what a terminal would obey rather than show.
enum Escaping {
  /// How it stands in a Swift string, if the character is a control, turns the direction of writing, or can't be seen;
  /// else `nil`.
  static func escaped(_ character: Character) -> String? {
    if character.isASCII {
      guard let value = character.asciiValue, value < 0x20 || value == 0x7F || character == "\r\n" else { return nil }
    } else {
      guard let first = character.unicodeScalars.first, isHidden(first) else { return nil }
    }
    return character.unicodeScalars.map(text).joined()
  }

  /// A text in which all that stands as it does in a Swift string.
  static func visible(_ text: String) -> String {
    // Nearly all of it is plain.
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    return text.reduce(into: "") { $0 += escaped($1) ?? String($1) }
  }

  /// A character without the marks that are piled up beyond any use: each of them would go to the terminal.
  static func shortened(_ character: Character) -> Character {
    let most = 16
    if character.isASCII || character.unicodeScalars.count <= most { return character }
    return Character(String(String.UnicodeScalarView(character.unicodeScalars.prefix(most))))
  }

  private static func text(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\0": "\\0"
    case "\t": "\\t"
    case "\n": "\\n"
    case "\r": "\\r"
    default: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // The joiners belong to the character before them.
    case .format: scalar.properties.isDefaultIgnorableCodePoint && scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }
}
