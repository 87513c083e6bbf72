// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `The code shown is the code that runs` {
  /// What registers something with the loop, with `io` or with a deferrable.
  private static let registering = [
    "addTimer(", "addPeriodicTimer(", "nextTick", "onKey(", ".callback", ".errback", ".completion", ".defer",
    ".spawn", "SpawnedProcess<Int>(", "onSignal(", ".timeout(", ".chunk(", ".schedule", "onStop",
  ]

  /// Every key of a lesson at least once, twice where it takes two to come past each line.
  private func events(_ id: String) throws -> [TraceEvent] {
    let lesson = lesson(id)
    var scripts: [String?] = [nil]
    let keys = lesson.card.actions.map(\.key)
    // Each key by itself, and all after each other: some undo others.
    for key in keys { scripts.append("\(key)@0.5") }
    scripts.append(keys.enumerated().map { "\($1)@\($0 + 1)" }.joined(separator: " "))
    return try scripts.flatMap { try played(lesson, $0, for: .seconds(keys.count + 5)).events }
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `so everything that is armed or run stands in the region`(
    _ id: String
  ) throws {
    let file = lesson(id).card.file
    let shown = Set(LessonText.region(of: file).map(\.number))
    let foreign = try events(id).filter { $0.fileName == file && !shown.contains($0.line) }
    #expect(foreign == [])
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `and every line of it that registers something was hit`(
    _ id: String
  ) throws {
    let file = lesson(id).card.file
    let hit = Set(try events(id).filter { $0.fileName == file }.map(\.line))
    let lines = LessonText.region(of: file).filter { line in Self.registering.contains { line.text.contains($0) } }
    #expect(lines.count >= 3)
    #expect(lines.filter { !hit.contains($0.number) } == [])
  }
}
