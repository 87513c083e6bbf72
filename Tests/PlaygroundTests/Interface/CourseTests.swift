// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

/// The course in front of a person: what they press, and what they see.
@Suite struct `The course` {
  @Test func `reads, predicts, runs, and says what came of the prediction`() {
    let learner = Learner()
    learner.open("4")
    #expect(learner.sees("nextTick"))
    learner.type("\r")
    #expect(learner.sees("Predict: Key a logs A"))
    learner.type("1")
    #expect(learner.sees("You predicted \"A B C\". Press a to see."))
    learner.type("a")
    #expect(learner.sees("You predicted \"A B C\". It was \"A C B\"."))
    learner.type("q")
    #expect(learner.sees("done 2 of"))
    #expect(learner.leave() == 130)
  }

  @Test func `keeps what is chosen through help, a stop, a filter and the sandbox`() throws {
    let home = HomeScreen(try Scenes.app())
    var chosen: String? { home.entries.indices.contains(home.chosen) ? home.entries[home.chosen].id : nil }
    home.appear()
    home.app.lastLesson = "timers"
    home.appear()
    #expect(chosen == "timers")
    home.handle(.down)
    home.handle(.down)
    home.appear()
    #expect(chosen == "next-tick")
    for key in "/pool" { home.handle(.character(key)) }
    #expect(chosen == "pool" && home.entries.count == 1)
    home.handle(.escape)
    #expect(chosen == "pool" && home.entries.count == HomeScreen.all.count)
    for key in "/zzz" { home.handle(.character(key)) }
    home.handle(.down)
    #expect(home.entries.isEmpty)
    home.handle(.escape)
    #expect(chosen == "loop")
    home.handle(.end)
    home.appear()
    #expect(chosen == "self")
  }

  @Test func `praises whom has done all`() {
    let learner = Learner()
    for lesson in Course.all.dropFirst() {
      var progress = Progress { ["XDG_STATE_HOME": learner.path("")][$0] }
      progress.mark(lesson.card.id, .done)
    }
    let again = Sitting(
      running: [Built.path], Size(columns: 80, rows: 24),
      Sitting.usual.merging(["XDG_STATE_HOME": learner.path("")]) { $1 })
    #expect(again.sees("All \(Course.all.count) done: now you know how a loop thinks."))
    again.type("q")
    #expect(again.end() == 0)
    #expect(learner.leave() == 130)
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `survives every key in every lesson`(_ id: String) throws {
    let card = try Course.lesson(id).card
    let learner = Learner(columns: 120, rows: 36)
    learner.play(id)
    for action in card.actions where action.key != "s" || id != "loop" {
      learner.type(action.key)
      #expect(learner.sees { $0.contains("key ") && $0.contains(" \(action.key)") }, "\(action.key)")
    }
    for key in [" ", ".", ">", ",", ",", ".", "z", "z", "\t", "\t", "[", "]", "?", "?", " ", "w", "\u{1B}"] {
      learner.type(key)
    }
    #expect(learner.leave() == 130)
    #expect(learner.sitting.screen.isClean && learner.sitting.screen.complaints.isEmpty)
  }

  @Test func `A2 is left clean by Ctrl-C on each screen`() {
    let ways: [(Learner) -> Void] = [
      { _ = $0.sees("done 1 of") },
      { $0.open("5") },
      { $0.play("5") },
      { learner in
        learner.play("5")
        learner.type(" .")
        _ = learner.sees("PAUSED")
      },
      { learner in
        learner.play("5")
        learner.type("z")
        _ = learner.sees("selected")
      },
      { learner in
        _ = learner.sees("done 1 of")
        learner.type(":13\revery 1 ti")
        _ = learner.sees("every 1 ti")
      },
      { learner in
        _ = learner.sees("done 1 of")
        learner.type(":14\r")
        _ = learner.sees("turns a second")
      },
    ]
    for way in ways {
      let learner = Learner()
      way(learner)
      #expect(learner.leave() == 130)
      #expect(learner.sitting.screen.isClean && learner.sitting.hasModesOfBefore)
      #expect(learner.sitting.screen.normal.isEmpty)
    }
  }

  @Test func `D25 takes a paste on the course for nothing`() {
    let learner = Learner()
    #expect(learner.sees("q quit"))
    let before = learner.lines
    learner.type("\u{1B}[200~q\nq\nrm -rf x\n\u{1B}[201~")
    // What comes behind it is heard: nothing else has happened.
    learner.type("?")
    #expect(learner.sees("Help:"))
    learner.type("x")
    #expect(learner.sitting.sees { $0.lines == before })
    #expect(learner.leave() == 130)
  }

  @Test func `P goes on in plain text on the normal screen`() {
    let learner = Learner("--speed", "max")
    learner.open("2")
    learner.type("P")
    let isPlain = learner.sitting.sees { $0.isClean && String($0.normal).contains("q to quit") }
    #expect(isPlain)
    // With the options that it had.
    learner.type("2\r\r")
    #expect(learner.sitting.sees { String($0.normal).contains("speed=max") })
    learner.type("q\r")
    #expect(learner.sitting.end() == 0)
  }
}

extension Learner {
  /// Reads until a row of the screen is like that.
  func sees(_ isSo: (String) -> Bool) -> Bool { sitting.sees { $0.lines.contains(where: isSo) } }
}
