// SPDX-License-Identifier: Apache-2.0

/// How many cells a terminal gives to a character: 0, 1 or 2.
///
/// The C library's own table would know the scalars, but not the characters that are made of several, and only in the
/// locale that was set. Terminals differ where a character joins several pictures; see `FrameEncoder`, which doesn't
/// rely on what is said here.
enum CellWidth {
  static func of(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    if isEmoji(first) { return 2 }
    // "This one as a picture", of a character that isn't one by itself.
    if first.properties.isEmoji, scalars.contains("\u{FE0F}") { return 2 }
    return min(2, naive(character))
  }

  /// Whether all terminals give it as many cells as we think: those that know the character, and those that don't.
  static func isCertain(_ character: Character) -> Bool {
    if character.isASCII { return true }
    let scalars = character.unicodeScalars
    guard let first = scalars.first, scalars.count == 1 else { return false }
    return !first.properties.isEmoji
  }

  /// What a terminal gives that adds up scalars.
  static func naive(_ character: Character) -> Int {
    if character.isASCII { return 1 }
    return character.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control: return 0
    case .format: return scalar.properties.isDefaultIgnorableCodePoint ? 0 : 1
    default: break
    }
    // A syllable's later parts stand in its first part's cells.
    if (0x1160...0x11FF).contains(scalar.value) { return 0 }
    return isWide(scalar) ? 2 : 1
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x1100 { return false }
    return isEmoji(scalar) || wide.contains { $0.contains(scalar.value) }
  }

  /// Whether it is a picture by itself; a letter of a flag isn't, the flag is.
  private static func isEmoji(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x231A && scalar.properties.isEmojiPresentation && !(0x1F1E6...0x1F1FF).contains(scalar.value)
  }

  /// East Asian wide and full-width, apart from emoji.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
