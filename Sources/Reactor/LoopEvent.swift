// SPDX-License-Identifier: Apache-2.0

/// One thing that happened in a loop or beside it: plain data, the element of the stream that a ``LoopObserver`` hears.
///
/// The log, the playground's lanes, trace files and checks are all folds over this stream. Sort events by
/// ``sequence``: calls from different threads may reach the observer in another order.
public struct LoopEvent: Sendable {
  /// Drawn, one after the other, before the event is handed over: a gap means that one is still under way.
  public internal(set) var sequence: UInt64 = 0
  /// The time of the loop's last look; events of other threads, and begins and ends when the observer asks for
  /// ``LoopInterest/times``, read the clock.
  public internal(set) var time: Instant = .zero
  /// Where it happened: on the loop, or on which worker.
  public var lane: Lane
  /// What happened.
  public var kind: Kind
  /// The thing that it happened to: a number that the loop gave it, the same from arming to end; 0 if it has none.
  public var id: UInt64
  /// What was running when this happened, so who asked for it; 0 if nothing was.
  public internal(set) var cause: UInt64 = 0
  /// The file of the call that registered the thing, as `#fileID`; empty if there is none.
  public var file: StaticString
  /// The line of that call.
  public var line: UInt
  /// A number whose meaning the kind tells.
  public var first: Int
  /// Another one.
  public var second: Int
  /// The name that `label(_:)` gave the thing, or the text of the event.
  public var label: String?

  /// Makes an event to hand to ``EventLoop/note(_:)-method`` or ``LoopHandle/note(_:)``, which fill in sequence, time
  /// and cause.
  public init(
    _ kind: Kind, id: UInt64 = 0, lane: Lane = .loop, file: StaticString = "", line: UInt = 0, first: Int = 0,
    second: Int = 0, label: String? = nil
  ) {
    self.kind = kind
    self.id = id
    self.lane = lane
    self.file = file
    self.line = line
    self.first = first
    self.second = second
    self.label = label
  }
}

extension LoopEvent {
  /// The thread of an event: the loop's own, or a worker's.
  public struct Lane: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// 0 for the loop, n for worker n.
    public var rawValue: Int
    /// The lane with that number.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The loop's own thread.
    public static let loop = Lane(rawValue: 0)
    /// Worker `number`, counted from 1.
    public static func worker(_ number: Int) -> Lane { Lane(rawValue: number) }
    /// `loop`, or `worker-3`.
    public var description: String { rawValue == 0 ? "loop" : "worker-\(rawValue)" }
  }

  /// What part of a thing's life an event tells.
  public enum Phase: String, Sendable {
    /// It was registered, or queued.
    case arm
    /// Its deadline, interest or status was changed.
    case move
    /// It was cancelled before it ran.
    case cancel
    /// It begins to run.
    case begin
    /// It has run.
    case end
    /// It happened, and that is all.
    case point
  }

  /// What happened: a subject, a phase of its life, and the interest that asks for it.
  ///
  /// It is open: a module above adds constants of its own.
  ///
  /// ```swift
  /// extension LoopEvent.Kind {
  ///   static let cacheMiss = LoopEvent.Kind("cache", .point, .runs)
  /// }
  /// ```
  public struct Kind: Hashable, Sendable, CustomStringConvertible {
    /// The sort of thing, in one lower-case word.
    public var subject: String { word.description }
    // Not a `String`, which would be retained and released with each copy of an event.
    @usableFromInline let word: StaticString
    /// The part of its life.
    public let phase: Phase
    /// An observer hears the event if its interest holds one of these.
    public let interest: LoopInterest

    /// A kind of event.
    ///
    /// The subject is a literal of plain ASCII letters.
    @inlinable public init(_ subject: StaticString, _ phase: Phase, _ interest: LoopInterest) {
      word = subject
      self.phase = phase
      self.interest = interest
    }

    /// Whether subject and phase are the same.
    public static func == (left: Kind, right: Kind) -> Bool {
      guard left.phase == right.phase, left.word.utf8CodeUnitCount == right.word.utf8CodeUnitCount else { return false }
      return left.word.utf8Start == right.word.utf8Start || left.subject == right.subject
    }

    /// Feeds subject and phase.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(bytes: UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
      hasher.combine(phase)
    }

    /// `timer.begin`; a point has its subject alone.
    public var description: String { phase == .point ? subject : "\(subject).\(phase.rawValue)" }
  }
}

/// What an observer wants to hear.
public struct LoopInterest: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt32
  /// The set with those bits.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Callbacks that begin and end: timers, watches, arrivals, ticks, deferrables' entries, processes' messages.
  public static let runs = LoopInterest(rawValue: 1)
  /// Turns and their six steps, begin and end; running, stopping and closing.
  public static let steps = LoopInterest(rawValue: 2)
  /// What is armed, moved and cancelled.
  public static let arming = LoopInterest(rawValue: 4)
  /// The clock is read for each begin and end of a run, not only at a look.
  public static let times = LoopInterest(rawValue: 8)
  /// Jobs queued, begun and ended, on the loop and on workers.
  public static let jobs = LoopInterest(rawValue: 16)
  /// Statuses set on deferrables.
  public static let statuses = LoopInterest(rawValue: 32)
  /// Bytes read and written.
  public static let bytes = LoopInterest(rawValue: 64)
  /// What programs themselves note: log lines, marks.
  public static let notes = LoopInterest(rawValue: 128)
  /// All of them.
  public static let all = LoopInterest(rawValue: .max)
}

extension LoopEvent.Kind {
  /// A turn begins; `first` is its number.
  public static let turnBegin = Self("turn", .begin, .steps)
  /// A turn ends; `first` is its number.
  public static let turnEnd = Self("turn", .end, .steps)
  /// A step of the turn begins; `first` is its number, 1 to 6.
  public static let stepBegin = Self("step", .begin, .steps)
  /// A step of the turn ends; `first` is its number.
  public static let stepEnd = Self("step", .end, .steps)
  /// A run of the loop begins.
  public static let loopBegin = Self("loop", .begin, .steps)
  /// `stop()` was called.
  public static let loopStop = Self("stop", .point, .steps)
  /// Closing begins.
  public static let closeBegin = Self("close", .begin, .steps)
  /// All is closed.
  public static let closeEnd = Self("close", .end, .steps)
  /// The run has ended.
  public static let loopEnd = Self("loop", .end, .steps)

  /// A tick was queued.
  public static let tickArm = Self("tick", .arm, .arming)
  /// A tick begins to run.
  public static let tickBegin = Self("tick", .begin, .runs)
  /// A tick has run.
  public static let tickEnd = Self("tick", .end, .runs)

  /// A timer was armed; `first` is its deadline in nanoseconds.
  public static let timerArm = Self("timer", .arm, .arming)
  /// A timer was moved; `first` is its new deadline.
  public static let timerMove = Self("timer", .move, .arming)
  /// A timer was cancelled.
  public static let timerCancel = Self("timer", .cancel, .arming)
  /// A timer begins to run; `first` is its deadline.
  public static let timerBegin = Self("timer", .begin, .runs)
  /// A timer has run.
  public static let timerEnd = Self("timer", .end, .runs)

  /// A descriptor is watched; `first` is the descriptor, `second` the interest.
  public static let watchArm = Self("watch", .arm, .arming)
  /// A watch's interest was set; `first` is the descriptor, `second` the interest.
  public static let watchMove = Self("watch", .move, .arming)
  /// A watch was cancelled; `first` is the descriptor.
  public static let watchCancel = Self("watch", .cancel, .arming)
  /// A watch's callback begins; `first` is the descriptor, `second` the readiness.
  public static let watchBegin = Self("watch", .begin, .runs)
  /// A watch's callback has run.
  public static let watchEnd = Self("watch", .end, .runs)

  /// A signal is watched; `first` is its number.
  public static let signalArm = Self("signal", .arm, .arming)
  /// A signal's watch was cancelled; `first` is its number.
  public static let signalCancel = Self("signal", .cancel, .arming)
  /// A signal's callback begins; `first` is its number.
  public static let signalBegin = Self("signal", .begin, .runs)
  /// A signal's callback has run.
  public static let signalEnd = Self("signal", .end, .runs)

  /// Work was scheduled from another thread, or a delivery is expected.
  public static let arrivalArm = Self("arrival", .arm, .arming)
  /// Work that another thread scheduled, or a delivery, begins to run on the loop.
  public static let arrivalBegin = Self("arrival", .begin, .runs)
  /// It has run.
  public static let arrivalEnd = Self("arrival", .end, .runs)

  /// Work of step 6 begins to run.
  public static let closingBegin = Self("closing", .begin, .runs)
  /// It has run.
  public static let closingEnd = Self("closing", .end, .runs)

  /// A stop hook was added.
  public static let hookArm = Self("hook", .arm, .arming)
  /// A stop hook begins to run.
  public static let hookBegin = Self("hook", .begin, .runs)
  /// It has run.
  public static let hookEnd = Self("hook", .end, .runs)

  /// `block(for:)` begins; `first` is how long, in nanoseconds.
  public static let blockBegin = Self("block", .begin, .runs)
  /// `block(for:)` has ended.
  public static let blockEnd = Self("block", .end, .runs)
}

/// Hears what happens in a loop, synchronously, where and when it happens.
///
/// Set one as ``EventLoop/observer``. It is called on the loop's thread, and on a worker's for what happens there;
/// calls from different threads may overlap, and no lock is held. It may block, and then the loop stands still:
/// that is how stepping works. It must not call the loop that it observes.
///
/// ```swift
/// final class Printer: LoopObserver {
///   let interest: LoopInterest = [.runs]
///   func observe(_ event: LoopEvent) { print(event.time, event.kind, event.label ?? "") }
/// }
/// ```
public protocol LoopObserver: AnyObject, Sendable {
  /// What it wants to hear; read once, when it is set.
  var interest: LoopInterest { get }
  /// Hears one event.
  func observe(_ event: LoopEvent)
  /// The same, with the event lent: what the loop calls. Leave it to its default.
  func _observe(_ event: UnsafePointer<LoopEvent>)
}

extension LoopObserver {
  // An event is too large to be passed without being copied, which costs more than all else that the loop does to tell
  // of it. This is compiled with the observer, where the copy can be left out.
  /// Calls ``observe(_:)``.
  @inlinable @inline(__always)
  public func _observe(_ event: UnsafePointer<LoopEvent>) { observe(event.pointee) }
}
