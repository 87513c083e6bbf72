// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Plays a lesson: makes its loop, presses the keys, records, and ends it.
struct LessonRun {
  /// Why a run ended.
  enum End: Sendable, Equatable {
    /// The lesson's own end: its length, or its program stopped the loop.
    case itself
    /// `--for` or `--turns`.
    case asked
    /// The guard time.
    case guardTime
    /// A signal.
    case signal(ExitCode)
  }

  /// How long a lesson without an end of its own may go on, and any whose length isn't said.
  static let guardTime = Duration.seconds(60)

  var lesson: any Lesson.Type
  /// What is pressed, and when; the card's script if `nil`.
  var presses: [Options.Press]?
  var speed = Double.infinity
  /// Stop then, instead of at the lesson's own end.
  var duration: Duration?
  /// Stop after that many turns.
  var turns: Int?
  /// How many threads the pool has.
  var threads = 2
  /// Whether SIGINT and SIGTERM end it.
  var heedsSignals = false
  /// Where keys are typed, one a line; then nothing is pressed by itself, and q ends the run.
  var typed: TypedLines?
  /// Tells what is typed that means nothing.
  var answer: @Sendable (String) -> Void = { _ in }
  /// Hears each event while it runs, on whichever thread.
  var take: @Sendable (TraceEvent) -> Void = { _ in }

  init(_ lesson: any Lesson.Type) { self.lesson = lesson }

  /// What came of a run.
  struct Outcome {
    var end: End
    var events: [TraceEvent]
    var checks: [Check]
    /// The right option of the card's question, counted from 1, as the run showed it.
    var answer: Int?
    /// What the loop waited with; `nil` if it never had to ask the kernel.
    var poller: EventLoop.PollerKind?

    var failures: [Check] { checks.filter { $0.failure != nil } }

    /// What the shell is told.
    var exitCode: ExitCode {
      switch end {
      case .signal(let code): code
      case .guardTime: .stillAlive
      case .itself, .asked: failures.isEmpty ? .success : .checkFailed
      }
    }
  }

  /// Plays it, on this thread.
  func play() throws -> Outcome {
    LostReports.becomeEvents()
    let card = lesson.card
    let loop = EventLoop.virtual(.init(name: card.id))
    loop.virtualTime?.speed = speed
    let recorder = Recorder(turns: turns, atLastTurn: { [handle = loop.handle] in handle.stop() }, take)
    loop.observer = recorder
    let io = LessonIO(loop, threads: threads) { Raising.raiseInThisThread($0) }
    var end = End.itself

    if heedsSignals {
      for (signal, code) in [(Signal.interrupt, ExitCode.interrupted), (.terminate, .terminated)] {
        loop.onSignal(signal, file: Self.own, line: 0) {
          end = .signal(code)
          loop.stop()
        }
      }
    }
    if let last = limit {
      loop.addTimer(after: last.duration, file: Self.own, line: 0) {
        // At the end of the turn, so that all that is due at that time still runs.
        loop.atEndOfTurn {
          end = last.end
          loop.stop()
        }
      }
    }
    for press in script { arm(press, io, loop) }
    typed?.listen(on: loop, file: Self.own) { line in
      guard hear(line, io, loop) else { return }
      end = .asked
      loop.stop()
    }

    let played = lesson.init()
    if lesson.runsTheLoop {
      try played.run(loop, io)
    } else {
      try loop.run { loop in try played.run(loop, io) }
    }
    recorder.finish()
    if let turns, loop.statistics.turns > turns { end = .asked }
    let trace = Trace(recorder.history, isExact: !speed.isFinite)
    return Outcome(
      end: end, events: trace.events, checks: played.checks(trace), answer: played.answer(trace),
      poller: loop.pollerKind)
  }

  /// A key is an arrival of the turn whose wait ended at its time, after the timers that are due then.
  private func arm(_ press: Options.Press, _ io: LessonIO, _ loop: EventLoop) {
    loop.addTimer(after: press.time, file: Self.own, line: 0) { self.press(press.key, io, loop) }
  }

  private func press(_ key: String, _ io: LessonIO, _ loop: EventLoop) {
    loop.expect(file: Self.own, line: 0) { (key: String) in io.press(key) }.deliver(key)
  }

  /// Does what a typed line says; whether that is to end the run.
  private func hear(_ line: String?, _ io: LessonIO, _ loop: EventLoop) -> Bool {
    guard let line, line != "q", line != "quit" else { return true }
    if io.keyNames.contains(line) {
      press(line, io, loop)
    } else if !line.isEmpty {
      let keys = lesson.card.actions.map(\.key).joined(separator: ", ")
      answer("There is no key \(SwiftText.literal(line)) here, but \(keys); and q ends the lesson.")
    }
    return false
  }

  /// What marks the playground's own timers in the trace; see ``TraceEvent/isInternal``.
  private static var own: StaticString { "playground" }

  private var script: [Options.Press] {
    let presses =
      presses ?? (typed == nil ? nil : []) ?? lesson.card.script.map { Options.Press(key: $0.key, time: $0.time) }
    return presses.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }

  /// When it ends by itself, and what that end is.
  private var limit: (duration: Duration, end: End)? {
    if let duration { return (duration, .asked) }
    if typed != nil { return nil }
    guard let length = lesson.card.length else { return (Self.guardTime, .guardTime) }
    // What somebody asks for late must still have time to show.
    let needed = presses?.map { $0.time + .seconds(3) }.max() ?? .zero
    return needed > Self.guardTime ? (Self.guardTime, .guardTime) : (max(length, needed), .itself)
  }
}
