// SPDX-License-Identifier: Apache-2.0

public import Reactor
public import Testing

/// Runs `body` inside a real loop, then the loop until it is stopped.
///
/// A watchdog inside the loop stops a run that hangs, and fails the test.
///
/// `poller` is the suite's unless the test names one; that it is the one that waits is checked.
public func withRealLoop(
  stopAfter limit: Duration = .seconds(60), poller: EventLoop.PollerKind = PollerUnderTest.kind,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: (EventLoop) throws -> Void
) throws {
  let loop = try EventLoop(EventLoop.Configuration(poller: poller))
  if poller != .automatic { #expect(loop.pollerKind == poller, sourceLocation: sourceLocation) }
  try loop.run { loop in
    loop.addTimer(after: limit) { [unowned loop] in
      Issue.record("the loop was not stopped within \(limit)", sourceLocation: sourceLocation)
      loop.stop()
    }
    try body(loop)
  }
}

extension EventLoop {
  /// Stops the loop a little after its first turn, however slow the machine is: what is ready now comes before.
  public func stopSoon(_ before: @escaping () -> Void = {}) {
    nextTick { [unowned self] in
      addTimer(after: .milliseconds(5)) { [unowned self] in
        before()
        stop()
      }
    }
  }
}

/// Runs `body` while a watchdog on a thread of its own waits: for runs that a timer would keep from going idle.
public func watched<Result>(
  _ loop: EventLoop, stopAfter limit: Duration = .seconds(60), sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) throws -> Result {
  let isDone = Locked(false)
  let handle = loop.handle
  // An instant of the machine's clock, which real loops go by.
  let end = try EventLoop().now + limit
  try SystemThread.start(name: "watchdog") {
    guard isDone.wait(until: end, { $0 ? true : nil }) == nil else { return }
    Issue.record("the loop was not done within \(limit)", sourceLocation: sourceLocation)
    handle.stop()
  }
  defer {
    isDone.withLock { $0 = true }
    isDone.wakeAll()
  }
  return try body()
}

/// Starts threads, one for each number from 0, and returns what waits for all of them.
public func startThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) -> Threads {
  let threads = Threads(count)
  for number in 0..<count {
    do {
      try SystemThread.start(name: "test-\(number)") {
        body(number)
        threads.left.withLock { $0 -= 1 }
        threads.left.wakeAll()
      }
    } catch {
      fatalError("\(error)")
    }
  }
  return threads
}

/// Threads that a test started.
public final class Threads: Sendable {
  fileprivate let left: Locked<Int>
  fileprivate init(_ count: Int) { left = Locked(count) }
  /// Waits until they have ended.
  public func join() { _ = left.wait { $0 == 0 ? true : nil } }
}

/// Runs `body` on another thread and waits for it.
public func onAnotherThread(_ body: @escaping @Sendable () -> Void) { startThreads(1) { _ in body() }.join() }

/// Numbers that are the same in every run: SplitMix64.
public struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  /// The series of that seed.
  public init(seed: UInt64) { state = seed }
  /// The next one.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
