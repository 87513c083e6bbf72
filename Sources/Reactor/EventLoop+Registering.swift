// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
  /// Runs `work` in the next turn of the loop; in this one, if it is called from a timer, a watch or an arrival.
  ///
  /// Ticks run in the order in which they were queued, in step 5 of a turn: those queued when the step began. One that a
  /// tick queues runs in the next turn, so a tick that queues itself never starves timers or descriptors. Work queued
  /// before the run runs in its first turn; work queued after ``stop()`` is dropped.
  ///
  /// ```swift
  /// loop.nextTick { print("after the code that runs now") }
  /// ```
  ///
  /// In EventMachine this is `EM.next_tick`.
  public func nextTick(file: StaticString = #fileID, line: UInt = #line, _ work: consuming @escaping () -> Void) {
    inbox.checkFork()
    if isObserved { noteTick(file, line) }
    ticks.pointee.append(consume work)
  }

  private func noteTick(_ file: StaticString, _ line: UInt) {
    let origin = Origin(id: inbox.nextIDOnLoop(), file: file, line: line)
    tickOrigins.append(origin, ofTick: ticks.pointee.tail, head: ticks.pointee.head)
    guard interest.contains(.arming) else { return }
    tell(LoopEvent(.tickArm, id: origin.id, file: file, line: line))
  }

  /// Runs `work` at once, whether the loop runs or not: where the caller is on the loop's thread already, which the
  /// compiler knows.
  ///
  /// Other threads use ``LoopHandle/schedule(file:line:_:)``.
  ///
  /// In EventMachine this is `EM.schedule`.
  public func schedule(_ work: () -> Void) {
    inbox.checkFork()
    work()
  }

  // MARK: Timers

  /// Calls `work` once, when `delay` has passed since this call.
  ///
  /// Never early, not by a nanosecond; late by what other callbacks take. A negative delay is zero, one of more than
  /// about 290 years never comes. Timers with equal deadlines fire in the order in which they were armed. A timer armed
  /// during a turn never fires in that turn.
  ///
  /// ```swift
  /// loop.addTimer(after: .seconds(5)) { print("BOOM") }
  /// ```
  ///
  /// In EventMachine this is `EM.add_timer` and `EM::Timer.new`.
  @discardableResult
  public func addTimer(
    after delay: Duration, file: StaticString = #fileID, line: UInt = #line, _ work: consuming @escaping () -> Void
  ) -> OneShotTimer {
    arm(deadline(after: delay), file, line, consume work)
  }

  /// Calls `work` once, at `deadline` on the loop's clock; in the next turn, if that has passed.
  ///
  /// No clock is read.
  @discardableResult
  public func addTimer(
    at deadline: Instant, file: StaticString = #fileID, line: UInt = #line, _ work: consuming @escaping () -> Void
  ) -> OneShotTimer {
    arm(deadline, file, line, consume work)
  }

  @inline(__always) private func arm(
    _ deadline: Instant, _ file: StaticString, _ line: UInt, _ work: consuming @escaping () -> Void
  ) -> OneShotTimer {
    inbox.checkFork()
    let (slot, generation) = timers.pointee.arm(deadline.nanoseconds, consume work)
    if isObserved {
      timerRegistrations[slot] = registration(.timerArm, file, line, first: Int(deadline.nanoseconds))
    }
    return OneShotTimer(place: place, slot: slot, generation: generation)
  }

  @inline(__always) func deadline(after delay: Duration) -> Instant {
    let nanoseconds = delay.roundedNanoseconds
    let (sum, overflow) = now.nanoseconds.addingReportingOverflow(max(0, nanoseconds))
    return overflow ? .never : Instant(nanoseconds: sum)
  }

  @inline(__always) func isPending(_ slot: UInt32, _ generation: UInt32) -> Bool {
    timers.pointee.isPending(slot, generation)
  }

  func deadline(ofTimer slot: UInt32) -> Instant { Instant(nanoseconds: timers.pointee.deadline(slot)) }

  @inline(__always) func cancelTimer(_ slot: UInt32) {
    inbox.checkFork()
    if isWatchedOver { tell(.timerCancel, takeRegistration(ofTimer: slot)) }
    // Released here, when the timers are no longer being accessed: its captures may cancel others.
    _ = timers.pointee.cancel(slot)
  }

  @inline(__always) func resetTimer(_ slot: UInt32, to deadline: Instant) {
    inbox.checkFork()
    timers.pointee.reset(slot, to: deadline.nanoseconds)
    if isObserved { tell(.timerMove, timerRegistrations[slot], first: Int(deadline.nanoseconds)) }
  }

  /// What is kept of the timer in that slot, which ends.
  func takeRegistration(ofTimer slot: UInt32) -> Registration? {
    timerRegistrations.isEmpty ? nil : timerRegistrations.removeValue(forKey: slot)
  }

  func labelTimer(_ slot: UInt32, _ name: String) {
    timerRegistrations[slot, default: Registration(id: 0, file: "", line: 0)].label = name
    // The place's next timer must not inherit it: see that it goes when this one fires.
    isWatchedOver = true
  }

  // MARK: Descriptors

  /// Calls `ready` in each turn that finds `descriptor` ready for what `interest` holds (step 3), until cancelled.
  ///
  /// It is level-triggered: what is not read is told again. The loop never reads, writes or closes the descriptor and
  /// leaves its flags alone; cancel the watch before you close it. A hang-up or an error counts as readable and writable.
  /// A regular file or `/dev/null` is always ready.
  ///
  /// ```swift
  /// let watch = try loop.watch(0, for: .readable) { _ in print("a line is there") }
  /// ```
  ///
  /// In EventMachine this is `EM.watch`.
  ///
  /// Throws EEXIST if the loop watches the descriptor already, and what the kernel says of a bad one.
  @discardableResult
  public func watch(
    _ descriptor: CInt, for interest: Interest, file: StaticString = #fileID, line: UInt = #line,
    _ ready: @escaping (Readiness) -> Void
  ) throws(SystemError) -> Watch {
    inbox.checkFork()
    if let place = watchPlaces[descriptor] {
      guard !poller.knows(descriptor, place.token, watches[place].interest) else {
        throw SystemError(errno: SystemError.exists, call: "watch", subject: "descriptor \(descriptor)")
      }
      // Closed behind our back, and the number was given to another file since.
      forget(place)
    }
    let place = watches.insert(WatchEntry(descriptor: descriptor, interest: interest, ready: ready, registration: nil))
    do {
      try poller.add(descriptor, place.token, interest)
    } catch {
      _ = watches.remove(place)
      throw error
    }
    watchPlaces[descriptor] = place
    watches[place].registration = registration(
      .watchArm, file, line, first: Int(descriptor), second: Int(interest.rawValue))
    return Watch(place: self.place, slot: place)
  }

  func setInterest(_ interest: Interest, of place: Slab<WatchEntry>.Place) {
    let entry = watches[place]
    guard interest != entry.interest else { return }
    inbox.checkFork()
    poller.modify(entry.descriptor, place.token, from: entry.interest, to: interest)
    watches[place].interest = interest
    if isObserved {
      tell(.watchMove, entry.registration, first: Int(entry.descriptor), second: Int(interest.rawValue))
    }
  }

  func cancelWatch(_ place: Slab<WatchEntry>.Place) {
    inbox.checkFork()
    // Kept until the end: its closure may be the one that runs, or the last to hold what is touched here.
    guard let entry = forget(place) else { return }
    if isObserved { tell(.watchCancel, entry.registration, first: Int(entry.descriptor)) }
  }

  @discardableResult func forget(_ place: Slab<WatchEntry>.Place) -> WatchEntry? {
    guard let entry = watches.remove(place) else { return nil }
    watchPlaces[entry.descriptor] = nil
    // In a forked child the kernel's poller is the parent's: what is taken out of it there, is gone here.
    if !inbox.isForked { poller.remove(entry.descriptor, entry.interest) }
    return entry
  }

  func labelWatch(_ place: Slab<WatchEntry>.Place, _ name: String) {
    if watches[place].registration == nil { watches[place].registration = Registration(id: 0, file: "", line: 0) }
    watches[place].registration?.label = name
  }

  /// How many watches wait for something.
  var activeWatches: Int { watches.count == 0 ? 0 : watches.places.count { !watches[$0].interest.isEmpty } }

  // MARK: Signals

  /// Calls `work` on the loop after the signal was raised: an ordinary callback (step 3), not a signal handler, so it
  /// may do anything.
  ///
  /// Several raises may merge into one call.
  ///
  /// Any number of watches, in any number of loops, hear the same signal. The disposition that it had before the first
  /// one is back when the last is cancelled or its loop stops. A signal watch doesn't keep
  /// ``EventLoop/RunCondition/idle`` waiting.
  ///
  /// ```swift
  /// loop.onSignal(.interrupt) { loop.stop() }
  /// ```
  ///
  /// - Precondition: the signal can be watched; the kernel refuses KILL and STOP.
  @discardableResult
  public func onSignal(
    _ signal: Signal, file: StaticString = #fileID, line: UInt = #line, _ work: @escaping () -> Void
  ) -> SignalWatch {
    inbox.checkFork()
    precondition(
      signal.isWatchable && SignalTable.watch(signal.rawValue),
      "\(signal) can't be watched: the kernel reserves KILL and STOP, and knows no such number otherwise")
    if signalBell == nil {
      do {
        signalBell = SignalTable.addBell(try poller.waker())
      } catch {
        preconditionFailure("\(signal) can't be watched without a poller: \(error)")
      }
      signalsSeen = SignalTable.raised
    }
    let seen = SignalTable.count(of: signal.rawValue)
    let place = signals.insert(
      SignalEntry(
        signal: signal, seen: seen, work: work,
        registration: registration(.signalArm, file, line, first: Int(signal.rawValue))))
    return SignalWatch(place: self.place, slot: place)
  }

  func cancelSignal(_ place: Slab<SignalEntry>.Place) {
    guard let entry = signals.remove(place) else { return }
    SignalTable.unwatch(entry.signal.rawValue)
    if signals.count == 0, let bell = signalBell {
      SignalTable.removeBell(bell)
      signalBell = nil
    }
    if isObserved { tell(.signalCancel, entry.registration, first: Int(entry.signal.rawValue)) }
  }

  func labelSignal(_ place: Slab<SignalEntry>.Place, _ name: String) {
    if signals[place].registration == nil { signals[place].registration = Registration(id: 0, file: "", line: 0) }
    signals[place].registration?.label = name
  }

  // MARK: Deliveries

  /// Expects a value that is made elsewhere: `receive` is called with it on the loop (step 4), once.
  ///
  /// `receive` may capture anything: it stays on the loop and is released there. The delivery is what crosses threads.
  /// Until the value has come, or the delivery was released, the loop isn't idle and virtual time stands still.
  public func expect<Value: Sendable>(
    file: StaticString = #fileID, line: UInt = #line, _ receive: @escaping (Value) -> Void
  ) -> Delivery<Value> {
    let receiver = Receiver(registration(.arrivalArm, file, line), receive)
    receivers.add(receiver)
    return Delivery(handle, receiver)
  }

  /// How many deliveries have neither been received nor released.
  var outstanding: Int { receivers.count }

  // MARK: Ends

  /// Calls `work` once at the end of this turn (step 6), or of the next one if it is called there; no turn waits while
  /// it is queued.
  ///
  /// For modules that close things. Dropped at ``stop()``.
  public func atEndOfTurn(_ work: @escaping () -> Void) {
    inbox.checkFork()
    endOfTurn.append(work)
  }

  /// Calls `hook` once, when the loop closes next.
  ///
  /// The last one added runs first. One added while closing is released unrun.
  ///
  /// In EventMachine this is `EM.add_shutdown_hook`.
  public func onStop(file: StaticString = #fileID, line: UInt = #line, _ hook: @escaping () -> Void) {
    inbox.checkFork()
    stopHooks.append((hook, registration(.hookArm, file, line)))
  }

  /// Calls `work` at every closing, after the stop hooks, in order of registering.
  ///
  /// For modules.
  public func whenClosing(_ work: @escaping () -> Void) {
    inbox.checkFork()
    closers.append(work)
  }
}
