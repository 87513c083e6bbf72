// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// One lesson as text: what to read, the log while it runs, the verdict.
struct PlainRun {
  private let card: Card
  private let lesson: any Lesson.Type
  private let options: Options
  private let output: Output
  private let style: Paint
  private let speed: Double
  /// Whether somebody reads along, who is told what to look at.
  private let hasReader: Bool

  init(_ lesson: any Lesson.Type, _ options: Options, _ output: Output) {
    self.lesson = lesson
    self.options = options
    card = lesson.card
    let terminal = Terminal.detect()
    // What goes to standard output must be nothing but the trace then.
    self.output = options.trace == "-" ? Output(to: 2) : output
    style = options.paint(for: terminal)
    speed = options.speed ?? (terminal.isOutput ? 1 : .infinity)
    hasReader = terminal.isOutput && options.format == .text && !options.isQuiet
  }

  func play() -> ExitCode {
    do {
      let files = try TraceFiles(options, title: card.id)
      printHead()
      let folds = Locked(Folds(log: PlainLog(isVerbose: options.isVerbose)))
      var run = LessonRun(lesson)
      run.presses = options.presses.isEmpty ? nil : options.presses
      run.speed = speed
      run.duration = options.duration
      run.turns = options.turns
      if let pool = options.pool { run.threads = pool }
      run.heedsSignals = true
      run.take = { [output, style, options, isLive = speed.isFinite] event in
        folds.withLock { folds in
          if !options.isQuiet { Self.print(event, &folds, options, output, style) }
        }
        // The loop is about to wait: what it has done so far should be seen meanwhile.
        if isLive, event.is(.stepBegin), event.first == 1 { output.flush() }
      }
      let clock = ContinuousClock()
      let began = clock.now
      let outcome = try run.play()
      let wall = options.isVerbose ? clock.now - began : nil
      printEnd(outcome, wall)
      output.flush()
      try files.write(
        outcome.events, head: head, verdict: Verdict.json(card, outcome, RunSummary(outcome.events)))
      return outcome.exitCode
    } catch let error as TurnLimitReached {
      output.tell("playground run: \(card.id): \(error)")
      return .stillAlive
    } catch {
      output.tell("playground run: \(error)")
      return .environment
    }
  }

  private struct Folds {
    var log: PlainLog
    var json = JSONLines()
  }

  private static func print(
    _ event: TraceEvent, _ folds: inout Folds, _ options: Options, _ output: Output, _ style: Paint
  ) {
    switch options.format {
    case .jsonl: output.print(folds.json.line(for: event))
    case .text: for line in folds.log.take(event) { output.print(line.text(LogLine.Layout(), style)) }
    }
  }

  private func printHead() {
    guard !options.isQuiet else { return }
    guard options.format == .text else { return output.print(head.json) }
    if hasReader {
      let page = LessonPage(card, style)
      for line in page.text + page.question { output.print(line) }
    }
    let poller = options.isVerbose ? try? EventLoop().pollerKind : nil
    output.print(head.line + (poller.map { " backend=\($0)" } ?? ""))
  }

  private func printEnd(_ outcome: LessonRun.Outcome, _ wall: Duration?) {
    let summary = RunSummary(outcome.events)
    guard options.format == .text else {
      output.print(Verdict.json(card, outcome, summary))
      return
    }
    let line = Verdict.line(card, outcome, summary, wall: wall)
    output.print(outcome.exitCode == .success ? style.good(line) : style.bad(line))
    for line in Verdict.details(outcome) { output.print("#   \(line)") }
    guard hasReader, outcome.answer != nil else { return }
    output.print()
    for line in LessonPage(card, style).verdict(on: nil, outcome.answer) { output.print(line) }
  }

  private var head: RunHead { RunHead(id: card.id, speed: speed, pool: options.pool ?? 2) }
}
