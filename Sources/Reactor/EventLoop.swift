// SPDX-License-Identifier: Apache-2.0

/// A reactor: it waits for timers, descriptors, signals and other threads, and calls back what was registered for them,
/// one callback at a time, on the one thread that runs it.
///
/// ```swift
/// try EventLoop.run { loop in
///   loop.addTimer(after: .seconds(5)) {
///     print("BOOM")
///     loop.stop()
///   }
/// }
/// ```
///
/// A loop is not `Sendable`: the compiler keeps it, and all that lives on it, on one thread. Other threads get its
/// ``handle``. It has a thread only while it runs, and may be run again, also by another thread.
///
/// The loop keeps what is registered with it: closures, timers, watches, receivers. The small handles that registering
/// returns keep nothing. A loop that is dropped without being stopped while its closures capture it, or
/// what holds it, leaks.
public final class EventLoop {
  /// How a loop is made.
  public struct Configuration: Sendable {
    /// What descriptions and thread names show.
    public var name: String
    /// Real or virtual time.
    public var clock: ClockKind
    /// The kernel facility to wait with.
    public var poller: PollerKind
    /// How many turns of one run a virtual loop may make at one instant before ``EventLoop/run(until:)`` throws
    /// ``TurnLimitReached``: a chain of ticks that never ends would keep time from ever moving.
    public var turnsAtOneInstant: Int

    /// A configuration; what is left out has the value that suits most programs.
    public init(
      name: String = "loop", clock: ClockKind = .real, poller: PollerKind = .automatic,
      turnsAtOneInstant: Int = 10_000_000
    ) {
      self.name = name
      self.clock = clock
      self.poller = poller
      self.turnsAtOneInstant = turnsAtOneInstant
    }
  }

  /// What a loop goes by.
  public enum ClockKind: Sendable {
    /// The machine's monotonic clock.
    case real
    /// A ``VirtualTime`` of its own.
    case virtual
  }

  /// The kernel facility that a loop waits with.
  public enum PollerKind: String, Sendable, CaseIterable, CustomStringConvertible {
    /// The best of this system: epoll on Linux, kqueue on Darwin.
    case automatic
    /// Linux's epoll.
    case epoll
    /// Darwin's kqueue.
    case kqueue
    /// poll(2), on every system.
    case poll
    /// The facility's name.
    public var description: String { rawValue }
  }

  /// When ``EventLoop/run(until:)`` ends by itself.
  public enum RunCondition: Sendable {
    /// Never: only ``EventLoop/stop()`` ends the run.
    case stopped
    /// When nothing is left that could ever happen: no tick, arrival, timer, watch with an interest, outstanding
    /// delivery or hold.
    case idle
  }

  enum Phase {
    /// No run or turn is under way.
    case outside
    /// Inside a run or a turn.
    case running
    /// Stop hooks run, then all that is registered is released.
    case closing
  }

  let inbox: Inbox
  let poller: any Poller
  let virtualPoller: VirtualPoller?
  let turnsAtOneInstant: Int
  private(set) var place = LoopTable.Place(index: 0, generation: 0)

  // Behind `let` pointers, since each access to a class's stored `var` is checked for exclusivity at run time, which
  // costs more than queueing a tick. What they point to lives exactly as long as the loop.
  let ticks: UnsafeMutablePointer<TickQueue>
  let timers: UnsafeMutablePointer<Timers>

  @exclusivity(unchecked) var watches = Slab<WatchEntry>()
  var watchPlaces: [CInt: Slab<WatchEntry>.Place] = [:]
  var signals = Slab<SignalEntry>()
  var signalBell: Int?
  var signalsSeen: UInt64 = 0
  var receivers = ReceiverList()
  @exclusivity(unchecked) var endOfTurn: [() -> Void] = []
  var stopHooks: [(work: () -> Void, registration: Registration?)] = []
  var closers: [() -> Void] = []
  @exclusivity(unchecked) private var locals: [(type: ObjectIdentifier, state: AnyObject)] = []

  @exclusivity(unchecked) var phase = Phase.outside
  // What each turn and each callback touch is not checked for exclusivity: two checks cost as much as a tick. Unchecked
  // is right: none of these is passed `inout` to anything that calls user code.
  @exclusivity(unchecked) var isStopRequested = false
  /// Whether the run that is under way ends when nothing is left that could happen.
  @exclusivity(unchecked) var endsWhenIdle = false
  /// The end of the last wait: the time that the turn's timers go by.
  ///
  /// What repeats counts its next deadline from here.
  public internal(set) var lastLook: Instant {
    get { storedLastLook }
    set { storedLastLook = newValue }
  }
  /// Not public itself: other modules would check each of their accesses for exclusivity all the same, at 80 instructions.
  @exclusivity(unchecked) private var storedLastLook = Instant.zero
  /// Whether callbacks are told to an observer or measured: one branch for each callback where neither is so.
  @exclusivity(unchecked) var isWatchedOver = false
  @exclusivity(unchecked) var stopError: (any Error)?
  @exclusivity(unchecked) var ready: [ReadyEvent] = []
  @exclusivity(unchecked) var arrivals = ArrivalQueue()
  @exclusivity(unchecked) var passing = PassedLooks()
  @exclusivity(unchecked) var turnsAtThisInstant = 0
  @exclusivity(unchecked) var counters = Statistics()
  /// Ticks that closing released unrun.
  var ticksDropped = 0

  // What the observer is told.
  @exclusivity(unchecked) var interest: LoopInterest = []
  @exclusivity(unchecked) var hearing: Hearing?
  /// Observers that were replaced in this turn or the one before.
  @exclusivity(unchecked) var retired: [Hearing] = []
  /// What runs now, and what it was called from: the cause of what happens.
  @exclusivity(unchecked) var runningID: UInt64 = 0
  @exclusivity(unchecked) var outerIDs: [UInt64] = []
  /// What the observer is lent of each callback.
  let lent: UnsafeMutablePointer<LoopEvent>
  @exclusivity(unchecked) var timerRegistrations: [UInt32: Registration] = [:]
  @exclusivity(unchecked) var tickOrigins = TickOrigins()

  /// Makes a loop.
  ///
  /// Throws if the kernel has no descriptor left for its poller, or this system lacks the one that was asked for. A
  /// virtual loop makes its poller at the first watch only, and so never throws here.
  public init(_ configuration: Configuration = .init()) throws(SystemError) {
    Fork.observe()
    inbox = Inbox(name: configuration.name, clock: configuration.clock)
    turnsAtOneInstant = configuration.turnsAtOneInstant
    if let time = inbox.virtualTime {
      let poller = VirtualPoller(configuration.poller, inbox: inbox, time: time)
      virtualPoller = poller
      self.poller = poller
    } else {
      let poller = try SystemPoller(configuration.poller)
      inbox.bell.setWaker(poller.waker())
      virtualPoller = nil
      self.poller = poller
    }
    ticks = .allocate(capacity: 1)
    ticks.initialize(to: TickQueue())
    timers = .allocate(capacity: 1)
    timers.initialize(to: Timers())
    lent = .allocate(capacity: 1)
    lent.initialize(to: LoopEvent(.tickBegin))
    lastLook = poller.now
    isWatchedOver = virtualPoller != nil
    place = LoopTable.add(self)
    // A host may wait for the poller's descriptor before the first turn.
    inbox.bell.listen(hasWork: false)
  }

  /// Makes a loop that goes by virtual time, whatever `configuration.clock` says.
  ///
  /// ```swift
  /// let loop = EventLoop.virtual()
  /// ```
  public static func virtual(_ configuration: Configuration = .init()) -> EventLoop {
    var configuration = configuration
    configuration.clock = .virtual
    do {
      return try EventLoop(configuration)
    } catch {
      preconditionFailure("a virtual loop needs nothing of the kernel, and yet: \(error); please report this")
    }
  }

  deinit {
    inbox.setState(.released)
    setObserver(nil)
    // A loop that was never stopped: its modules let go of what runs elsewhere, and what sleeps by its clock is woken.
    for closer in closers { closer() }
    inbox.virtualTime?.close()
    releaseAll()
    inbox.bell.setWaker(nil)
    LoopTable.remove(place)
    ticks.deinitialize(count: 1)
    ticks.deallocate()
    timers.deinitialize(count: 1)
    timers.deallocate()
    lent.deinitialize(count: 1)
    lent.deallocate()
  }

  // MARK: What it is

  /// What other threads may touch.
  public var handle: LoopHandle {
    inbox.isShared = true
    return LoopHandle(inbox: inbox)
  }

  /// The loop that runs on this thread, if one does; the inner one where a loop runs inside another one's callback.
  public static var current: EventLoop? { CurrentLoop.value }

  /// Whether a run or a turn is under way, closing included.
  ///
  /// In EventMachine this is `EM.reactor_running?`.
  public var isRunning: Bool { phase != .outside }

  /// Whether the loop was stopped and is not yet closed: a module that calls several callbacks in a row breaks off.
  public var isStopping: Bool { isStopRequested || phase == .closing }

  /// The time: monotonic, a fresh reading.
  ///
  /// A virtual clock moves only where the loop waits, and in ``block(for:file:line:)``.
  public var now: Instant {
    // Past the poller, which would say the same: this is read for every delay.
    @inline(__always) get { virtualPoller?.now ?? MonotonicClock.now }
  }

  /// The virtual clock; `nil` where the loop goes by real time.
  public var virtualTime: VirtualTime? { inbox.virtualTime }

  /// When the next timer is due; `nil` if none is.
  ///
  /// For hosts: call ``turn(waitingAtMost:)`` then.
  public var nextDeadline: Instant? {
    let timer = timers.pointee.nextDeadline().map { Instant(nanoseconds: $0) }
    guard let parked = inbox.virtualTime?.firstParked else { return timer }
    return min(timer ?? .never, parked)
  }

  /// A descriptor that is readable when ``turn(waitingAtMost:)`` has work other than timers, to host this loop in
  /// another one.
  ///
  /// poll(2) has none, and a virtual loop none before its first watch.
  public var pollDescriptor: CInt? { poller.descriptor }

  /// What really waits: the facility that was chosen; `nil` on a virtual loop that has not watched anything yet.
  public var pollerKind: PollerKind? { poller.kind }

  /// The state of that type which belongs to this loop: made at the first use, kept until the loop is gone.
  ///
  /// For modules.
  ///
  /// `make` must not ask for the same type.
  @inlinable public func local<State: AnyObject>(_ type: State.Type, _ make: (EventLoop) -> State) -> State {
    if let found = local(ObjectIdentifier(type)) { return unsafeDowncast(found, to: type) }
    let state = make(self)
    keep(state, ObjectIdentifier(type))
    return state
  }

  @usableFromInline func local(_ type: ObjectIdentifier) -> AnyObject? {
    for local in locals where local.type == type { return local.state }
    return nil
  }

  @usableFromInline func keep(_ state: AnyObject, _ type: ObjectIdentifier) { locals.append((type, state)) }
}

extension EventLoop: CustomStringConvertible {
  /// Name, clock and state in one line.
  public var description: String {
    let clock = inbox.virtualTime == nil ? "real" : "virtual"
    let state =
      switch phase {
      case .outside: "not running"
      case .running: isStopRequested ? "stopping" : "running"
      case .closing: "closing"
      }
    return "EventLoop(\(inbox.name), \(clock) time, \(state), \(timers.pointee.count) timers, \(watches.count) watches)"
  }
}

/// A virtual loop made more turns at one instant than its configuration allows: probably a chain of ticks that never
/// ends, so that time could never move.
public struct TurnLimitReached: Error, Sendable, Equatable, CustomStringConvertible {
  /// The instant at which time stood still.
  public var instant: Instant
  /// How many turns were made there.
  public var turns: Int
  /// What happened and what to do.
  public var description: String {
    "virtual time stood still at \(instant) for \(turns) turns: does a tick queue itself for ever? "
      + "(Configuration.turnsAtOneInstant sets the limit)"
  }
}
