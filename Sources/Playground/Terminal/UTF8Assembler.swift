// SPDX-License-Identifier: Apache-2.0

/// Makes scalars of UTF-8 that comes byte by byte; what is none becomes U+FFFD.
struct UTF8Assembler {
  private var bytes: [UInt8] = []
  private var wanted = 0

  /// Whether a character has begun.
  var isInside: Bool { !bytes.isEmpty }

  mutating func reset() { bytes = [] }

  /// Takes a byte that isn't ASCII, and which continues a character if one has begun.
  mutating func take(_ byte: UInt8) -> [Unicode.Scalar] {
    if bytes.isEmpty {
      wanted =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 0
        }
      guard wanted > 0 else { return ["\u{FFFD}"] }
    }
    bytes.append(byte)
    guard bytes.count == wanted else { return [] }
    defer { bytes = [] }
    // One U+FFFD for all of them if they are no character after all: one key was pressed.
    let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars
    return scalars.count == 1 ? Array(scalars) : ["\u{FFFD}"]
  }
}
