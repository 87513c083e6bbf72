// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A program that runs while somebody watches.
protocol Running: AnyObject {
  /// What was told since the last call.
  func takeEvents() -> [TraceEvent]
  /// How it ended; `nil` while it runs.
  var end: RunEnd? { get }
  /// Whether the loop stands at the gate.
  var isHeld: Bool { get }
  /// The loop's time now.
  var now: Instant { get }
  /// How many threads its pool has.
  var threads: Int { get }
  /// How far the loop may go.
  func open(_ pass: Gate.Pass)
  /// Presses a key; false if the loop has ended.
  func press(_ key: String) -> Bool
  /// Presses a key when the loop's time has come there.
  func press(_ key: String, at time: Duration)
  /// Runs something on the loop; false if that has ended.
  @discardableResult func schedule(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool
  /// Ends it as soon as its callback returns; what it still tells is of no interest.
  func abandon()
}

/// How a run ended.
enum RunEnd: Sendable {
  case returned
  case threw(String)
}

/// A program that runs on a loop and a thread of its own while somebody watches: the interface's thread is never held
/// by it.
///
/// What its loop tells is gathered here until ``takeEvents()``; `changed` is called when there is something again, on
/// whichever thread.
final class LiveRun: Running, Sendable {
  private struct State {
    var handle: LoopHandle?
    var io: LessonIO?
    var gate: Gate?
    var events: [TraceEvent] = []
    var isTold = false
    var end: RunEnd?
  }

  private let state = Locked(State())
  private let changed: @Sendable () -> Void

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - changed: Called on another thread when there is something to take; not again until it was taken.
  ///   - body: The program; it begins with ``watch(_:_:speed:io:)``.
  init(
    _ name: String, changed: @escaping @Sendable () -> Void,
    _ body: @escaping @Sendable (LiveRun, EventLoop) throws -> Void
  ) throws(SystemError) {
    self.changed = changed
    // Signals that a lesson raises are meant for its own thread.
    try SystemThread.start(name: name, blocksSignals: false) { [self] in
      let loop = EventLoop.virtual(.init(name: name, turnsAtOneInstant: .max))
      finish { try body(self, loop) }
    }
    // Also where the program could not even begin.
    _ = state.wait { $0.handle != nil || $0.end != nil ? true : nil }
  }

  /// Starts a lesson, whose pool has so many threads.
  convenience init(
    _ lesson: any Lesson.Type, speed: Double, threads: Int, changed: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    try self.init(lesson.card.id, changed: changed) { live, loop in
      let io = LessonIO(loop, threads: threads) { Raising.raiseInThisThread($0) }
      live.watch(loop, Recorder(isKept: false) { live.add($0) }, speed: speed, io: io)
      let played = lesson.init()
      if lesson.runsTheLoop { try played.run(loop, io) } else { try loop.run { try played.run($0, io) } }
    }
  }

  /// Puts the recorder and the gate in front of the loop.
  func watch(
    _ loop: EventLoop, _ recorder: Recorder, speed: Double, stepSpeed: Double = .infinity, io: LessonIO? = nil
  ) {
    guard let time = loop.virtualTime else { return }
    let gate = Gate(time, speed: speed, stepSpeed: stepSpeed) { [self] in tell() }
    loop.observer = LiveObserver(recorder, gate)
    state.withLock { state in
      state.handle = loop.handle
      state.io = io
      state.gate = gate
    }
    state.wakeAll()
  }

  private func finish(_ body: () throws -> Void) {
    var end = RunEnd.returned
    do { try body() } catch { end = .threw("\(error)") }
    state.withLock { state in
      state.end = end
      state.io = nil
    }
    state.wakeAll()
    tell()
  }

  /// Takes an event; the recorder calls it.
  func add(_ event: TraceEvent) {
    let isFirst = state.withLock { state -> Bool in
      state.events.append(event)
      return state.events.count == 1
    }
    if isFirst { tell() }
  }

  /// Says that there is something to take.
  func tell() {
    let isNew = state.withLock { state -> Bool in
      defer { state.isTold = true }
      return !state.isTold
    }
    if isNew { changed() }
  }

  func takeEvents() -> [TraceEvent] {
    state.withLock { state in
      state.isTold = false
      var events: [TraceEvent] = []
      swap(&events, &state.events)
      return events
    }
  }

  var end: RunEnd? { state.withLock { $0.end } }
  private var gate: Gate? { state.withLock { $0.gate } }
  var isHeld: Bool { gate?.isHeld ?? false }
  var now: Instant { gate?.now ?? .zero }
  var threads: Int { state.withLock { $0.io }?.pool.threads ?? 0 }

  func open(_ pass: Gate.Pass) { gate?.open(pass) }

  func press(_ key: String) -> Bool {
    let (handle, io) = state.withLock { ($0.handle, $0.io) }
    guard let handle, let io else { return false }
    return handle.schedule(file: "playground", line: 0) { _ in io.press(key) }
  }

  func press(_ key: String, at time: Duration) {
    guard let io = state.withLock({ $0.io }) else { return }
    schedule { loop in
      loop.addTimer(after: max(.zero, time - (loop.now - .zero)), file: "playground", line: 0) {
        loop.expect(file: "playground", line: 0) { (key: String) in io.press(key) }.deliver(key)
      }
    }
  }

  @discardableResult
  func schedule(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool {
    state.withLock { $0.handle }?.schedule(file: "playground", line: 0, work) ?? false
  }

  func abandon() {
    schedule { $0.stop() }
    gate?.open(.run(speed: .infinity))
  }
}

/// Records, and then comes by the gate.
private final class LiveObserver: LoopObserver {
  let interest = LoopInterest.all
  private let recorder: Recorder
  private let gate: Gate

  init(_ recorder: Recorder, _ gate: Gate) {
    self.recorder = recorder
    self.gate = gate
  }

  func observe(_ event: LoopEvent) {
    recorder.observe(event)
    gate.come(event)
  }
}
