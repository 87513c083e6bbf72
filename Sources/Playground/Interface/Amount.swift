// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lengths of time as the screens have them: short, with their unit.
enum Amount {
  /// `1.34 s`, `12 ms`, `0.31 ms`; `0` is `0 s`.
  static func text(_ nanoseconds: Int64) -> String {
    let magnitude = nanoseconds.magnitude
    let sign = nanoseconds < 0 ? "-" : ""
    if magnitude == 0 { return "0 s" }
    if magnitude >= 100_000_000 { return "\(sign)\(decimal(magnitude / 10_000_000)) s" }
    if magnitude >= 10_000_000 { return "\(sign)\(magnitude / 1_000_000) ms" }
    return "\(sign)\(decimal(magnitude / 10_000)) ms"
  }

  static func text(_ duration: Duration) -> String { text(duration.roundedNanoseconds) }

  /// A point in time in seconds, with two digits after the point: `6.60`.
  static func time(_ instant: Instant) -> String {
    decimal(instant.nanoseconds.magnitude / 10_000_000)
  }

  /// Hundredths, as a decimal number.
  private static func decimal(_ hundredths: UInt64) -> String {
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// A share in percent with one digit after the point: `0.4 %`.
  static func share(_ part: Duration, of whole: Duration) -> String {
    let whole = max(1, whole.roundedNanoseconds)
    let tenths = UInt64(max(0, Double(part.roundedNanoseconds) / Double(whole) * 1000))
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
