// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The part of a loop that any thread may touch.
///
/// A handle keeps nothing alive: work scheduled through it after the loop is gone is refused. Two handles are equal if
/// they belong to the same loop.
///
/// ```swift
/// let handle = loop.handle
/// try SystemThread.start(name: "reader") {
///   handle.schedule { loop in loop.stop() }
/// }
/// ```
public struct LoopHandle: Sendable, Hashable {
  let inbox: Inbox

  /// Queues `work` for step 4 of a turn, after timers and I/O, and wakes the loop: the turn that is under way, if that
  /// step is still to come, or else the next one.
  ///
  /// Any thread. Work of one thread runs in the order in which that thread scheduled it. Outside a run it waits for the
  /// next one. What `work` captures is released on the loop's thread, unless the answer is false.
  ///
  /// In EventMachine this is `EM.schedule` or `EM.next_tick` from another thread.
  ///
  /// - Returns: false while the loop closes and once it is gone; then `work` is dropped. True does not promise that the
  ///   work runs: the loop may stop first.
  @discardableResult
  public func schedule(
    file: StaticString = #fileID, line: UInt = #line, _ work: consuming @escaping @Sendable (EventLoop) -> Void
  ) -> Bool {
    guard isObserved else { return inbox.schedule(consume work, nil) }
    let registration = Registration(id: inbox.nextID(), file: file, line: line)
    note(LoopEvent(.arrivalArm, id: registration.id, file: file, line: line))
    return inbox.schedule(consume work, Registration.Box(registration))
  }

  /// Stops the loop in step 4 of a turn; any thread.
  ///
  /// The same as scheduling ``EventLoop/stop()``, with the same answer.
  @discardableResult
  public func stop() -> Bool { schedule { $0.stop() } }

  /// Keeps the loop from going idle until the hold is released; any thread.
  ///
  /// It does not hold virtual time.
  public func hold() -> Hold {
    inbox.checkFork()
    return Hold(inbox)
  }

  /// Whether the calling thread runs this loop now.
  ///
  /// In EventMachine this is `EM.reactor_thread?`.
  public var isOnLoop: Bool { inbox.isOnLoop }

  /// Hands an event to the loop's observer, from any thread: for workers.
  ///
  /// Where nobody observes it costs a load.
  ///
  /// It reads the clock. The event isn't made unless there is an observer, and is dropped if that one doesn't want to
  /// hear its kind.
  @inlinable @inline(__always)
  public func note(_ event: @autoclosure () -> LoopEvent) {
    // Asked first, since that touches nothing which threads share and write.
    guard Observers.exist, isObserved else { return }
    hand(event())
  }

  @usableFromInline var isObserved: Bool { inbox.interest.load(ordering: .relaxed) != 0 }

  @usableFromInline func hand(_ event: LoopEvent) {
    guard inbox.wants(event.kind), let observer = inbox.observer else { return }
    var event = event
    event.sequence = inbox.nextSequence()
    event.time = inbox.virtualTime?.now ?? MonotonicClock.now
    observer.observe(event)
  }

  /// Whether both belong to the same loop.
  public static func == (left: LoopHandle, right: LoopHandle) -> Bool { left.inbox === right.inbox }

  /// Feeds the loop's identity.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(inbox)) }
}

extension LoopHandle: CustomStringConvertible {
  /// The loop's name.
  public var description: String { "LoopHandle(\(inbox.name))" }
}

/// Keeps a loop from going idle until it is released, or dropped.
///
/// Any thread.
///
/// A hold counts for ``EventLoop/RunCondition/idle`` only: it neither keeps the loop alive nor holds virtual time.
public final class Hold: Sendable {
  private let inbox: Inbox
  private let isReleased = Atomic<Bool>(false)

  fileprivate init(_ inbox: Inbox) {
    self.inbox = inbox
    inbox.holds.add(1, ordering: .relaxed)
  }

  deinit { release() }

  /// Lets the loop go idle again, as far as this hold goes; the second time it does nothing.
  public func release() {
    guard !isReleased.exchange(true, ordering: .relaxed) else { return }
    if inbox.holds.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { inbox.bell.ring() }
  }
}
