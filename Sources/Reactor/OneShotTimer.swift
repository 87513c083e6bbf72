// SPDX-License-Identifier: Apache-2.0

/// A timer that fires once: what ``EventLoop/addTimer(after:file:line:_:)`` returns.
///
/// A small value that keeps nothing alive: dropping it leaves the timer armed. Use it on the loop's thread; once the
/// timer has fired or was cancelled, or the loop has closed, it does nothing.
///
/// ```swift
/// let timer = loop.addTimer(after: .seconds(20)) { print("too late") }
/// loop.addTimer(after: .seconds(1)) { timer.cancel() }
/// ```
public struct OneShotTimer {
  let place: LoopTable.Place
  let slot: UInt32
  let generation: UInt32

  private var loop: EventLoop? {
    guard let loop = place.loop, loop.isPending(slot, generation) else { return nil }
    return loop
  }

  /// Calls `body` with the loop, if the timer is pending.
  ///
  /// The loop isn't retained: who uses a handle keeps it, and the last thing that `body` does is the only one that may
  /// run a user's code.
  @inline(__always) private func withLoop(_ body: (EventLoop) -> Void) -> Bool {
    place.unretained?._withUnsafeGuaranteedRef { loop in
      guard loop.isPending(slot, generation) else { return false }
      body(loop)
      return true
    } ?? false
  }

  /// Whether it will fire: neither fired nor cancelled.
  ///
  /// False inside its own callback.
  public var isPending: Bool { loop != nil }

  /// When it is due, while it is pending.
  public var deadline: Instant? { loop?.deadline(ofTimer: slot) }

  /// Makes sure that it never fires, and releases its closure at once; the second time it does nothing.
  ///
  /// Legal anywhere on the loop: in its own callback, and for a timer that is due in the same turn.
  ///
  /// In EventMachine this is `EM.cancel_timer`.
  ///
  /// - Returns: whether it was pending.
  @discardableResult public func cancel() -> Bool {
    withLoop { $0.cancelTimer(slot) }
  }

  /// Arms it anew, `delay` from now; one that has fired or was cancelled stays so, and the answer is false.
  ///
  /// Among timers of equal deadline it then counts as armed last.
  @discardableResult public func reset(after delay: Duration) -> Bool {
    withLoop { $0.resetTimer(slot, to: $0.deadline(after: delay)) }
  }

  /// Arms it anew for `deadline`; one that has fired or was cancelled stays so, and the answer is false.
  @discardableResult public func reset(at deadline: Instant) -> Bool {
    withLoop { $0.resetTimer(slot, to: deadline) }
  }

  /// Names the timer for the observer.
  @discardableResult public func label(_ name: String) -> OneShotTimer {
    loop?.labelTimer(slot, name)
    return self
  }
}

@available(*, unavailable, message: "a timer belongs to its loop's thread")
extension OneShotTimer: Sendable {}

extension OneShotTimer: CustomStringConvertible {
  /// Its deadline, or that it is done.
  public var description: String {
    guard let deadline else { return "OneShotTimer(done)" }
    return "OneShotTimer(due at \(deadline))"
  }
}
