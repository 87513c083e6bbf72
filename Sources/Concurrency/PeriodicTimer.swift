// SPDX-License-Identifier: Apache-2.0

/// Fires again and again until it is cancelled.
///
/// ```swift
/// var beats = 0
/// PeriodicTimer(every: .seconds(1), on: loop) { timer in
///   beats += 1
///   if beats == 4 { timer.cancel() }
/// }
/// ```
///
/// Never early. On the default pace the deadlines stand on a grid from the start, so what callbacks and other work take
/// never adds up. The loop keeps the timer until it is cancelled, so there is no need to hold on to it.
///
/// In EventMachine this is `EM::PeriodicTimer`, which counts each interval from the end of the callback before.
public final class PeriodicTimer {
  /// How the next deadline follows from the last.
  public enum Pace: Sendable {
    /// On the grid start + k · interval. Points that passed while the loop was busy are skipped, and counted in
    /// ``PeriodicTimer/missed``: after a stall comes one late firing, not a burst.
    case fixedRate
    /// The interval after the callback has returned: EventMachine's way, which drifts.
    case fixedDelay
    /// On the grid, no point skipped: after a stall it fires once a turn until it is level.
    case catchUp
  }

  /// A struct, since a bare function type in an `Optional` is re-abstracted each time it is taken out.
  private struct Work: ~Copyable {
    let run: (PeriodicTimer) -> Void
  }

  // Unmanaged is right: it is asked where the timer fires or waits to, and then the loop is there. A reference that holds it
  // would keep a loop for ever whose timers hold their loop.
  private let loop: Unmanaged<EventLoop>
  private let pace: Pace
  private let file: StaticString
  private let line: UInt
  // What changes is not checked for exclusivity, which for the eight accesses of a firing costs as much as the firing.
  // Unchecked is right: nothing here is passed `inout`, and each access is over before anything of the user's runs.
  /// Taken out while it runs, so that cancelling in the callback can't free what runs; `nil` once cancelled.
  @exclusivity(unchecked) private var work: Work?
  @exclusivity(unchecked) private var timer: OneShotTimer?
  /// The deadline that fired last, or the start: what the grid is counted from.
  @exclusivity(unchecked) private var last: Instant
  @exclusivity(unchecked) private var armed: Instant
  @exclusivity(unchecked) private var isFiring = false
  @exclusivity(unchecked) private var isEnded = false
  @exclusivity(unchecked) private var name: String?
  private let id: UInt64

  /// How many firings were skipped, in all: points of the grid that passed while the loop was busy.
  @exclusivity(unchecked) public private(set) var missed = 0
  /// How often it has fired.
  @exclusivity(unchecked) public private(set) var firings = 0
  @exclusivity(unchecked) private var storedInterval: Duration
  /// The interval in nanoseconds.
  @exclusivity(unchecked) private var step: Int64
  private let members: LoopMembers
  @exclusivity(unchecked) @usableFromInline var memberIndex = 0

  /// Arms a timer that first fires one interval from now.
  ///
  /// - Parameters:
  ///   - interval: Zero is legal and fires once a turn; a negative one is zero.
  ///   - pace: How the next deadline follows.
  ///   - loop: Where it fires.
  ///   - file: Where it is made, for the observer; leave it out.
  ///   - line: The line there; leave it out.
  ///   - work: Called with the timer itself, to cancel it or to set its interval.
  @discardableResult
  public init(
    every interval: Duration, pace: Pace = .fixedRate, on loop: EventLoop, file: StaticString = #fileID,
    line: UInt = #line, _ work: @escaping (PeriodicTimer) -> Void
  ) {
    self.loop = Unmanaged.passUnretained(loop)
    self.pace = pace
    self.file = file
    self.line = line
    self.work = Work(run: work)
    id = loop.newEventID()
    storedInterval = max(.zero, interval)
    step = storedInterval.roundedNanoseconds
    members = LoopMembers.of(loop)
    last = loop.now
    armed = last
    members.enter(self)
    arm(stepAfter(last), on: loop)
  }

  deinit { members.leave(at: memberIndex) }

  /// Whether it will never fire again: it was cancelled, or its loop has closed.
  public var isCancelled: Bool { isEnded || (!isFiring && timer?.isPending != true) }

  /// Makes sure that it never fires again, and releases its closure at once, or when its callback returns if it is
  /// cancelled there.
  ///
  /// The second time it does nothing.
  public func cancel() {
    isEnded = true
    timer?.cancel()
    // Released last: what it captured may be what held this timer.
    _ = work.take()
  }

  /// The time between two firings.
  ///
  /// Setting it counts from the last deadline, so the next firing is at the first point of the new grid after now;
  /// nothing counts as missed. In a callback of pace `.fixedDelay` it counts from the callback's end. On a cancelled
  /// timer it is only stored.
  public var interval: Duration {
    get { storedInterval }
    set {
      storedInterval = max(.zero, newValue)
      step = storedInterval.roundedNanoseconds
      guard !isCancelled, !(isFiring && pace == .fixedDelay) else { return }
      armed = firstPoint(after: loop._withUnsafeGuaranteedRef { $0.now }).point
      timer?.reset(at: armed)
    }
  }

  /// Names the timer for the observer.
  @discardableResult public func label(_ name: String) -> PeriodicTimer {
    self.name = name
    timer?.label(name)
    return self
  }

  private func arm(_ deadline: Instant, on loop: EventLoop) {
    armed = deadline
    timer = loop.addTimer(at: deadline, file: file, line: line) {
      self.loop._withUnsafeGuaranteedRef { self.fire(on: $0) }
    }
    if let name { timer?.label(name) }
  }

  /// One interval after `instant`.
  private func stepAfter(_ instant: Instant) -> Instant {
    let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(step)
    return overflow ? .never : Instant(nanoseconds: sum)
  }

  /// The first point of the grid after `instant`, and how many points are passed over on the way there.
  private func firstPoint(after instant: Instant) -> (point: Instant, skipped: Int) {
    // Interval zero: at once, and so in the next turn.
    guard step > 0 else { return (instant, 0) }
    let passed = instant.nanoseconds - last.nanoseconds
    guard passed >= step else { return (stepAfter(last), 0) }
    let skipped = passed / step
    let (ahead, overflow) = (skipped + 1).multipliedReportingOverflow(by: step)
    let (sum, isBeyond) = last.nanoseconds.addingReportingOverflow(ahead)
    return (overflow || isBeyond ? .never : Instant(nanoseconds: sum), Int(skipped))
  }

  private func fire(on loop: EventLoop) {
    guard let work = work.take() else { return }
    last = armed
    var skipped = 0
    // Armed before the callback: whatever that does, the grid goes on.
    switch pace {
    case .fixedRate:
      let next = firstPoint(after: loop.lastLook)
      skipped = next.skipped
      missed += skipped
      arm(next.point, on: loop)
    case .catchUp:
      arm(stepAfter(last), on: loop)
    case .fixedDelay:
      break
    }
    firings += 1
    isFiring = true
    loop.note(
      LoopEvent(.periodicBegin, id: id, file: file, line: line, first: firings, second: skipped, label: name))
    work.run(self)
    loop.note(LoopEvent(.periodicEnd, id: id, file: file, line: line, first: firings, label: name))
    isFiring = false
    guard !isEnded else { return }
    self.work = consume work
    if pace == .fixedDelay { arm(stepAfter(loop.now), on: loop) }
  }
}

extension PeriodicTimer: LoopMember {
  /// The loop lets go of the one-shot timer by itself; what the callback holds is this one's to release.
  @usableFromInline func loopIsClosing() {
    isEnded = true
    _ = work.take()
  }
}

extension PeriodicTimer: CustomStringConvertible {
  /// Interval, and when it is due.
  public var description: String {
    guard !isCancelled else { return "PeriodicTimer(every \(storedInterval), cancelled)" }
    return "PeriodicTimer(every \(storedInterval), due at \(armed))"
  }
}

extension LoopEvent.Kind {
  /// A periodic timer's callback begins; `first` is the number of the firing, `second` how many were skipped before it.
  public static let periodicBegin = Self("periodic", .begin, .runs)
  /// A periodic timer's callback has run; `first` is the number of the firing.
  public static let periodicEnd = Self("periodic", .end, .runs)
}

extension EventLoop {
  /// Calls `work` every `interval`, first one interval from now, until the timer is cancelled.
  ///
  /// ```swift
  /// let timer = loop.addPeriodicTimer(every: .seconds(1)) { print("Tick ...") }
  /// loop.addTimer(after: .seconds(5)) { timer.cancel() }
  /// ```
  ///
  /// In EventMachine this is `EM.add_periodic_timer`.
  @discardableResult
  public func addPeriodicTimer(
    every interval: Duration, pace: PeriodicTimer.Pace = .fixedRate, file: StaticString = #fileID,
    line: UInt = #line, _ work: @escaping () -> Void
  ) -> PeriodicTimer {
    PeriodicTimer(every: interval, pace: pace, on: self, file: file, line: line) { _ in work() }
  }

  /// The same, for callbacks that want the timer itself.
  @discardableResult
  public func addPeriodicTimer(
    every interval: Duration, pace: PeriodicTimer.Pace = .fixedRate, file: StaticString = #fileID,
    line: UInt = #line, _ work: @escaping (PeriodicTimer) -> Void
  ) -> PeriodicTimer {
    PeriodicTimer(every: interval, pace: pace, on: self, file: file, line: line, work)
  }
}
