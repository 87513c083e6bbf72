// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
  /// Who hears what happens in this loop; `nil`, the default, costs one branch for each callback.
  ///
  /// Its interest is read when it is set. Setting another one doesn't wait for calls that other threads have under way.
  public var observer: (any LoopObserver)? {
    get { hearer }
    set {
      hearer = newValue
      interest = newValue?.interest ?? []
      isWatchedOver = newValue != nil || virtualPoller != nil || !timerRegistrations.isEmpty
      inbox.observer = newValue
      if newValue == nil {
        runningIDs = []
        tickRegistrations.removeAll()
      }
    }
  }

  /// Hands an event to the observer of the loop that runs on this thread, if there are both.
  ///
  /// The event isn't made where nobody observes; that costs a load. Events whose phase is begin and end must come in
  /// pairs: what happens between them has the begun thing as its cause.
  @inline(__always)
  public static func note(_ event: @autoclosure () -> LoopEvent) {
    guard isAnyObserved else { return }
    hand(event)
  }

  /// A number for a thing that events tell of; 0 where nobody observes the loop that runs on this thread.
  @inline(__always)
  public static func newEventID() -> UInt64 {
    guard isAnyObserved else { return 0 }
    return drawEventID()
  }

  @usableFromInline static var isAnyObserved: Bool { Observers.exist }

  @usableFromInline @inline(never) static func hand(_ event: () -> LoopEvent) {
    guard let loop = current, !loop.interest.isEmpty else { return }
    loop.tell(event())
  }

  @usableFromInline @inline(never) static func drawEventID() -> UInt64 {
    guard let loop = current, !loop.interest.isEmpty else { return 0 }
    return loop.inbox.nextID()
  }

  /// Tells the observer, if it wants to hear that.
  func tell(_ event: consuming LoopEvent) {
    guard let hearer else { return }
    let (id, phase, isStep) = (event.id, event.kind.phase, event.kind.interest == .steps)
    if phase == .end, !isStep, !runningIDs.isEmpty { runningIDs.removeLast() }
    if interest.rawValue & event.kind.interest.rawValue != 0 {
      event.sequence = inbox.nextSequence()
      event.time = interest.contains(.times) ? poller.now : lastLook
      event.cause = runningIDs.last ?? 0
      hearer.observe(event)
    }
    if phase == .begin, !isStep { runningIDs.append(id) }
  }

  @inline(__always) func tell(
    _ kind: LoopEvent.Kind, _ registration: Registration? = nil, first: Int = 0, second: Int = 0
  ) {
    tell(
      LoopEvent(
        kind, id: registration?.id ?? 0, file: registration?.file ?? "", line: registration?.line ?? 0, first: first,
        second: second, label: registration?.label))
  }

  /// Runs a callback, tells the observer of it, and measures how long it took by the loop's clock.
  func run(
    _ begin: LoopEvent.Kind, _ end: LoopEvent.Kind, _ registration: Registration?, first: Int = 0, second: Int = 0,
    _ work: () -> Void
  ) {
    let measures = virtualPoller != nil || interest.contains(.times)
    let started = measures ? poller.now : .zero
    if hearer != nil { tell(begin, registration, first: first, second: second) }
    work()
    if measures { counters.longestCallback = max(counters.longestCallback, poller.now - started) }
    if hearer != nil { tell(end, registration, first: first, second: second) }
  }

  /// What to keep of a registration while somebody observes.
  func registration(_ kind: LoopEvent.Kind, _ file: StaticString, _ line: UInt, first: Int = 0, second: Int = 0)
    -> Registration?
  {
    guard hearer != nil else { return nil }
    let registration = Registration(id: inbox.nextID(), file: file, line: line)
    tell(kind, registration, first: first, second: second)
    return registration
  }
}
