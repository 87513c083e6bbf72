// SPDX-License-Identifier: Apache-2.0

/// A point on a loop's clock, in whole nanoseconds.
///
/// The clock is monotonic: it never goes back, and setting the system's date doesn't move it. On a real loop it
/// counts from some moment before the program began; on a virtual loop it begins at ``zero``.
///
/// ```swift
/// let started = loop.now
/// loop.addTimer(at: started + .seconds(2)) { print("took \(loop.now - started)") }
/// ```
public struct Instant: InstantProtocol, Sendable {
  /// Nanoseconds since the clock began.
  public var nanoseconds: Int64

  /// The instant that many nanoseconds after the clock began.
  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// Where a virtual clock begins.
  public static var zero: Instant { Instant(nanoseconds: 0) }

  /// A moment that never comes, about 292 years after the clock began: what is due then doesn't keep
  /// ``EventLoop/RunCondition/idle`` waiting.
  public static var never: Instant { Instant(nanoseconds: .max) }

  /// The instant that much later, or earlier if `duration` is negative; never past ``never``.
  @inlinable public func advanced(by duration: Duration) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.roundedNanoseconds)
    guard overflow else { return Instant(nanoseconds: sum) }
    return Instant(nanoseconds: duration < .zero ? .min : .max)
  }

  /// How long after this one `other` is; negative if it is before.
  @inlinable public func duration(to other: Instant) -> Duration {
    let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
    return .nanoseconds(overflow ? (other.nanoseconds < nanoseconds ? .min : .max) : difference)
  }

  /// Whether `left` comes before `right`.
  @inlinable public static func < (left: Instant, right: Instant) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The instant `duration` after `instant`.
  @inlinable public static func + (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(by: duration)
  }

  /// The instant `duration` before `instant`.
  @inlinable public static func - (instant: Instant, duration: Duration) -> Instant {
    instant.advanced(by: .zero - duration)
  }

  /// The time from `right` to `left`.
  @inlinable public static func - (left: Instant, right: Instant) -> Duration {
    right.duration(to: left)
  }

  /// Moves `instant` by `duration`.
  @inlinable public static func += (instant: inout Instant, duration: Duration) {
    instant = instant + duration
  }

  /// Moves `instant` back by `duration`.
  @inlinable public static func -= (instant: inout Instant, duration: Duration) {
    instant = instant - duration
  }
}

extension Instant: CustomStringConvertible {
  /// Seconds since the clock began, as in `2.250000000 s`.
  public var description: String {
    guard self != .never else { return "never" }
    return "\(Duration.nanoseconds(nanoseconds).inSeconds(digits: 9)) s"
  }
}

extension Duration {
  /// Whole nanoseconds, rounded to the nearest (a half away from zero); the ends of `Int64` stand for what doesn't
  /// fit, about 292 years.
  ///
  /// A `Duration` counts attoseconds in 128 bits, and dividing those costs more than arming a timer. As 10⁹ is
  /// 2⁹ · 1,953,125, durations of up to an hour need a shift and a division of 64 bits only.
  @inlinable public var roundedNanoseconds: Int64 {
    let half = attoseconds < 0 ? -(attoseconds - 500_000_000) : attoseconds + 500_000_000
    let shifted = half >> 9
    let magnitude: Int64
    if shifted <= Int128(Int64.max) {
      magnitude = Int64(truncatingIfNeeded: shifted) / 1_953_125
    } else {
      let wide = half / 1_000_000_000
      magnitude = wide > Int128(Int64.max) ? .max : Int64(wide)
    }
    return attoseconds < 0 ? (magnitude == .max ? .min : -magnitude) : magnitude
  }

  /// The duration in seconds, as a decimal number with that many digits (0 to 9) after the point, cut off.
  func inSeconds(digits: Int) -> String {
    let total = roundedNanoseconds
    let magnitude = total.magnitude
    let whole = magnitude / 1_000_000_000
    let sign = total < 0 ? "-" : ""
    guard digits > 0 else { return "\(sign)\(whole)" }
    let fraction = String(magnitude % 1_000_000_000)
    let padded = String(repeating: "0", count: 9 - fraction.count) + fraction
    return "\(sign)\(whole).\(padded.prefix(digits))"
  }
}
