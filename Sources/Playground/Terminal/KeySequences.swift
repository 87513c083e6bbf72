// SPDX-License-Identifier: Apache-2.0

/// Which key a terminal means by a sequence: the spellings of xterm, the Linux console, rxvt, screen and tmux.
///
/// Modifiers are dropped: Shift-Up is Up.
enum KeySequences {
  /// `ESC [`, parameters, and this byte; `nil` for what is no key.
  static func key(_ final: UInt8, _ parameters: [UInt8]) -> Key? {
    // Reports begin with one of `< = > ?`, or have a blank or the like before their end.
    guard parameters.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    let first = numbers.first ?? 0
    if final == UInt8(ascii: "~") { return numbered(first) }
    // A letter's only parameters are a 1 and the modifiers: a report of the cursor's place looks like F3 otherwise.
    guard first <= 1, numbers.count <= 2 else { return nil }
    switch final {
    case UInt8(ascii: "Z"): return .backTab
    case UInt8(ascii: "M"): return nil
    default: return single(final)
    }
  }

  /// `ESC O` and this byte.
  static func single(_ final: UInt8) -> Key? {
    switch final {
    case UInt8(ascii: "A"), UInt8(ascii: "a"): .up
    case UInt8(ascii: "B"), UInt8(ascii: "b"): .down
    case UInt8(ascii: "C"), UInt8(ascii: "c"): .right
    case UInt8(ascii: "D"), UInt8(ascii: "d"): .left
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "M"): .enter
    case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(final) - 0x4F)
    default: nil
    }
  }

  private static func numbered(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23...26: .function(number - 12)
    case 28, 29: .function(number - 13)
    case 31...34: .function(number - 14)
    default: nil
    }
  }
}
