// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Waits in virtual time: at infinite speed a wait is a jump to the deadline.
///
/// Descriptors, signals and other threads are real, so each wait looks at them once first. The kernel's poller for that
/// is made at the first watch only; without one the loop sleeps, where it must, on its bell.
final class VirtualPoller: Poller {
  private let time: VirtualTime
  private let requested: EventLoop.PollerKind
  private let bell: Bell
  private var kernel: SystemPoller?

  init(_ requested: EventLoop.PollerKind, inbox: Inbox, time: VirtualTime) {
    self.requested = requested
    self.time = time
    bell = inbox.bell
  }

  var now: Instant { Instant(nanoseconds: time.look.load(ordering: .relaxed)) }
  var descriptor: CInt? { kernel?.descriptor }
  var kind: EventLoop.PollerKind? { kernel?.kind }
  var isAlwaysReady: Bool { kernel?.isAlwaysReady ?? false }

  func waker() throws(SystemError) -> Waker { try makeKernel().waker() }

  func wait(
    until deadline: Instant?, limit: Duration?, for loop: EventLoop, into ready: inout [ReadyEvent]
  ) throws(SystemError) {
    try kernel?.wait(until: .past, limit: nil, for: loop, into: &ready)
    if deadline == .past, time.isInfinite {
      // There is something to do at this instant: no time passes, and no job starts.
      bell.clear()
      time.catchUp()
      return
    }
    let started = (virtual: now, machine: MonotonicClock.now)
    let end = limit.map { started.virtual + $0 }
    while true {
      // Before all that is looked at here: what changes after it ends the sleep.
      bell.clear()
      if !time.isInfinite {
        while time.startOne(on: loop) {}
        time.publish()
      } else {
        time.catchUp()
      }
      if !ready.isEmpty || !loop.inbox.isEmpty || loop.hasSignals || loop.hasBecomeIdle { return }
      if let deadline, deadline <= now { return }

      let isLimitReached: Bool
      if time.isInfinite {
        if time.resumeOne() || time.startOne(on: loop) { continue }
        isLimitReached = end.map { $0 <= now } ?? false
        if !isLimitReached, !time.isHeld, loop.outstanding == 0 {
          // Asked once more: who holds time sends what it has first, and then lets go.
          if !loop.inbox.isEmpty { return }
          let next = [deadline, time.firstParked, end].compactMap { $0 }.min() ?? .never
          if next != .never {
            time.jump(to: next)
            // Those that are due go on here, before the timers of the instant.
            while time.resumeOne() {}
            continue
          }
        }
      } else {
        isLimitReached = end.map { $0 <= now } ?? false
      }
      if isLimitReached { return }
      try sleep(until: machineDeadline(deadline, end, limit, started.machine), loop, &ready)
      if let limit, MonotonicClock.now >= started.machine + limit, time.isInfinite { return }
    }
  }

  /// When a real wait has to end: at a finite speed when the deadline has come, at infinite speed when the limit has.
  private func machineDeadline(_ deadline: Instant?, _ end: Instant?, _ limit: Duration?, _ started: Instant)
    -> Instant?
  {
    if time.isInfinite { return limit.map { started + $0 } }
    guard let next = [deadline, end].compactMap({ $0 }).min() else { return nil }
    return time.state.withLock { $0.machineTime(of: next) }
  }

  private func sleep(until deadline: Instant?, _ loop: EventLoop, _ ready: inout [ReadyEvent]) throws(SystemError) {
    if let kernel {
      try kernel.wait(until: deadline, limit: nil, for: loop, into: &ready)
    } else {
      bell.sleep(until: deadline)
    }
  }

  /// Moves time inside a callback: queued operations start, parked ones go on when their time comes, timers wait.
  func block(for duration: Duration, on loop: EventLoop) {
    if !time.isInfinite { time.publish() }
    let end = now + max(.zero, duration)
    while true {
      guard time.isInfinite else {
        // At a finite speed time flows by itself.
        let machine = time.state.withLock { ($0.machineTime(of: end), $0.changes, $0.endings) }
        while time.startOne(on: loop) {}
        _ = time.state.wait(until: machine.0) { $0.changes != machine.1 || $0.endings != machine.2 ? true : nil }
        time.publish()
        if now >= end { return }
        continue
      }
      if time.resumeOne() || time.startOne(on: loop) { continue }
      if time.isHeld {
        _ = time.state.wait { $0.running == 0 || $0.speed != .infinity ? true : nil }
        continue
      }
      if now >= end { return }
      time.jump(to: min(end, time.firstParked ?? .never))
    }
  }

  // MARK: Descriptors

  private func makeKernel() throws(SystemError) -> SystemPoller {
    if let kernel { return kernel }
    let kernel = try SystemPoller(requested)
    bell.setWaker(kernel.waker())
    self.kernel = kernel
    // Whoever rang until now found nothing to ring.
    if bell.isPending { kernel.waker().ring() }
    return kernel
  }

  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError) {
    try makeKernel().add(descriptor, token, interest)
  }

  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) {
    kernel?.modify(descriptor, token, from: old, to: new)
  }

  func remove(_ descriptor: CInt, _ interest: Interest) { kernel?.remove(descriptor, interest) }

  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool {
    kernel?.knows(descriptor, token, interest) ?? false
  }
}
