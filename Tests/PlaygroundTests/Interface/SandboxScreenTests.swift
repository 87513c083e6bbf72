// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@testable import playground

/// The sandbox, full screen.
@Suite struct `The sandbox's screen` {
  private func atSandbox(columns: Int = 120, rows: Int = 36) -> Learner {
    let learner = Learner(columns: columns, rows: rows)
    _ = learner.sees("done 1 of")
    learner.type(":13\r")
    _ = learner.sees("Nothing happens until you type a command")
    return learner
  }

  @Test func `runs what is typed, and shows the Swift, the log, the objects and the lanes`() {
    let learner = atSandbox()
    learner.type("every 0.3 tick\r")
    #expect(learner.sees("= let t1 = loop.addPeriodicTimer(every: .milliseconds(300))"))
    #expect(learner.sees { $0.contains("timer  t1  tick") })
    learner.type("defer sleep 0.5\rspawn p\rnotify p hello\r")
    #expect(learner.sees { $0.contains("worker-1") && $0.contains("[j1") })
    #expect(learner.sees { $0.contains("p got") || $0.contains("hello") })
    #expect(learner.sees { $0.contains("t1 ") && $0.contains("every") })
    learner.type("succed x\r")
    #expect(learner.sees("Did you mean: succeed?"))
    #expect(learner.leave() == 130)
  }

  @Test func `stops, steps and goes back by words`() {
    let learner = atSandbox()
    learner.type("every 0.2 tick\r")
    #expect(learner.sees("tick"))
    learner.type("pause\r")
    #expect(learner.sees("PAUSED"))
    // Until what it was told to do before has come to rest.
    #expect(learner.sitting.seesNothingNew(for: .milliseconds(300)))
    for count in [3, 12] {
      let before = learner.turn
      learner.type("step \(count)\r")
      #expect(learner.sitting.sees { _ in learner.turn == before + count })
      #expect(learner.sitting.seesNothingNew(for: .milliseconds(300)))
      #expect(learner.turn == before + count)
    }
    learner.type("back 2\r")
    #expect(learner.sees("HISTORY"))
    learner.type("run\r")
    #expect(learner.sees("RUN 1x"))
    #expect(learner.leave() == 130)
  }

  @Test func `D25 takes a paste into its line, with its ends of line shown, and runs nothing`() {
    let learner = atSandbox(columns: 80, rows: 24)
    learner.type("\u{1B}[200~every 1 a\nblock 60\n\u{1B}[201~")
    #expect(learner.sees("> every 1 a; block 60"))
    learner.type("\u{15}ps\r")
    #expect(learner.sees("Nothing is there."))
    #expect(learner.leave() == 130)
  }

  @Test func `completes words, and says which there are`() {
    let learner = atSandbox(columns: 80, rows: 24)
    learner.type("not\t")
    #expect(learner.sees { $0.hasSuffix("> notify") })
    learner.type("\u{15}e\t")
    #expect(learner.sees { $0.contains("errback") && $0.contains("every") })
    #expect(learner.leave() == 130)
  }

  @Test func `ends at Ctrl-D and at quit, and the course is back`() {
    for way in ["\u{4}", "quit\r", "stop\r"] {
      let learner = atSandbox(columns: 80, rows: 24)
      learner.type(way)
      #expect(learner.sees("done 1 of"))
      #expect(learner.leave() == 130)
    }
  }

  @Test func `ends below its help, too`() {
    let learner = atSandbox(columns: 80, rows: 24)
    learner.type("quit\r\u{1B}OP")
    #expect(learner.sees("Help:"))
    learner.sitting.watch(for: .milliseconds(200))
    learner.type("x")
    #expect(learner.sees("done 1 of"))
    #expect(learner.leave() == 130)
  }

  @Test func `says which speed a command has set, and goes on from there`() {
    let learner = atSandbox(columns: 80, rows: 24)
    learner.type("speed 3\r")
    #expect(learner.sees("RUN 3x"))
    learner.type("\u{1B}")
    #expect(learner.sees("Esc goes back to the line"))
    learner.type("]")
    #expect(learner.sees("RUN 4x"))
    #expect(learner.leave() == 130)
  }

  @Test func `takes no more than there is room for while its loop is held, and never waits for it`() throws {
    let run = try SandboxRun(Options([]), speed: 1) {}
    run.live.open(.stop)
    let line = "# " + String(repeating: "x", count: SandboxRun.longestLine - 4)
    // A pipe has 64 KiB of room, and what the loop has read before it came by its gate is gone.
    #expect((1...100).contains { _ in !run.submit(line) })
    run.live.abandon()
  }

  @Test func `may be asked for something when its session has ended and its loop is still there`() throws {
    let running = Locked<LiveRun?>(nil)
    let answer = Locked<Bool?>(nil)
    let run = try SandboxRun(Options([]), speed: 1) {
      guard let live = running.withLock({ $0 }) else { return }
      // What was taken from tells again: in the end, on the session's thread, which still holds the loop. Its observer
      // hears of what is scheduled.
      guard live.end != nil else { return _ = live.takeEvents() }
      let isTaken = live.schedule { _ in }
      answer.withLock { $0 = isTaken }
      answer.wakeAll()
    }
    running.withLock { $0 = run.live }
    _ = run.live.takeEvents()
    #expect(run.submit("quit"))
    #expect(answer.wait(for: .seconds(60)) { $0 } != nil)
    running.withLock { $0 = nil }
  }

  @Test func `exports its session`() {
    let learner = atSandbox(columns: 80, rows: 24)
    learner.type("after 1 BOOM\rexport \(learner.path("main.swift"))\r")
    #expect(learner.sees("main.swift"))
    #expect(
      learner.sitting.sees { _ in
        contents(of: learner.path("main.swift")).map { String(decoding: $0, as: UTF8.self).contains("BOOM") } ?? false
      })
    #expect(learner.leave() == 130)
  }
}
