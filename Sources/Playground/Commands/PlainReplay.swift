// SPDX-License-Identifier: Apache-2.0

import Lessons

/// A recorded run as text: the log that the run itself had, and its verdict, judged anew on what was recorded.
struct PlainReplay {
  private let recording: Recording
  private let options: Options
  private let output: Output
  private let style: Paint
  private var layout = LogLine.Layout()
  private var log: PlainLog

  init(_ recording: Recording, _ options: Options, _ output: Output) {
    self.recording = recording
    self.options = options
    self.output = output
    style = options.paint(for: Terminal.detect())
    log = PlainLog(isVerbose: options.isVerbose)
    if recording.head?.id == RunHead.sandbox {
      layout = .sandbox(options)
      log.lateLimit = PlainLog.lateLimit(atSpeed: recording.head?.speed ?? .infinity)
    }
  }

  /// Prints it, and tells what the run's own exit code would have been; one that was interrupted counts as good.
  func play() -> ExitCode {
    if options.format == .jsonl {
      for line in recording.lines where !options.isQuiet { output.print(line) }
      if options.isQuiet, let verdict = recording.verdictLine { output.print(verdict) }
    } else {
      printLog()
    }
    guard let verdict = recording.verdict else { return .success }
    guard let outcome = recording.outcome, let card = recording.head?.lesson?.card else {
      if options.format == .text { printSandboxEnd(verdict) }
      return ["not ok": .checkFailed, "alive": .stillAlive][verdict.word] ?? .success
    }
    if options.format == .text {
      let line = playground.Verdict.line(card, outcome, RunSummary(recording.events), wall: nil)
      output.print(outcome.exitCode == .success ? style.good(line) : style.bad(line))
      for line in playground.Verdict.details(outcome) { output.print("#   \(line)") }
    }
    if case .signal = outcome.end { return .success }
    return outcome.exitCode
  }

  private func printLog() {
    guard !options.isQuiet else { return }
    if let head = recording.head { output.print(Escaping.visible(head.line)) }
    var log = log
    for event in recording.events {
      for line in log.take(event) { output.print(line.text(layout, style)) }
    }
  }

  private func printSandboxEnd(_ verdict: Recording.Verdict) {
    let turns = options.isVerbose ? RunSummary(recording.events).turns : nil
    let word = Escaping.visible(verdict.word)
    let line = SandboxCommand.verdict(word, expectations: verdict.expectations, turns: turns)
    output.print(verdict.word == "ok" ? style.good(line) : style.bad(line))
    for line in verdict.alive { output.print("#   \(Escaping.visible(line))") }
  }
}

extension Recording {
  /// What came of the run: the lesson's checks on what was recorded; `nil` if it was none of a lesson that is here, or
  /// didn't come to its end.
  var outcome: LessonRun.Outcome? {
    guard let verdict, let lesson = head?.lesson else { return nil }
    let trace = Trace(events, isExact: isExact)
    let played = lesson.init()
    let end: LessonRun.End =
      switch verdict.word {
      case "alive": .guardTime
      case "interrupted": .signal(.interrupted)
      default: .itself
      }
    return LessonRun.Outcome(end: end, events: events, checks: played.checks(trace), answer: played.answer(trace))
  }

  /// As it is written to a file.
  var lines: [String] {
    var fold = JSONLines()
    return (head.map { [$0.json] } ?? []) + events.map { fold.line(for: $0) } + (verdictLine.map { [$0] } ?? [])
  }

  /// The last line.
  var verdictLine: String? {
    guard let verdict else { return nil }
    guard let outcome, let card = head?.lesson?.card else {
      return SandboxCommand.verdictJSON(
        verdict.word, expectations: verdict.expectations, turns: RunSummary(events).turns, alive: verdict.alive)
    }
    return playground.Verdict.json(card, outcome, RunSummary(events))
  }
}
