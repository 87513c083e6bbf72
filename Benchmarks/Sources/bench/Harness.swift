// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// What is measured.
///
/// It may be begun and ended several times; it adds up.
///
/// Unchecked: one thread at a time touches it, and the loop's inbox or a semaphore stands between them.
final class Region: @unchecked Sendable {
  private(set) var nanoseconds: Int64 = 0
  private(set) var cpu: Int64 = 0
  /// Further JSON fields, in order.
  var extra: [(name: String, value: String)] = []

  var seconds: Double { Double(nanoseconds) / 1e9 }

  func begin() {
    cpu -= cpuNanoseconds()
    nanoseconds -= wallNanoseconds()
  }

  func end() {
    nanoseconds += wallNanoseconds()
    cpu += cpuNanoseconds()
  }
}

/// One run of a work, the warm-up or the measured one.
///
/// Unchecked: a work that has a second thread lets it read the constants, and touch the region as said there.
final class Run: @unchecked Sendable {
  let loop: EventLoop
  let n: Int
  let k: Double
  let options: [String: String]
  let region = Region()
  private let whenDone: (Region) -> Void

  init(
    loop: EventLoop, n: Int, k: Double, options: [String: String], whenDone: @escaping (Region) -> Void
  ) {
    self.loop = loop
    self.n = n
    self.k = k
    self.options = options
    self.whenDone = whenDone
  }

  /// Says that all is checked and cleaned up.
  func done() { whenDone(region) }

  /// Calls `body` in the next turn that looks at the timers; a tick's turn need not.
  func nextTurn(_ body: @escaping () -> Void) { loop.addTimer(after: .zero, body) }
}

/// A counter that callbacks capture.
final class Counter {
  var value = 0
}

/// A counter that callbacks capture, and that knows when the last of them has run.
final class Countdown {
  private var left: Int
  private let whenDone: () -> Void

  init(_ count: Int, whenDone: @escaping () -> Void) {
    left = count
    self.whenDone = whenDone
  }

  func one() {
    left -= 1
    if left == 0 { whenDone() }
  }
}

/// The pseudo-random numbers of every work: xorshift32, seed 42.
struct XorShift {
  private var state: UInt32 = 42

  mutating func next() -> UInt32 {
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    return state
  }

  /// The next delay: base + x % span milliseconds.
  mutating func delay(_ base: UInt32, _ span: UInt32) -> Duration { .milliseconds(base + next() % span) }

  /// The next `n` delays.
  mutating func delays(_ n: Int, _ base: UInt32, _ span: UInt32) -> [Duration] {
    (0..<n).map { _ in delay(base, span) }
  }
}

/// `value` with at most that many digits after the point.
func decimal(_ value: Double, _ digits: Int = 1) -> String {
  let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
  return "\((value * scale).rounded() / scale)"
}
