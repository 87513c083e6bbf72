// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

@testable import playground

/// Plays a lesson in this process, on the virtual clock.
///
/// The script is written `"b@5.25 c@9"`; the card's if `nil`.
func played(
  _ lesson: any Lesson.Type, _ script: String? = nil, for duration: Duration? = nil, turns: Int? = nil,
  threads: Int = 2
) throws -> LessonRun.Outcome {
  var run = LessonRun(lesson)
  run.duration = duration
  run.turns = turns
  run.threads = threads
  if let script {
    run.presses = script.split(separator: " ").map { word in
      let parts = word.split(separator: "@")
      return Options.Press(key: String(parts[0]), time: Seconds.parse(String(parts[1])) ?? .zero)
    }
  }
  // A signal is heard by every loop of the process: two of these at once would hear each other.
  guard lesson.card.id == "signals" else { return try run.play() }
  return try signals.withLock { _ in try run.play() }
}

private let signals = Locked(0)

/// The lesson of that id.
func lesson(_ id: String) -> any Lesson.Type {
  guard let lesson = Course.all.first(where: { $0.card.id == id }) else { fatalError("no lesson \(id)") }
  return lesson
}

/// A trace as JSON lines, to compare whole.
func jsonLines(_ events: [TraceEvent]) -> String {
  var fold = JSONLines()
  return events.map { fold.line(for: $0) + "\n" }.joined()
}

/// A heavy count, scaled down where the tests run under a sanitizer: `REACTOR_TEST_SCALE` is a percentage.
func scaledDown(_ count: Int) -> Int {
  let percent = Int(ProcessFacts.variable("REACTOR_TEST_SCALE") ?? "100") ?? 100
  return max(2, count * min(100, max(1, percent)) / 100)
}

/// Whether there is time for the tests that only wait: `.ci/run --nightly` has it.
let hasTime = ProcessFacts.variable("REACTOR_SLOW_TESTS") != nil

/// Where the repository is.
let repository = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
