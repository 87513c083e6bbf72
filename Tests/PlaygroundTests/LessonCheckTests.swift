// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `What a lesson says` {
  @Test(arguments: Course.all.map { $0.card.id }) func `is so when its own script is played`(_ id: String) throws {
    let outcome = try played(lesson(id))
    #expect(outcome.failures == [])
    #expect(outcome.checks.count >= 3)
    #expect(outcome.exitCode == .success)
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `is so whatever key is pressed`(_ id: String) throws {
    for key in lesson(id).card.actions.map(\.key) {
      for script in ["\(key)@0.5", "\(key)@0.5 \(key)@0.5 \(key)@1.3"] {
        let outcome = try played(lesson(id), script, for: .seconds(8))
        #expect(outcome.failures == [], "\(script)")
      }
    }
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `is so after any number of turns`(_ id: String) throws {
    for turns in 1...scaledDown(30) {
      let outcome = try played(lesson(id), turns: turns)
      #expect(outcome.failures == [], "\(turns) turns")
      #expect(outcome.events.last?.turn ?? 0 <= turns)
    }
  }

  @Test(arguments: [
    ("deferrable", "x@1 l@2 a@3"), ("deferrable", "t@0.5 l@3 a@3.5"), ("deferrable", "l@0.5 a@1 s@2"),
    ("deferrable", "t@0.2 t@1 x@2.9"), ("default-deferrable", "a@1 b@2 l@3"), ("default-deferrable", "b@1 a@1"),
    ("default-deferrable", "l@0.5 a@1 x@2 b@3"), ("default-deferrable", "b@1 x@2 a@3 l@3.5"),
    ("pool", "m@0.1 m@0.1 d@1 d@1 d@1 d@1 d@1 b@1.5 b@1.7"), ("pool", "x@0.5 d@0.5 d@0.5 e@0.6 b@0.7"),
    ("chunking", "c@1 c@1.5 d@2 b@2.2"), ("chunking", "+@0.1 +@0.2 c@1 b@1.3"), ("periodic", "b@0.5 b@1.1 c@3"),
    ("periodic", "-@0.3 -@0.4 +@1 x@2 c@3"), ("next-tick", "i@0.1 h@0.2 a@0.3 o@0.4 k@1"),
    ("spawn", "g@1 g@1 m@1 h@1 g@1"),
    ("spawn", "i@1 g@1.1 m@1.2 h@1.3 m@1.5 k@2"), ("timers", "l@0.1 c@0.1 c@0.2 c@0.2 c@0.3 l@0.4"),
    ("signals", "u@1 u@1 m@1 c@1 u@2"),
  ]) func `is so in any mixture`(_ id: String, _ script: String) throws {
    #expect(try played(lesson(id), script, for: .seconds(9)).failures == [])
  }

  @Test(arguments: alterations) func `is found untrue in a trace that was altered against it`(
    _ alteration: Alteration
  ) throws {
    let outcome = try played(lesson(alteration.lesson), alteration.script)
    #expect(outcome.failures == [])
    let altered = alteration.change(outcome.events)
    #expect(altered != outcome.events, "the alteration found nothing to alter")
    let failed = lesson(alteration.lesson).init().checks(Trace(altered)).filter { $0.failure != nil }
    #expect(!failed.isEmpty)
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `was altered in several ways`(_ id: String) {
    #expect(alterations.count { $0.lesson == id } >= 3)
  }
}

/// A change to a recorded trace after which the lesson is no longer true.
struct Alteration: Sendable, CustomTestStringConvertible {
  var lesson: String
  var script: String?
  var name: String
  var change: @Sendable ([TraceEvent]) -> [TraceEvent]

  init(
    _ lesson: String, _ name: String, script: String? = nil,
    _ change: @escaping @Sendable ([TraceEvent]) -> [TraceEvent]
  ) {
    self.lesson = lesson
    self.script = script
    self.name = name
    self.change = change
  }

  var testDescription: String { "\(lesson): \(name)" }
}
