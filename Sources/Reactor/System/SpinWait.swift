// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
private func relax() {}
#else
import CReactor
private func relax() { creactor_relax() }
#endif

/// A look at something that another thread is about to change, for some microseconds, before one goes to sleep over it.
///
/// **Facts.** To sleep and be woken costs a thread several microseconds, where its processor has gone to sleep meanwhile
/// several tens. What one waits for often takes less.
///
/// **The rule here.** It looks for as long as sleeping might cost. When that was in vain, only for half as long the next
/// time, until it doesn't look at all; when it wasn't, for the whole time again. Once in many times it looks although it
/// has given up, since things may have changed: so who waits for slow things loses a thousandth of his time.
///
/// ```swift
/// var spin = SpinWait()
/// if !spin.wait(until: { flag.load(ordering: .acquiring) }) { sleepOverIt() }
/// ```
public struct SpinWait: Sendable {
  private static let longest: Int64 = 50_000
  private static let shortest: Int64 = 1_000
  private static let rarely = 256

  private var nanoseconds = Self.longest
  private var givenUp = 0

  /// One that has not failed yet.
  public init() {}

  /// Asks `condition` again and again; returns whether it came true.
  ///
  /// Any thread, but one at a time. It takes at most 50 µs.
  public mutating func wait(until condition: () -> Bool) -> Bool {
    if condition() { return true }
    guard nanoseconds >= Self.shortest else {
      givenUp += 1
      if givenUp == Self.rarely { (nanoseconds, givenUp) = (Self.longest, 0) }
      return false
    }
    let end = MonotonicClock.now.nanoseconds + nanoseconds
    repeat {
      for _ in 0..<8 {
        if condition() {
          nanoseconds = Self.longest
          return true
        }
        relax()
      }
    } while MonotonicClock.now.nanoseconds < end
    nanoseconds /= 2
    return false
  }
}
