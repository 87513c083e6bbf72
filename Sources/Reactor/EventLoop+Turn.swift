// SPDX-License-Identifier: Apache-2.0

/// How often a turn passes the look at descriptors and clock over.
///
/// **Facts.** While ticks are queued no turn waits, but a look costs a system call and a clock reading: many times what
/// a tick costs.
///
/// **The rule here.** While ticks are queued, a look may be passed over until 64 turns have gone. How many, doubles
/// from 1 for as long as the last stretch took under 50 µs, and falls back to 1 after a longer one: so what waits in
/// the kernel waits for less than 100 µs, or for one turn if that takes longer, once the ticks have shown how long they
/// take.
///
/// **What it costs.** Ticks that turn slow from one moment to the next are found out up to 64 turns late, once.
struct PassedLooks {
  private var stretch = 1
  private var left = 0
  private var hadTicks = false

  /// Whether this turn may do without a look.
  @inline(__always) mutating func pass() -> Bool {
    guard left > 0 else { return false }
    left -= 1
    return true
  }

  /// Says that a look was made, after how long, and whether ticks are queued.
  mutating func looked(after time: Int64, hasTicks: Bool) {
    stretch = hadTicks && hasTicks && time < 50_000 ? min(64, stretch * 2) : 1
    left = hasTicks ? stretch - 1 : 0
    hadTicks = hasTicks
  }

  mutating func reset() { self = PassedLooks() }
}

extension EventLoop {
  /// One turn of the loop.
  ///
  /// The steps are those of `Docs.docc/OneTurn.md`.
  ///
  /// This is the only place where registered closures are called; everywhere else they are only queued. The exceptions
  /// are `stop()`'s hooks and `schedule`, which runs its work at once.
  func makeTurn(mayPass: Bool, limit: Duration?, end: Instant?) throws {
    counters.turns += 1
    if interest.contains(.steps) { tell(.turnBegin, first: counters.turns) }
    if mayPass && passing.pass() && !isTimerDue {
      // Arrivals are looked at every turn; that costs one load.
    } else {
      try look(limit: limit, end: end, mayPass: mayPass)  // 1
      if isTimerDue { runTimers() }  // 2
      if !isStopRequested, !ready.isEmpty || hasSignals { dispatch() }  // 3
    }
    if !isStopRequested, !inbox.isEmpty { runArrivals() }  // 4
    if !isStopRequested, !ticks.pointee.isEmpty { runTicks() }  // 5
    if !isStopRequested, !endOfTurn.isEmpty { runEndOfTurn() }  // 6
    if interest.contains(.steps) { tell(.turnEnd, first: counters.turns) }
  }

  @inline(__always) private var isTimerDue: Bool {
    // The first key may be stale, but then no deadline is earlier: most turns need no more than this look.
    timers.pointee.keyCount > 0 && timers.pointee.firstKey.deadline <= lastLook.nanoseconds
      && (timers.pointee.nextDeadline() ?? .max) <= lastLook.nanoseconds
  }

  /// Step 1: waits, unless there is something to do already, and takes the time that the turn goes by.
  private func look(limit: Duration?, end: Instant?, mayPass: Bool) throws {
    inbox.checkFork()
    if interest.contains(.steps) { tell(.stepBegin, first: 1) }
    inbox.bell.clear()
    if !retired.isEmpty { retired = [] }
    // Asked once more after the bell was cleared: a hold that was released since rang it.
    let hasWork = !ticks.pointee.isEmpty || !inbox.isEmpty || !endOfTurn.isEmpty || hasSignals || hasBecomeIdle
    var deadline: Instant? = .past
    if !hasWork {
      deadline = timers.pointee.nextDeadline().map { Instant(nanoseconds: $0) }
      if let end { deadline = min(deadline ?? .never, end) }
    }
    if !ready.isEmpty { ready.removeAll(keepingCapacity: true) }
    try poller.wait(until: deadline, limit: limit, for: self, into: &ready)
    let now = poller.now
    if mayPass { passing.looked(after: now.nanoseconds - lastLook.nanoseconds, hasTicks: !ticks.pointee.isEmpty) }
    if virtualPoller != nil { try countTurn(at: now) }
    lastLook = now
    if interest.contains(.steps) { tell(.stepEnd, first: 1) }
  }

  private func countTurn(at now: Instant) throws {
    turnsAtThisInstant = now == lastLook ? turnsAtThisInstant + 1 : 1
    guard turnsAtThisInstant > turnsAtOneInstant, inbox.virtualTime?.isInfinite == true else { return }
    throw TurnLimitReached(instant: now, turns: turnsAtThisInstant)
  }

  /// Step 2: the timers that were due when the wait ended.
  ///
  /// Their keys are set aside first, so that one armed meanwhile waits for the next turn; each is looked up right
  /// before it runs, since the one before may have cancelled it.
  private func runTimers() {
    step(2) {
      let lag = lastLook - Instant(nanoseconds: timers.pointee.nextDeadline() ?? lastLook.nanoseconds)
      counters.lag = lag
      counters.longestLag = max(counters.longestLag, lag)
      timers.pointee.setDueAside(at: lastLook.nanoseconds)
      while !isStopRequested, let key = timers.pointee.nextDue() {
        guard let work = timers.pointee.takeWork(of: key) else { continue }
        counters.timersFired += 1
        if isWatchedOver {
          let registration = takeRegistration(ofTimer: key.slot)
          run(.timerBegin, .timerEnd, registration, first: Int(key.deadline)) { work.run() }
        } else {
          work.run()
        }
      }
    }
  }

  /// Step 3: descriptors that the wait found ready, then signals.
  private func dispatch() {
    step(3) {
      var index = 0
      while index < ready.count, !isStopRequested {
        let event = ready[index]
        index += 1
        let place = Slab<WatchEntry>.Place(token: event.token)
        // An earlier callback may have cancelled the watch, or switched it off.
        guard watches.contains(place) else { continue }
        let entry = watches[place]
        let readiness = Readiness(rawValue: event.readiness.rawValue & entry.interest.rawValue)
        guard !readiness.isEmpty else { continue }
        if isWatchedOver {
          let (first, second) = (Int(entry.descriptor), Int(readiness.rawValue))
          run(.watchBegin, .watchEnd, entry.registration, first: first, second: second) { entry.ready(readiness) }
        } else {
          entry.ready(readiness)
        }
      }
      ready.removeAll(keepingCapacity: true)
      if hasSignals, !isStopRequested { runSignals() }
    }
  }

  /// Whether a signal was raised that this loop may have to tell.
  var hasSignals: Bool { signalBell != nil && SignalTable.raised != signalsSeen }

  private func runSignals() {
    signalsSeen = SignalTable.raised
    for place in signals.places where signals.contains(place) && !isStopRequested {
      let count = SignalTable.count(of: signals[place].signal.rawValue)
      guard count != signals[place].seen else { continue }
      signals[place].seen = count
      let entry = signals[place]
      run(.signalBegin, .signalEnd, entry.registration, first: Int(entry.signal.rawValue)) { entry.work() }
    }
  }

  /// Step 4: what other threads had scheduled when the step began.
  private func runArrivals() {
    step(4) {
      inbox.takeAll(into: &arrivals)
      while !isStopRequested, let entry = arrivals.takeFirst() {
        counters.arrivals += 1
        if isWatchedOver {
          run(.arrivalBegin, .arrivalEnd, entry.registration?.registration) { entry.work(self) }
        } else {
          entry.work(self)
        }
      }
      arrivals.removeAll()
    }
  }

  /// Step 5: the ticks queued before the step began.
  ///
  /// One that a tick queues runs in the next turn.
  private func runTicks() {
    guard isWatchedOver else {
      let end = ticks.pointee.tail
      while ticks.pointee.head != end, !isStopRequested { TickQueue.runFirst(of: ticks) }
      return
    }
    step(5) {
      let end = ticks.pointee.tail
      while ticks.pointee.head != end, !isStopRequested {
        let origin = isObserved ? tickOrigins.origin(ofTick: ticks.pointee.head) : .unknown
        run(.tickBegin, .tickEnd, origin) { TickQueue.runFirst(of: ticks) }
      }
    }
  }

  /// Step 6: what asked to run at the turn's end.
  private func runEndOfTurn() {
    step(6) {
      let batch = endOfTurn
      endOfTurn = []
      for work in batch where !isStopRequested {
        run(.closingBegin, .closingEnd, nil) { work() }
      }
    }
  }

  @inline(__always) private func step(_ number: Int, _ body: () -> Void) {
    if interest.contains(.steps) { tell(.stepBegin, first: number) }
    body()
    if interest.contains(.steps) { tell(.stepEnd, first: number) }
  }
}
