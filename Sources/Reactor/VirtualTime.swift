// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The clock of a virtual loop: it begins at ``Instant/zero`` and moves only where the loop waits.
///
/// At the default ``speed``, `.infinity`, a wait is a jump to the next deadline, so an hour takes milliseconds and a
/// program's whole history is the same in every run. At a finite speed time follows the machine's clock times the speed:
/// slow motion, or fast. At 0 it stands still.
///
/// ```swift
/// let loop = EventLoop.virtual()
/// loop.addTimer(after: .seconds(3600)) { print(loop.now) }  // 3600.000000000 s
/// try loop.run(until: .idle)
/// ```
///
/// Modules that run operations on threads of their own tell the clock of them (``begin(_:)``, ``Guest``), so that
/// nothing runs beside the loop at infinite speed: the loop lends its turn to one operation at a time.
///
/// **Facts.** Two threads that run at once make a program's history a matter of luck. But an operation may block, and
/// what it waits for is usually time.
///
/// **The rule here.** At infinite speed exactly one thread runs: the loop's, or that of the guest that the loop waits for.
/// A guest gives the turn back when it parks (sleeps in virtual time) or ends. Who goes on when is decided on the loop
/// alone, by deadline and order of parking.
///
/// **What it costs.** An operation that waits for the loop or for another operation by any other means never ends.
public final class VirtualTime: Sendable {
  struct State {
    var now = Instant.zero
    var speed = Double.infinity
    /// At a finite speed: the machine's time at which it was `now`.
    var machine = Instant.zero
    /// In order of deadline, then of parking.
    var parked: [Guest] = []
    /// How many guests really run: neither parked nor ended.
    var running = 0
    /// Who has the loop's turn; the loop waits until it is nobody.
    var lent: ObjectIdentifier?
    var parkings = 0
    var isClosing = false
    /// How often the loop has closed: what began before doesn't sleep after.
    var closings = 0
    /// How often the speed was set: who waits by the old one counts anew.
    var changes = 0
    /// How many guests have ended: who waits while a worker falls idle looks for the next job.
    var endings = 0
    var starters: [@Sendable (EventLoop) -> Bool] = []

    /// The time now; it moves at a finite speed only.
    func reading(_ machineNow: Instant) -> Instant {
      guard speed.isFinite, speed > 0 else { return now }
      let passed = Double(machineNow.nanoseconds - machine.nanoseconds) * speed
      return passed >= 9e18 ? .never : Instant(nanoseconds: now.nanoseconds).advanced(by: .nanoseconds(Int64(passed)))
    }

    /// When it will be `instant`, on the machine's clock.
    func machineTime(of instant: Instant) -> Instant {
      guard speed > 0, instant != .never else { return .never }
      let left = (Double(instant.nanoseconds - now.nanoseconds) / speed).rounded(.up)
      return left >= 9e18 ? .never : machine + .nanoseconds(Int64(max(0, left)))
    }
  }

  let state = Locked(State())
  let bell: Bell
  /// The last look's time, for readers that must not pay a lock.
  let look = Atomic<Int64>(0)
  private let infinite = Atomic<Bool>(true)
  /// Whether time may have passed since the last look without a jump: it flowed until its speed was set.
  private let hasFlowed = Atomic<Bool>(false)

  init(bell: Bell) { self.bell = bell }

  /// How fast time passes: `.infinity` (the default) jumps, 1 is real time, 0.1 slow motion, 0 stands still.
  ///
  /// Any thread.
  ///
  /// Setting it wakes the loop and rescales every sleep. Values below 0, and not-a-number, count as 0.
  public var speed: Double {
    get { state.withLock { $0.speed } }
    set {
      state.withLock { state in
        let machineNow = MonotonicClock.now
        state.now = state.reading(machineNow)
        state.machine = machineNow
        state.speed = newValue > 0 ? newValue : 0
        infinite.store(state.speed == .infinity, ordering: .relaxed)
        hasFlowed.store(true, ordering: .relaxed)
        state.changes += 1
      }
      state.wakeAll()
      bell.ring()
    }
  }

  /// The time: at infinite speed where the last look or ``EventLoop/block(for:file:line:)`` left it, else a fresh reading.
  ///
  /// Any thread.
  public var now: Instant { state.withLock { $0.reading(MonotonicClock.now) } }

  /// Whether the speed is infinite, for readers that must not pay a lock.
  var isInfinite: Bool { infinite.load(ordering: .relaxed) }

  /// Registers what can begin an operation: called on the loop wherever it would wait, at infinite speed; at a finite
  /// one, at every look.
  ///
  /// It answers whether it began one, by ``begin(_:)``.
  ///
  /// Starters stay for as long as the loop does and are asked in the order in which they were added.
  public func addStarter(_ start: @escaping @Sendable (EventLoop) -> Bool) {
    state.withLock { $0.starters.append(start) }
  }

  /// Lets an operation begin on another thread.
  ///
  /// Call it on the loop, from a starter.
  ///
  /// `go` gets the operation's guest and makes its thread start. At infinite speed this returns when the guest has parked
  /// or ended, at a finite one at once.
  public func begin(_ go: (Guest) -> Void) {
    let guest = Guest(self)
    state.withLock { state in
      state.running += 1
      guest.closings = state.closings
      if state.speed == .infinity { state.lent = ObjectIdentifier(guest) }
    }
    go(guest)
    waitForTurn()
  }

  /// Waits until the turn is back, or time has become finite and no turn is needed.
  private func waitForTurn() {
    _ = state.wait { state -> Bool? in
      if state.speed != .infinity, !state.isClosing { state.lent = nil }
      return state.lent == nil ? true : nil
    }
  }

  // MARK: The loop's side

  /// Whether operations really run, so that time must wait for them.
  var isHeld: Bool { state.withLock { $0.running > 0 } }

  var firstParked: Instant? { state.withLock { $0.parked.first?.deadline } }

  func jump(to instant: Instant) {
    state.withLock { $0.now = max($0.now, instant) }
    publish()
  }

  /// Makes the current reading the time of the look.
  func publish() {
    hasFlowed.store(false, ordering: .relaxed)
    let now = state.withLock { state -> Instant in
      let machineNow = MonotonicClock.now
      state.now = state.reading(machineNow)
      state.machine = machineNow
      return state.now
    }
    look.store(now.nanoseconds, ordering: .relaxed)
  }

  /// Makes what had passed before the speed became infinite the time of the last look.
  func catchUp() { if hasFlowed.load(ordering: .relaxed) { publish() } }

  /// Begins operations; false if there was none to begin.
  func startOne(on loop: EventLoop) -> Bool {
    let starters = state.withLock { $0.starters }
    for start in starters where start(loop) { return true }
    return false
  }

  /// Lets the first parked guest go on whose deadline has come, or that was cancelled; false if there is none.
  func resumeOne() -> Bool {
    let resumed = state.withLock { state -> Bool in
      let place = state.parked.firstIndex { $0.isCancelled || state.isClosing }
      guard let place = place ?? (state.parked.first.map { $0.deadline <= state.now } == true ? 0 : nil) else {
        return false
      }
      let guest = state.parked.remove(at: place)
      guest.phase = .resumed
      state.running += 1
      state.lent = ObjectIdentifier(guest)
      return true
    }
    guard resumed else { return false }
    state.wakeAll()
    waitForTurn()
    return true
  }

  /// Ends what is parked, in order of parking: each sleep throws `CancellationError`, and so does every later one.
  func close() {
    state.withLock { state in
      state.isClosing = true
      state.parked.sort { $0.order < $1.order }
    }
    while resumeOne() {}
    state.withLock { state in
      state.isClosing = false
      state.closings += 1
    }
  }
}

extension VirtualTime {
  // Unchecked is right: what is not constant is read and written under the lock of the clock's state.
  /// An operation on another thread that the clock knows of.
  public final class Guest: @unchecked Sendable {
    enum Phase { case running, parked, resumed, ended }

    private let time: VirtualTime
    fileprivate(set) var phase = Phase.running
    fileprivate(set) var deadline = Instant.never
    fileprivate(set) var order = 0
    fileprivate(set) var isCancelled = false
    fileprivate var closings = 0

    fileprivate init(_ time: VirtualTime) { self.time = time }

    /// Sleeps for `duration` of the loop's time, on the operation's own thread; zero or less still gives the turn back.
    ///
    /// Throws `CancellationError` when the operation was cancelled before or is cancelled meanwhile, and when the loop
    /// closes.
    public func park(for duration: Duration) throws(CancellationError) {
      let parked = time.state.withLock { state -> Bool in
        guard !isCancelled, !state.isClosing, closings == state.closings else { return false }
        deadline = state.reading(MonotonicClock.now) + max(.zero, duration)
        state.parkings += 1
        order = state.parkings
        let place = state.parked.firstIndex { $0.deadline > deadline } ?? state.parked.endIndex
        state.parked.insert(self, at: place)
        phase = .parked
        giveBack(&state)
        return true
      }
      guard parked else { throw CancellationError() }
      time.state.wakeAll()
      time.bell.ring()
      while !sleepOnce() {}
      let cancelled = time.state.withLock { isCancelled || $0.isClosing || closings != $0.closings }
      if cancelled { throw CancellationError() }
    }

    /// Sleeps until resumed or, at a finite speed, until the time has come; false if the speed changed meanwhile.
    private func sleepOnce() -> Bool {
      let (changes, wake) = time.state.withLock {
        ($0.changes, $0.speed == .infinity ? .never : $0.machineTime(of: deadline))
      }
      let woken = time.state.wait(until: wake) { state -> Bool? in
        if phase != .parked { return true }
        guard state.speed != .infinity, !state.isClosing else { return state.changes == changes ? nil : false }
        if isCancelled || state.reading(MonotonicClock.now) >= deadline {
          state.parked.removeAll { $0 === self }
          state.running += 1
          phase = .running
          return true
        }
        return state.changes == changes ? nil : false
      }
      return woken ?? false
    }

    /// Says that the operation has ended; call it last, on its own thread.
    public func end() {
      time.state.withLock { state in
        phase = .ended
        state.endings += 1
        giveBack(&state)
      }
      time.state.wakeAll()
      time.bell.ring()
    }

    /// Makes the operation's sleep throw `CancellationError`, at the loop's next waiting place; any thread.
    public func cancel() {
      time.state.withLock { _ in isCancelled = true }
      time.state.wakeAll()
      time.bell.ring()
    }

    private func giveBack(_ state: inout State) {
      state.running -= 1
      if state.lent == ObjectIdentifier(self) { state.lent = nil }
    }
  }
}
