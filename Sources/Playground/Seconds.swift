// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Durations as people write and read them: `2.5`, `250ms`, `1m`.
///
/// They are read as whole nanoseconds, never as floating point, so that 0.1 + 0.2 is 0.3.
enum Seconds {
  /// The duration that `text` names: a decimal number of seconds, or one followed by `ms`, `s` or `m`; `nil` if it names
  /// none, or one of more than a hundred years.
  static func parse(_ text: String) -> Duration? {
    let units: [(suffix: String, nanoseconds: Int64)] = [
      ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("", 1_000_000_000),
    ]
    guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
    let parts = text.dropLast(unit.suffix.count).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
    let digits = parts.joined()
    let decimals = parts.count == 2 ? parts[1].utf8.count : 0
    guard !digits.isEmpty, decimals <= 9, digits.utf8.count <= 19, let number = Int64(digits) else { return nil }
    let scale = (0..<decimals).reduce(Int128(1)) { scale, _ in scale * 10 }
    // Two numbers of 64 bits multiply within 128.
    let nanoseconds = Int128(number) * Int128(unit.nanoseconds) / scale
    return nanoseconds <= hundredYears ? .nanoseconds(Int64(nanoseconds)) : nil
  }

  private static let hundredYears: Int128 = 3_155_760_000_000_000_000

  /// The duration in seconds with three digits after the point, the rest cut off: `5.250`.
  static func text(_ duration: Duration) -> String { text(nanoseconds: duration.roundedNanoseconds) }

  /// The instant in seconds with three digits after the point.
  static func text(_ instant: Instant) -> String { text(nanoseconds: instant.nanoseconds) }

  /// That many nanoseconds, in seconds with three digits after the point.
  static func text(nanoseconds: Int64) -> String {
    let milliseconds = nanoseconds.magnitude / 1_000_000
    return "\(nanoseconds < 0 ? "-" : "")\(milliseconds / 1000).\(padded(milliseconds % 1000, to: 3))"
  }

  /// Exactly that many nanoseconds in seconds, without zeros that say nothing: `5.25`.
  static func exact(nanoseconds: Int64) -> String {
    let whole = nanoseconds.magnitude / 1_000_000_000
    var fraction = padded(nanoseconds.magnitude % 1_000_000_000, to: 9)
    while fraction.last == "0" { fraction.removeLast() }
    return "\(nanoseconds < 0 ? "-" : "")\(whole)" + (fraction.isEmpty ? "" : ".\(fraction)")
  }

  private static func padded(_ number: UInt64, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
