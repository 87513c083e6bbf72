// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

/// A lesson that runs while somebody watches, on a thread of its own.
@Suite struct `A live lesson` {
  @Test func `shows a blocked loop while it is blocked: line, lane, lateness, sentence`() {
    let learner = Learner()
    learner.play("5")
    learner.type("b")
    #expect(learner.sees("!! LOOP BLOCKED"))
    #expect(learner.sees { $0.contains(#"38>io.onKey("b")"#) && $0.contains("RUNNING 1.") })
    #expect(learner.sees { $0.contains("loop.addPeriodicTimer") && $0.contains(" late") })
    #expect(learner.sees { $0.hasPrefix(" reactor ") && $0.contains("K██████████") })
    #expect(learner.sees { $0.hasPrefix(" due ") && $0.contains("!──────────") })
    #expect(learner.sees("wait > timers > I/O > [arrivals: key b] > ticks > closing"))
    #expect(learner.sees("WARNING a callback has held the loop for"))
    // It ends, and the beat comes late, once.
    #expect(learner.sees { $0.contains("beat") && $0.contains("missed 7") })
    #expect(learner.leave() == 130)
  }

  @Test func `answers a key within 50 ms while its loop is blocked`() {
    let learner = Learner()
    learner.play("5")
    let clock = ContinuousClock()
    var best = Duration.seconds(60)
    for _ in 1...3 {
      learner.type("b")
      #expect(learner.sees("!! LOOP BLOCKED"))
      for (key, text) in [("\t", "── objects "), ("\t", "── read "), ("\t", "── log ")] {
        let began = clock.now
        learner.type(key)
        #expect(learner.sees(text))
        best = min(best, clock.now - began)
      }
      #expect(learner.sees { $0.contains("RUN 1x") })
    }
    #expect(best < .milliseconds(50), "\(best)")
    #expect(learner.leave() == 130)
  }

  @Test func `E32 sends few bytes for a frame, and none while it is paused`() {
    let learner = Learner()
    learner.play("5")
    #expect(learner.sitting.sees { $0.frames.count >= 60 })
    let sizes = learner.sitting.screen.frames.sorted()
    #expect(sizes[sizes.count / 2] <= 1024, "\(sizes[sizes.count / 2])")
    learner.type(" ")
    #expect(learner.sees("PAUSED"))
    #expect(learner.sitting.seesNothingNew(for: .milliseconds(300)))
    let count = learner.sitting.bytes.count
    learner.sitting.watch(for: .seconds(2))
    #expect(learner.sitting.bytes.count == count)
    #expect(learner.leave() == 130)
  }

  @Test func `stops, steps by turn and by callback, goes back, and goes on`() throws {
    let learner = Learner()
    learner.play("5")
    #expect(learner.sees("beat 2"))
    learner.type(" ")
    #expect(learner.sees("PAUSED"))
    let stood = try #require(learner.time)
    learner.type(".")
    // A turn that waited for the next beat: time jumps there.
    #expect(learner.sitting.sees { _ in (learner.time ?? 0) > stood })
    learner.type(">")
    #expect(learner.sees("PAUSED before timer t1, line 35"))
    #expect(learner.sees { $0.contains("35>loop.addPeriodicTimer") && $0.contains("NEXT") })
    learner.type(",")
    #expect(learner.sees("HISTORY"))
    learner.type(",,,,")
    #expect(learner.sees { $0.contains("HISTORY") })
    learner.type(" ")
    #expect(learner.sees("RUN 1x"))
    #expect(learner.sees { _ in (learner.time ?? 0) > stood })
    #expect(learner.leave() == 130)
  }

  @Test func `steps into callbacks that run inside of one`() {
    let learner = Learner(columns: 120, rows: 36)
    learner.play("7")
    learner.type(" ")
    #expect(learner.sees("PAUSED"))
    learner.type("s")
    #expect(learner.sees("PAUSED before key s"))
    for line in ["49", "50", "54"] {
      learner.type(">")
      #expect(learner.sees("PAUSED before callback d1, line \(line)"))
    }
    // What comes next, what waited in vain, and that the status was set twice.
    #expect(learner.sees { $0.contains("54>d.callback") && $0.contains("NEXT") })
    #expect(learner.sees { $0.contains("d.errback") && $0.contains("dropped") })
    #expect(learner.sees("set 2 times"))
    learner.type(" ")
    #expect(learner.sees("C 10"))
    #expect(learner.leave() == 130)
  }

  @Test func `B11 has its time stand still while the process is stopped`() throws {
    let learner = Learner()
    learner.play("5")
    #expect(learner.sees("beat 2"))
    learner.type("\u{1A}")
    #expect(learner.sitting.isStopped())
    let before = try #require(learner.time)
    learner.sitting.waitWithoutReading(for: .seconds(3))
    learner.sitting.send(SignalNumber.all["CONT"] ?? 0)
    #expect(learner.sitting.sees { _ in (learner.time ?? 0) > before })
    #expect((learner.time ?? 99) < before + 2)
    #expect(learner.leave() == 130)
  }

  @Test func `at the highest speed goes in leaps`() {
    let learner = Learner()
    learner.play("3")
    learner.type("]]]]")
    #expect(learner.sees("A leap of 10.00 s is over"))
    #expect((learner.time ?? 0) >= 10)
    #expect(learner.leave() == 130)
  }

  @Test func `goes on with a leap that help has cut short`() {
    let learner = Learner("--speed", "max")
    learner.open("4")
    learner.type("\r\r")
    #expect(learner.sees("A leap of 10.00 s is over"))
    // Ten thousand turns, and the help comes at once.
    learner.type("i ?")
    #expect(learner.sees("Help:"))
    learner.sitting.watch(for: .milliseconds(200))
    learner.type("x")
    #expect(learner.sitting.sees { _ in (learner.time ?? 0) >= 20 })
    #expect(learner.leave() == 130)
  }

  @Test func `f puts it on the interface's thread, and then nothing moves`() {
    let learner = Learner()
    learner.play("5")
    learner.type("f")
    #expect(learner.sees("The lesson shares the interface's thread now"))
    #expect(learner.sees("beat 1"))
    learner.type("b")
    // A frame comes every 50 ms, until the lesson holds the thread for 2 s.
    #expect(learner.sitting.seesNothingNew(for: .milliseconds(500)))
    learner.type("\t\t\t")
    #expect(learner.sees("keys were pressed meanwhile, and none was read until now"))
    learner.type("r")
    #expect(learner.sees("RUN 1x"))
    #expect(learner.leave() == 130)
  }

  @Test func `stands on the interface's thread without holding it, and is never slower there than it is`() {
    let learner = Learner("--speed", "0.1")
    learner.open("5")
    learner.type("\r\r")
    #expect(learner.sees("RUN 0.1x"))
    learner.type("f")
    #expect(learner.sees("RUN 1x"))
    learner.type("[")
    // A key behind it, and behind the pause: a block at a time that stands would never end.
    learner.type("b ")
    #expect(learner.sees("PAUSED"))
    learner.type("b")
    #expect(learner.sees("b waits until the loop goes on"))
    learner.type(".")
    #expect(learner.sees("There are no steps on the interface's thread"))
    learner.type(":block 3600\r")
    #expect(learner.sees("A command might hold the interface's thread for ever"))
    learner.type(" ")
    #expect(learner.sees("Frozen for"))
    #expect(learner.sees("RUN 1x"))
    #expect(learner.leave() == 130)
  }

  @Test func `goes at its speed also on the interface's thread`() throws {
    let learner = Learner("--speed", "3")
    learner.open("5")
    learner.type("\r\r")
    #expect(learner.sees("RUN 3x"))
    learner.type("f")
    #expect(learner.sees("The lesson shares the interface's thread now"))
    let clock = ContinuousClock()
    let (began, time) = (clock.now, try #require(learner.time))
    #expect(learner.sitting.sees { _ in (learner.time ?? 0) >= time + 4 })
    #expect(clock.now - began < .seconds(3))
    #expect(learner.leave() == 130)
  }

  @Test func `takes the sandbox's commands on its own loop`() {
    let learner = Learner()
    learner.play("7")
    learner.type(":after 0.2 hello\r")
    #expect(learner.sees("= let my-t1 = loop.addTimer"))
    #expect(learner.sees { $0.contains("timer") && $0.hasSuffix("hello") })
    learner.type(":after 60 again\r")
    #expect(learner.sees("= let my-t2 = loop.addTimer"))
    learner.type(":nonsense\r")
    #expect(learner.sees("unknown word \"nonsense\""))
    #expect(learner.leave() == 130)
  }

  @Test func `says the keys of its own command, too, when it says what it would be as one`() {
    let learner = Learner("--do", "s@0.25", columns: 120, rows: 36)
    learner.play("7")
    #expect(learner.sees("C 10"))
    learner.type("l")
    #expect(learner.sees("late 10"))
    learner.type("y")
    #expect(learner.sees("swift run playground run deferrable --do s@0.25 --do l@"))
    #expect(learner.leave() == 130)
  }

  @Test func `saves its trace, and says what it would be as a command`() {
    let learner = Learner()
    learner.play("7")
    learner.type("s")
    #expect(learner.sees("C 10"))
    learner.type("y")
    #expect(learner.sees("swift run playground run deferrable --do s@"))
    learner.type("w\u{15}\(learner.path("t.json"))\r")
    #expect(learner.sees("open it at ui.perfetto.dev"))
    #expect(contents(of: learner.path("t.json"))?.starts(with: "{".utf8) == true)
    learner.type("w\u{15}\(learner.path("t.jsonl"))\r")
    #expect(learner.sees("t.jsonl"))
    #expect(Built.playground("replay", learner.path("t.jsonl")).output.contains("callback d1  C 10"))
    #expect(learner.leave() == 130)
  }

  @Test func `D28 keeps no queue of a key that repeats`() {
    let learner = Learner()
    learner.play("5")
    learner.type(" ")
    #expect(learner.sees("PAUSED"))
    learner.type(String(repeating: ".", count: 500) + "?")
    #expect(learner.sees("Help:"))
    learner.type("x")
    #expect(learner.sees("PAUSED"))
    // Whoever lets go of the key sees it stand still: the turns that were asked for meanwhile have been taken together.
    learner.sitting.watch(for: .milliseconds(500))
    let count = learner.sitting.bytes.count
    learner.sitting.watch(for: .milliseconds(500))
    #expect(learner.sitting.bytes.count == count)
    #expect(learner.leave() == 130)
  }
}

/// What the screens do with what comes from elsewhere, without a terminal.
@Suite struct `A lesson's screen` {
  @Test func `E34 has in its log what the process prints`() throws {
    let screen = LessonScreen(try Scenes.app(), Chunking.self)
    screen.stage = .running
    screen.printed("hello \u{1B}[31m from elsewhere")
    var canvas = Canvas(Size(columns: 80, rows: 24))
    screen.draw(on: &canvas)
    #expect(canvas.lines.contains { $0.contains("print") && $0.contains(#"hello \u{1B}[31m from elsewhere"#) })
  }

  @Test func `says that another experiment answers no question`() throws {
    let screen = LessonScreen(try Scenes.app(), Deferrables.self)
    #expect(!screen.isOtherExperiment)
    screen.presses = [.init(key: "s", time: .zero)]
    #expect(!screen.isOtherExperiment)
    screen.presses.append(.init(key: "a", time: .zero))
    #expect(screen.isOtherExperiment)
    let hint = LessonHints.message(
      Picture(History(), now: .zero), card: Deferrables.card, predicted: 2, answer: nil, isOther: true)
    #expect(hint.text == "You predicted \"10\". This has become another experiment: r, then s.")
  }
}
