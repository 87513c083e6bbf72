// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// One lesson at a terminal, line by line: what to read, a question, the run with the keys that are typed, and what came
/// of it.
///
/// Nothing is drawn over and no line is long: it can be followed by ear.
struct InteractiveRun {
  /// How it was left.
  enum End: Equatable {
    /// It was played; whether the run showed the answer to the question.
    case played(isAnswered: Bool)
    /// Before it began.
    case left
    /// By a signal, or because it could not be played.
    case failed(ExitCode)
  }

  private let lesson: any Lesson.Type
  private let options: Options
  private let typed: TypedLines
  private let output: Output
  private let paint: Paint
  private let page: LessonPage
  private let speed: Double

  init(_ lesson: any Lesson.Type, _ options: Options, _ typed: TypedLines, _ output: Output) {
    self.lesson = lesson
    self.options = options
    self.typed = typed
    self.output = output
    paint = options.paint(for: Terminal.detect())
    page = LessonPage(lesson.card, paint)
    speed = options.speed ?? 1
  }

  func play() -> End {
    say(page.text)
    let said: Int?
    switch ask() {
    case .number(let number): said = number
    case .nothing: said = nil
    case .leave: return .left
    }
    // Where time jumps nobody is quick enough: the lesson presses its keys itself.
    if speed.isFinite { say(page.keys) }
    output.print(RunHead(id: lesson.card.id, speed: speed, pool: options.pool ?? 2).line)
    output.flush()
    do {
      let outcome = try run()
      let line = Verdict.line(lesson.card, outcome, RunSummary(outcome.events), wall: nil)
      output.print(outcome.exitCode == .success ? paint.good(line) : paint.bad(line))
      say(Verdict.details(outcome).map { "#   \($0)" } + [""])
      if case .signal(let code) = outcome.end { return .failed(code) }
      say(page.verdict(on: said, outcome.answer))
      return .played(isAnswered: outcome.answer != nil)
    } catch {
      output.tell("playground: \(lesson.card.id): \(error)")
      return .failed(.environment)
    }
  }

  private func say(_ lines: [String]) { for line in lines { output.print(line) } }

  // MARK: The question

  private enum Answer {
    case number(Int)
    case nothing
    case leave
  }

  private func ask() -> Answer {
    say(page.question)
    let count = lesson.card.question.options.count
    while true {
      output.write("What do you think? 1 to \(count), or Enter to go on without: ")
      output.flush()
      guard let line = typed.wait() else {
        output.print()
        return .leave
      }
      output.print()
      switch line {
      case "": return .nothing
      case "q", "quit": return .leave
      default: if let number = Int(line), (1...count).contains(number) { return .number(number) }
      }
    }
  }

  // MARK: The run

  private func run() throws -> LessonRun.Outcome {
    let log = Locked(PlainLog(isVerbose: options.isVerbose))
    let stillRunning = StillRunning()
    var run = LessonRun(lesson)
    run.presses = options.presses.isEmpty ? nil : options.presses
    run.typed = speed.isFinite ? typed : nil
    run.speed = speed
    run.duration = options.duration
    run.turns = options.turns
    if let pool = options.pool { run.threads = pool }
    run.heedsSignals = true
    run.answer = { [output] text in
      output.print("  \(text)")
      stillRunning.heard()
    }
    run.take = { [output, paint] event in
      let lines = log.withLock { $0.take(event) }
      for line in lines { output.print(line.text(LogLine.Layout(), paint)) }
      if !lines.isEmpty { stillRunning.heard() }
      // The loop is about to wait: what it has done so far should be heard meanwhile.
      if event.is(.stepBegin), event.first == 1 { output.flush() }
    }
    guard speed.isFinite else { return try run.play() }
    let background = try EventLoop.inBackground(.init(name: "still")) { [output] loop in
      stillRunning.begin(on: loop) { text in
        output.print("  \(text); q and Enter end it")
        output.flush()
      }
    }
    defer {
      background.stop()
      // What it says must not come behind the verdict.
      try? background.join()
    }
    return try run.play()
  }
}
