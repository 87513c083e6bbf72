// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
private let clock = CLOCK_UPTIME_RAW
#elseif canImport(Musl)
import Musl
private let clock = CLOCK_MONOTONIC
#else
import Glibc
private let clock = CLOCK_MONOTONIC
#endif

/// The machine's monotonic clock: the one that the kernel's waits are measured by, too.
///
/// It stands still while the machine sleeps.
public enum MonotonicClock {
  /// A fresh reading; any thread.
  ///
  /// Instants of a real loop's ``EventLoop/now`` are on this clock, and so are the deadlines of ``Locked/wait(until:_:)``.
  public static var now: Instant {
    var time = timespec()
    clock_gettime(clock, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }

  /// Sleeps this thread until `deadline`, not a nanosecond less.
  static func sleep(until deadline: Instant) {
    while true {
      let left = deadline.nanoseconds - now.nanoseconds
      guard left > 0 else { return }
      var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
      nanosleep(&time, nil)
    }
  }
}
