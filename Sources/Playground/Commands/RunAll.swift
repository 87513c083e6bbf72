// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground run --all`: every lesson at full speed, one line each, as the Test Anything Protocol has it.
enum RunAll {
  static func run(_ options: Options, _ output: Output) throws(UsageError) -> ExitCode {
    if let argument = options.arguments.first {
      throw UsageError(message: "--all plays every lesson, so '\(argument)' is one too many")
    }
    guard options.presses.isEmpty, options.trace == nil, options.record == nil, options.format == .text else {
      throw UsageError(message: "--all takes none of --do, --trace, --record and --format jsonl")
    }
    let lessons = Course.all
    output.print("1..\(lessons.count)")
    var code = ExitCode.success
    var held = 0
    for (index, lesson) in lessons.enumerated() {
      var run = LessonRun(lesson)
      run.heedsSignals = true
      run.speed = options.speed ?? .infinity
      run.duration = options.duration
      run.turns = options.turns
      if let pool = options.pool { run.threads = pool }
      do {
        let outcome = try run.play()
        let isGood = outcome.exitCode == .success
        held += outcome.checks.count - outcome.failures.count
        let checks = Verdict.count(outcome.checks.count, "check")
        output.print("\(isGood ? "ok" : "not ok") \(index + 1) - \(lesson.card.id)  \(checks)")
        for line in Verdict.details(outcome) { output.print("# \(line)") }
        code = code.then(outcome.exitCode)
        if case .signal(let code) = outcome.end { return code }
      } catch {
        output.print("not ok \(index + 1) - \(lesson.card.id)  \(error)")
        code = code.then(.stillAlive)
      }
      output.flush()
    }
    output.print("# \(Verdict.count(lessons.count, "lesson")), \(Verdict.count(held, "check")) held")
    return code
  }
}
