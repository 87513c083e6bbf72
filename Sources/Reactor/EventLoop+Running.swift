// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension EventLoop {
  /// Makes a loop, runs `body` inside, turns until ``stop()``, and closes.
  ///
  /// What `body` throws closes the loop and is thrown here, as is the error of ``stop(throwing:)``.
  ///
  /// In EventMachine this is `EM.run`.
  @available(*, noasync, message: "run blocks its thread: use EventLoop.inBackground and handle.schedule in async code")
  public static func run(_ body: (EventLoop) throws -> Void) throws {
    try EventLoop().run(body)
  }

  /// Runs `body` inside this loop, then turns until ``stop()``, and closes.
  @available(*, noasync, message: "run blocks its thread: use EventLoop.inBackground and handle.schedule in async code")
  public func run(_ body: (EventLoop) throws -> Void) throws {
    try inside("run") {
      do { try body(self) } catch { stop(throwing: error) }
      try makeTurns(until: .stopped)
    }
  }

  /// Turns until ``stop()``, or until nothing is left that could ever happen, and closes.
  ///
  /// Blocks the calling thread, which is the loop's meanwhile. An idle loop uses no CPU at all. Throws the error of
  /// ``stop(throwing:)`` when all is closed; also when the kernel's poller fails, or ``TurnLimitReached`` on a virtual
  /// clock.
  ///
  /// - Precondition: not inside a callback of this loop. Running another loop there is legal and blocks this one.
  @available(*, noasync, message: "run blocks its thread: use EventLoop.inBackground and handle.schedule in async code")
  public func run(until condition: RunCondition = .stopped) throws {
    try inside("run") { try makeTurns(until: condition) }
  }

  /// Turns for `duration` and runs what is due up to and including its end.
  ///
  /// It does not close: the next run goes on.
  ///
  /// With a virtual clock the end is exact, unless a callback blocks past it. What the last turn arms or queues waits for
  /// the next run. ``stop()`` ends it early, and closes.
  @available(*, noasync, message: "run blocks its thread: use EventLoop.inBackground and handle.schedule in async code")
  public func run(for duration: Duration) throws {
    try inside("run") {
      beginRun()
      let end = deadline(after: duration)
      do {
        repeat {
          try makeTurn(mayPass: virtualPoller == nil, limit: nil, end: end)
        } while !isStopRequested && (lastLook < end || (timers.pointee.nextDeadline() ?? .max) < end.nanoseconds)
      } catch {
        stop(throwing: error)
      }
      try finishTurns()
    }
  }

  /// Makes one turn, for hosts and steppers.
  ///
  /// Waits at most that long; `nil` waits as ``run(until:)`` would. Between turns the loop does not run: a host learns
  /// from ``pollDescriptor`` and ``nextDeadline`` when to call again.
  ///
  /// - Returns: false once the loop was stopped, and has closed; the next call begins anew.
  @available(
    *, noasync, message: "turn blocks its thread: use EventLoop.inBackground and handle.schedule in async code"
  )
  public func turn(waitingAtMost limit: Duration? = nil) throws -> Bool {
    try inside("turn") {
      passing.reset()
      do {
        try makeTurn(mayPass: false, limit: limit.map { max(.zero, $0) }, end: nil)
      } catch {
        stop(throwing: error)
      }
      return try finishTurns()
    }
  }

  /// Ends the run: the current callback finishes, no other begins, and the loop closes.
  ///
  /// Closing runs the stop hooks in reverse order, then what modules registered with ``whenClosing(_:)``, then releases
  /// unrun all that is registered. ``isRunning`` is true until then. Nothing leaks into a later run.
  ///
  /// Legal in every state, any number of times. Outside a run it closes at once and leaves no mark on the next one.
  ///
  /// In EventMachine this is `EM.stop`.
  public func stop() { requestStop(nil) }

  /// As ``stop()``, and the run throws `error` when all is closed.
  ///
  /// The first error wins, also during closing.
  ///
  /// In EventMachine an exception that leaves a callback does that.
  public func stop(throwing error: any Error) { requestStop(error) }

  /// Sleeps inside the callback, or moves virtual time by as much: for lessons and tests.
  ///
  /// In real time it blocks the thread. At infinite speed virtual time moves to the end; deferred operations start and go
  /// on meanwhile, timers and results wait, as they would. At a finite speed it really waits.
  public func block(for duration: Duration, file: StaticString = #fileID, line: UInt = #line) {
    inbox.checkFork()
    let registration = isObserved ? Registration(id: inbox.nextIDOnLoop(), file: file, line: line) : nil
    if isObserved { tell(.blockBegin, registration, first: Int(duration.roundedNanoseconds)) }
    if let virtualPoller {
      virtualPoller.block(for: duration, on: self)
    } else {
      MonotonicClock.sleep(until: deadline(after: duration))
    }
    if isObserved { tell(.blockEnd, registration, first: Int(duration.roundedNanoseconds)) }
  }

  // MARK: Inside

  /// Makes this thread the loop's for as long as `body` takes.
  private func inside<Result>(_ call: StaticString, _ body: () throws -> Result) rethrows -> Result {
    precondition(
      phase == .outside,
      "\(call)() was called inside a callback of the same loop: let the callback return, the loop goes on by itself")
    inbox.checkFork()
    let outer = CurrentLoop.exchange(self)
    let outerThread = inbox.thread.exchange(SystemThread.current, ordering: .relaxed)
    inbox.bell.didWake()
    phase = .running
    if interest.contains(.steps) { tell(.loopBegin) }
    defer {
      if interest.contains(.steps) { tell(.loopEnd) }
      phase = .outside
      inbox.thread.store(outerThread, ordering: .relaxed)
      _ = CurrentLoop.exchange(outer)
      retired = []
      // Nobody waits now, so from here on every change rings: a host may wait for the poller's descriptor.
      inbox.bell.listen(hasWork: !ticks.pointee.isEmpty || !endOfTurn.isEmpty || poller.isAlwaysReady)
    }
    return try body()
  }

  /// Forgets what the run before has left: looks that may be passed over, turns at the instant where this one begins.
  ///
  /// ``turn(waitingAtMost:)`` is no run, and counts on: who steps through a chain of ticks that never ends is to hear of it.
  private func beginRun() {
    passing.reset()
    turnsAtThisInstant = 0
  }

  private func makeTurns(until condition: RunCondition) throws {
    beginRun()
    endsWhenIdle = condition == .idle
    defer { endsWhenIdle = false }
    let mayPass = virtualPoller == nil
    do {
      while !isStopRequested {
        if condition == .idle, isIdle { requestStop(nil) } else { try makeTurn(mayPass: mayPass, limit: nil, end: nil) }
      }
    } catch {
      stop(throwing: error)
    }
    try finishTurns()
  }

  /// Closes if the loop was stopped; whether it goes on.
  @discardableResult private func finishTurns() throws -> Bool {
    guard isStopRequested else { return true }
    close()
    let error = stopError
    stopError = nil
    if let error { throw error }
    return false
  }

  private func requestStop(_ error: (any Error)?) {
    inbox.checkFork()
    if let error, stopError == nil { stopError = error }
    if interest.contains(.steps) { tell(.loopStop) }
    switch phase {
    case .running:
      isStopRequested = true
      inbox.setState(.closing)
    case .closing:
      break
    case .outside:
      inside("stop") {
        inbox.setState(.closing)
        close()
        stopError = nil
      }
    }
  }

  /// Runs the hooks and releases all.
  ///
  /// Hooks and releases may register more: that goes the same way.
  private func close() {
    phase = .closing
    if interest.contains(.steps) { tell(.closeBegin) }
    var hooks = stopHooks
    stopHooks = []
    while let hook = hooks.popLast() { run(.hookBegin, .hookEnd, hook.registration) { hook.work() } }
    for closer in closers { closer() }
    inbox.virtualTime?.close()
    releaseAll()
    if interest.contains(.steps) { tell(.closeEnd) }
    isStopRequested = false
    turnsAtThisInstant = 0
    inbox.setState(.open)
    phase = .running  // `inside` ends it
  }

  /// Releases what is registered, unrun.
  ///
  /// What a release registers is released in the next round.
  func releaseAll() {
    var isEmpty: Bool {
      ticks.pointee.isEmpty && timers.pointee.count == 0 && watches.count == 0 && signals.count == 0
        && receivers.count == 0 && endOfTurn.isEmpty && stopHooks.isEmpty && inbox.isEmpty
    }
    ready.removeAll(keepingCapacity: true)
    while !isEmpty {
      ticksDropped += TickQueue.removeAll(of: ticks)
      var released: [() -> Void] = []
      timers.pointee.removeAll(into: &released)
      released.append(contentsOf: endOfTurn)
      endOfTurn = []
      released.append(contentsOf: stopHooks.map { $0.work })
      stopHooks = []
      released.removeAll()
      for place in watches.places {
        // Not by cancelling, which traps in a forked child: the child may let go of what it has inherited.
        guard let entry = forget(place), isObserved else { continue }
        tell(.watchCancel, entry.registration, first: Int(entry.descriptor))
      }
      for place in signals.places { cancelSignal(place) }
      while let receiver = receivers.takeFirst() { receiver.close() }
      var batch = ArrivalQueue()
      inbox.takeAll(into: &batch)
    }
    timerRegistrations.removeAll()
    tickOrigins.removeAll()
  }
}
