// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

/// The full screen as a terminal has it, against what is known to be right.
@Suite struct `The live screens` {
  /// The way to each, from the course; the name of what it must look like.
  private static let ways: [(name: String, keys: [String], last: String)] = [
    ("home", ["\u{1B}[H", "\u{1B}[B", "\u{1B}[B", "\u{1B}[B", "\u{1B}[B"], "Blocking vs chunking   "),
    ("reading", [":5\r"], "While it runs"),
    ("predicting", [":5\r", "\r"], "Predict:"),
  ]

  private func arrive(_ keys: [String], _ last: String, columns: Int, rows: Int) -> Learner {
    let learner = Learner(columns: columns, rows: rows)
    _ = learner.sees { $0.contains("Reactor Playground") || $0.contains("Needs 40x10") }
    for key in keys { learner.type(key) }
    _ = learner.sees(last)
    return learner
  }

  @Test(arguments: 0..<3) func `E29 look in a terminal as they do in a test`(_ way: Int) throws {
    let (name, keys, last) = Self.ways[way]
    let learner = arrive(keys, last, columns: 80, rows: 24)
    let wanted = try Screens.known("\(name)-80x24")
    #expect(learner.sitting.sees { $0.lines == wanted }, "\(learner.lines.joined(separator: "\n"))")
    #expect(learner.leave() == 130)
  }

  @Test func `E29 show a recording as they do in a test`() throws {
    let learner = Learner()
    let path = learner.path("c.jsonl")
    let head = #"{"reactor-playground":1,"lesson":"chunking","speed":"max","pool":2}"#
    let lines = jsonLines(try Scenes.frame(Chunking.self).history.events)
    try Folders.replace(path, with: Array("\(head)\n\(lines)".utf8))
    let replay = Sitting(running: [Built.path, "replay", path], Size(columns: 80, rows: 24), Sitting.usual)
    #expect(replay.sees("selected"))
    replay.type("\u{1B}[H")
    let wanted = try Screens.known("replay-80x24")
    #expect(replay.sees { $0.lines == wanted }, "\(replay.screen.lines.joined(separator: "\n"))")
    replay.type("q")
    #expect(replay.end() == 0)
    #expect(learner.leave() == 130)
  }

  @Test(arguments: 0..<3) func `C17 end at each size as a fresh start does`(_ way: Int) {
    let (_, keys, last) = Self.ways[way]
    let learner = arrive(keys, last, columns: 80, rows: 24)
    // Where text and code are on one screen, there is no second one to compare.
    for (columns, rows) in [(way == 2 ? 100 : 120, 36), (60, 16), (34, 8), (80, 24)] {
      learner.sitting.resize(columns, rows)
      let fresh = arrive(keys, columns < 40 ? "Needs 40x10" : "", columns: columns, rows: rows)
      let settled = fresh.sitting.sees { screen in screen.lines.contains { !$0.isEmpty } }
      #expect(settled)
      #expect(fresh.sitting.seesNothingNew(for: .milliseconds(300)))
      let wanted = fresh.lines
      #expect(learner.sitting.sees { $0.lines == wanted }, "\(columns)x\(rows)")
      #expect(fresh.leave() == 130)
    }
    #expect(learner.leave() == 130)
  }

  @Test(.enabled(if: Tmux.isExpected), arguments: 0..<3) func `E29 look in tmux as they do in a test`(_ way: Int) throws
  {
    let tmux = Tmux(with: ["HOME": "/nowhere"])
    tmux.type(
      "mkdir -p /tmp/rp-$$/reactor-playground; printf 'loop done\\ntimers started\\n' > /tmp/rp-$$/reactor-playground/progress; "
        + "XDG_STATE_HOME=/tmp/rp-$$ $P; rm -r /tmp/rp-$$")
    #expect(tmux.sees("done 1 of"))
    let keys: [[String]] = [
      ["Home", "Down", "Down", "Down", "Down"], [":", "5", "Enter"], [":", "5", "Enter", "Enter"],
    ]
    for key in keys[way] { tmux.press(key) }
    let wanted = try Screens.known("\(Self.ways[way].name)-80x24")
    #expect(tmux.sees { _ in Array(tmux.lines.prefix(24)) == wanted })
    tmux.press("C-c")
    #expect(tmux.sees("$ "))
    #expect(tmux.isClean)
  }

  @Test func `E30 have colours of the terminal's own, and none where none are wanted`() {
    for (variables, isColored) in [([:], true), (["NO_COLOR": "1"], false)] {
      let learner = Learner(with: variables)
      learner.play("5")
      learner.type("b")
      #expect(learner.sees("LOOP BLOCKED"))
      let codes = learner.sitting.screen.styleCodes
      let colors = codes.filter { (30...37).contains($0) || (90...97).contains($0) }
      #expect(colors.isEmpty == !isColored)
      #expect(codes.isDisjoint(with: Set([38, 48] + Array(40...47) + Array(100...107))))
      #expect(learner.leave() == 130)
    }
  }

  @Test(arguments: [["NO_COLOR": "1"], ["PLAYGROUND_OPTS": "--color never"], [:]])
  func `E31 say the same with colours and without`(_ variables: [String: String]) throws {
    let learner = Learner(with: variables)
    #expect(learner.sees("q quit"))
    learner.type(":5\r\r")
    let wanted = try Screens.known("predicting-80x24")
    #expect(learner.sitting.sees { $0.lines == wanted })
    #expect(learner.leave() == 130)
  }

  @Test func `speak ASCII where the locale does`() {
    let learner = Learner(with: ["LANG": "C"])
    learner.play("5")
    learner.type("b")
    #expect(learner.sees { $0.hasPrefix(" reactor ") && $0.contains("K##########") })
    #expect(learner.sitting.bytes.allSatisfy { $0 < 128 })
    #expect(learner.leave() == 130)
  }

  @Test func `come within 100 ms, at best of five`() {
    let clock = ContinuousClock()
    var best = Duration.seconds(60)
    for _ in 1...5 {
      let began = clock.now
      let learner = Sitting(
        running: [Built.path], Size(columns: 80, rows: 24), Sitting.usual.merging(["CI": "1"]) { $1 })
      #expect(learner.sees("Reactor Playground"))
      best = min(best, clock.now - began)
      learner.type("q")
      #expect(learner.end() == 0)
    }
    #expect(best < .milliseconds(100), "\(best)")
  }
}
