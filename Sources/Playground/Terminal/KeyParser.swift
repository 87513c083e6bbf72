// SPDX-License-Identifier: Apache-2.0

/// Makes keys of the bytes that a terminal sends, however they are cut into pieces.
///
/// What isn't known is swallowed as a whole, so that no part of it is taken for a key: reports of the mouse, of the focus
/// and of the cursor, replies to questions that some other program asked.
struct KeyParser {
  private enum State {
    case ground
    case escape
    /// `ESC [`, and its parameters so far.
    case sequence
    /// `ESC O`.
    case single
    /// `ESC [ [`, with which the Linux console names its first function keys.
    case console
    /// A sequence that is too long to be one, up to its end.
    case overlong
    /// The bytes of an old mouse report.
    case mouse(left: Int)
    case paste
  }

  private static let longestSequence = 32
  private static let longestPaste = 65_536
  private static let pasteEnd = Array("\u{1B}[201~".utf8)

  private var state = State.ground
  private var parameters: [UInt8] = []
  private var pasted: [UInt8] = []
  private var character = UTF8Assembler()
  /// Whether the character that comes was preceded by Esc.
  private var isAlt = false
  private var keys: [Key] = []

  /// Whether a lone Esc is held back, since it may be the beginning of something.
  var holdsEscape: Bool {
    if case .escape = state { true } else { false }
  }

  /// Takes bytes, and returns the keys that are complete.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [Key] {
    for byte in bytes { take(byte) }
    defer { keys = [] }
    return keys
  }

  /// Nothing came after Esc for so long that it was the key.
  mutating func escapeIsAlone() -> [Key] {
    guard holdsEscape else { return [] }
    state = .ground
    return [.escape]
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .ground: ground(byte)
    case .escape: escaped(byte)
    case .sequence: sequence(byte)
    case .single: single(byte)
    case .console:
      state = .ground
      if (0x41...0x45).contains(byte) { keys.append(.function(Int(byte) - 0x40)) }
    case .overlong: overlong(byte)
    case .mouse(let left): state = left > 1 ? .mouse(left: left - 1) : .ground
    case .paste: paste(byte)
    }
  }

  // MARK: Characters

  private mutating func ground(_ byte: UInt8) {
    if byte >= 0x80 || character.isInside {
      if character.isInside, byte & 0xC0 != 0x80 {
        emit("\u{FFFD}")
        character.reset()
        return ground(byte)
      }
      for scalar in character.take(byte) { emit(Character(scalar)) }
      return
    }
    switch byte {
    case 0x1B: state = .escape
    case 0x00: keys.append(.control("@"))
    case 0x09: keys.append(.tab)
    case 0x0A, 0x0D: keys.append(.enter)
    case 0x08, 0x7F: keys.append(.backspace)
    case 0x01...0x1A: keys.append(.control(Character(Unicode.Scalar(byte + 0x60))))
    case 0x1C...0x1F: keys.append(.control(Character(Unicode.Scalar(byte + 0x40))))
    default: emit(Character(Unicode.Scalar(byte)))
    }
  }

  private mutating func emit(_ character: Character) {
    keys.append(isAlt ? .alt(character) : .character(character))
    isAlt = false
  }

  // MARK: Sequences

  private mutating func escaped(_ byte: UInt8) {
    state = .ground
    switch byte {
    case 0x1B:
      keys.append(.escape)
      state = .escape
    case UInt8(ascii: "["):
      parameters = []
      state = .sequence
    case UInt8(ascii: "O"):
      parameters = []
      state = .single
    case 0x00...0x1F, 0x7F:
      keys.append(.escape)
      ground(byte)
    default:
      isAlt = true
      ground(byte)
    }
  }

  private mutating func sequence(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "[") where parameters.isEmpty: state = .console
    case 0x20...0x3F:
      parameters.append(byte)
      // With the two bytes that began it, and the one that ends it.
      if parameters.count + 3 > Self.longestSequence { state = .overlong }
    case 0x40...0x7E:
      state = .ground
      finished(byte)
    default: interrupted(byte)
    }
  }

  private mutating func finished(_ final: UInt8) {
    if final == UInt8(ascii: "M"), parameters.isEmpty { return state = .mouse(left: 3) }
    if final == UInt8(ascii: "~"), parameters == Array("200".utf8) {
      pasted = []
      return state = .paste
    }
    if let key = KeySequences.key(final, parameters) { keys.append(key) }
  }

  private mutating func single(_ byte: UInt8) {
    switch byte {
    case 0x30...0x3B where parameters.count < 8: parameters.append(byte)
    case 0x20...0x7E:
      state = .ground
      if let key = KeySequences.single(byte) { keys.append(key) }
    default: interrupted(byte)
    }
  }

  private mutating func overlong(_ byte: UInt8) {
    switch byte {
    case 0x20...0x3F: break
    case 0x40...0x7E: state = .ground
    default: interrupted(byte)
    }
  }

  /// What can't stand in a sequence ends it, and counts for itself.
  private mutating func interrupted(_ byte: UInt8) {
    state = .ground
    ground(byte)
  }

  // MARK: Pastes

  private mutating func paste(_ byte: UInt8) {
    pasted.append(byte)
    if byte == UInt8(ascii: "~"), pasted.suffix(Self.pasteEnd.count).elementsEqual(Self.pasteEnd) {
      pasted.removeLast(Self.pasteEnd.count)
      keys.append(.paste(Self.cleaned(pasted.prefix(Self.longestPaste))))
      pasted = []
      state = .ground
    } else if pasted.count >= 2 * Self.longestPaste {
      // Of what is too long only the end is looked at, since the paste may end there.
      pasted.removeSubrange(Self.longestPaste..<(pasted.count - Self.pasteEnd.count))
    }
  }

  /// Lines that end with a newline, and no other control.
  private static func cleaned(_ bytes: some Collection<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    var wasReturn = false
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar {
      case "\r": text.append("\n")
      case "\n": if !wasReturn { text.append("\n") }
      case "\t": text.append(" ")
      default: if scalar.properties.generalCategory != .control { text.append(scalar) }
      }
      wasReturn = scalar == "\r"
    }
    return String(text)
  }
}
