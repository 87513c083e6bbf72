// SPDX-License-Identifier: Apache-2.0

// What an observed loop pays: two events for each callback. An event is built once, in place, and lent to the observer;
// nothing of it is counted, the loop's own callbacks remember the one that they interrupt (what modules note is kept in a
// list), and a number is drawn by an atomic addition only once another thread could draw one, too. See `Inbox.isShared`.

/// The observer as its loop keeps it: what is a constant of an object can be called without being retained.
final class Hearing {
  let observer: any LoopObserver
  init(_ observer: any LoopObserver) { self.observer = observer }
}

extension EventLoop {
  /// Who hears what happens in this loop; `nil`, the default, costs one branch for each callback.
  ///
  /// Its interest is read when it is set. Setting another one doesn't wait for calls that other threads have under way.
  public var observer: (any LoopObserver)? {
    get { hearing?.observer }
    set {
      inbox.checkFork()
      setObserver(newValue)
    }
  }

  func setObserver(_ observer: (any LoopObserver)?) {
    // One that sets another in `observe`, which it must not, is still needed when that returns.
    if phase != .outside, let hearing { retired.append(hearing) }
    hearing = observer.map { Hearing($0) }
    interest = observer?.interest ?? []
    isWatchedOver = observer != nil || virtualPoller != nil || !timerRegistrations.isEmpty
    inbox.observer = observer
    if observer == nil {
      (runningID, outerIDs) = (0, [])
      tickOrigins.removeAll()
    }
  }

  /// Hands an event to the observer of the loop that runs on this thread, if there are both.
  ///
  /// The event isn't made where nobody observes; that costs a load. Events whose phase is begin and end must come in
  /// pairs: what happens between them has the begun thing as its cause.
  @inlinable @inline(__always)
  public static func note(_ event: @autoclosure () -> LoopEvent) {
    guard Observers.exist else { return }
    hand(event)
  }

  /// A number for a thing that events tell of; 0 where nobody observes the loop that runs on this thread.
  @inlinable @inline(__always)
  public static func newEventID() -> UInt64 {
    guard Observers.exist else { return 0 }
    return drawEventID()
  }

  /// Hands an event to this loop's observer, if there is one: for what belongs to a loop, and may be told outside a run.
  ///
  /// On the loop's thread; other threads use ``LoopHandle/note(_:)``.
  @inlinable @inline(__always)
  public func note(_ event: @autoclosure () -> LoopEvent) {
    guard Observers.exist else { return }
    hand(event)
  }

  /// A number for a thing of this loop that events tell of; 0 where nobody observes it.
  @inlinable @inline(__always)
  public func newEventID() -> UInt64 {
    guard Observers.exist else { return 0 }
    return drawEventID()
  }

  @usableFromInline @inline(never) func hand(_ event: () -> LoopEvent) {
    if isObserved { tell(event()) }
  }

  @usableFromInline @inline(never) func drawEventID() -> UInt64 { isObserved ? inbox.nextIDOnLoop() : 0 }

  @usableFromInline @inline(never) static func hand(_ event: () -> LoopEvent) {
    current?.hand(event)
  }

  @usableFromInline @inline(never) static func drawEventID() -> UInt64 {
    current?.drawEventID() ?? 0
  }

  /// Whether any loop of the process has an observer: one load, on any thread, which modules do before they make an event.
  public static var isAnyObserved: Bool { @inlinable @inline(__always) get { Observers.exist } }

  /// Whether an observer is set: for modules that keep what only an observer wants to know.
  public var isObserved: Bool { @inline(__always) get { !interest.isEmpty } }

  /// Tells the observer, if it wants to hear that; what begins here is the cause of all up to its end.
  func tell(_ event: consuming LoopEvent) {
    let isStep = event.kind.interest == .steps
    if event.kind.phase == .end, !isStep { runningID = outerIDs.popLast() ?? 0 }
    let (id, phase) = (event.id, event.kind.phase)
    if interest.rawValue & event.kind.interest.rawValue != 0, let hearing {
      event.sequence = inbox.nextSequenceOnLoop()
      event.time = eventTime
      event.cause = runningID
      hearing.observer.observe(event)
    }
    guard phase == .begin, !isStep else { return }
    outerIDs.append(runningID)
    runningID = id
  }

  @inline(__always) func tell(
    _ kind: LoopEvent.Kind, _ registration: Registration? = nil, first: Int = 0, second: Int = 0
  ) {
    guard isObserved else { return }
    tell(
      LoopEvent(
        kind, id: registration?.id ?? 0, file: registration?.file ?? "", line: registration?.line ?? 0, first: first,
        second: second, label: registration?.label))
  }

  @inline(__always) private var eventTime: Instant { interest.contains(.times) ? now : lastLook }

  /// Runs a callback, tells the observer of it, and measures how long it took by the loop's clock.
  @inline(__always) func run(
    _ begin: LoopEvent.Kind, _ end: LoopEvent.Kind, _ registration: Registration?, first: Int = 0, second: Int = 0,
    _ work: () -> Void
  ) {
    run(
      begin, end, registration.map { Origin(id: $0.id, file: $0.file, line: $0.line) } ?? .unknown,
      label: registration?.label, first: first, second: second, work)
  }

  @inline(__always) func run(
    _ begin: LoopEvent.Kind, _ end: LoopEvent.Kind, _ origin: Origin, label: String? = nil, first: Int = 0,
    second: Int = 0, _ work: () -> Void
  ) {
    let measures = virtualPoller != nil || interest.contains(.times)
    let started = measures ? now : .zero
    let (outer, depth) = (runningID, outerIDs.count)
    lend(begin, origin, label, first, second)
    runningID = origin.id
    work()
    if measures { counters.longestCallback = max(counters.longestCallback, now - started) }
    // Something noted its begin in there, and not its end.
    if outerIDs.count > depth { outerIDs.removeLast(outerIDs.count - depth) }
    runningID = outer
    lend(end, origin, label, first, second)
  }

  /// Tells of a callback that the loop itself calls.
  ///
  /// The event is always the same one, made anew in place: a fresh one would be copied on its way. Nothing else can
  /// overwrite it meanwhile, since a loop calls nothing while an observer hears of it.
  @inline(__always) private func lend(
    _ kind: LoopEvent.Kind, _ origin: Origin, _ label: String?, _ first: Int, _ second: Int
  ) {
    guard interest.rawValue & kind.interest.rawValue != 0, let hearing = unretainedHearing else { return }
    lent.pointee.sequence = inbox.nextSequenceOnLoop()
    lent.pointee.time = eventTime
    lent.pointee.kind = kind
    lent.pointee.id = origin.id
    lent.pointee.cause = runningID
    lent.pointee.file = origin.file
    lent.pointee.line = origin.line
    lent.pointee.first = first
    lent.pointee.second = second
    if label != nil || lent.pointee.label != nil { lent.pointee.label = label }
    let event = UnsafePointer(lent)
    hearing._withUnsafeGuaranteedRef { $0.observer._observe(event) }
  }

  /// The hearing stays alive for the call: one that is replaced meanwhile is kept in `retired`.
  @inline(__always) private var unretainedHearing: Unmanaged<Hearing>? {
    hearing.map { Unmanaged.passUnretained($0) }
  }

  /// What to keep of a registration while somebody observes.
  func registration(_ kind: LoopEvent.Kind, _ file: StaticString, _ line: UInt, first: Int = 0, second: Int = 0)
    -> Registration?
  {
    guard isObserved else { return nil }
    let registration = Registration(id: inbox.nextIDOnLoop(), file: file, line: line)
    tell(kind, registration, first: first, second: second)
    return registration
  }
}
