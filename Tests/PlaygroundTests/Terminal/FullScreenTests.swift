// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `The full screen` {
  @Test(arguments: [(80, 24), (120, 36), (200, 60), (60, 16), (40, 10), (34, 8), (20, 5), (5, 2), (1, 1)])
  func `C16 begins at any size`(_ columns: Int, _ rows: Int) {
    let sitting = Sitting("dev", "screen", columns: columns, rows: rows)
    // Its last row, but for the very last cell.
    #expect(sitting.sees { $0.frames.count == 1 && $0.lines[rows - 1] == String(repeating: "=", count: columns - 1) })
    if columns >= 20 { #expect(sitting.screen.lines[0].hasPrefix("size \(columns)x\(rows) ")) }
    for row in 0..<rows - 1 where columns > 1 { #expect(sitting.screen.lines[row].last == "|") }
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.complaints.isEmpty)
  }

  @Test func `C17 follows the terminal's size, and looks as if it had begun so`() {
    let sitting = atScreen()
    for (columns, rows) in [(120, 36), (60, 16), (34, 8), (80, 24)] {
      sitting.resize(columns, rows)
      #expect(sitting.sees("size \(columns)x\(rows)"))
      let fresh = Sitting("dev", "screen", columns: columns, rows: rows)
      #expect(fresh.sees("size \(columns)x\(rows)"))
      // All but the row that tells what happened.
      #expect(
        sitting.sees {
          $0.lines.enumerated().filter { $0.offset != 3 }.map(\.element)
            == fresh.screen.lines.enumerated().filter { $0.offset != 3 }.map(\.element)
        })
      fresh.type("q")
      #expect(fresh.end() == 0)
    }
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.complaints.isEmpty)
  }

  @Test func `C18 merges a storm of sizes`() {
    let sitting = atScreen()
    sitting.type("t")
    let clock = ContinuousClock()
    let began = clock.now
    for step in 1...200 { sitting.resize(60 + step % 40, 20 + step % 20) }
    sitting.resize(90, 30)
    #expect(sitting.sees("size 90x30"))
    let seconds = (clock.now - began) / .seconds(1)
    // Thirty frames a second are the most, and ten more are let pass.
    #expect(sitting.screen.clears <= Int(seconds * 30) + 11)
    sitting.type("tq")
    #expect(sitting.end() == 0)
  }

  @Test func `C19 asks the environment where the terminal knows no size, and has a usual one`() {
    func shown(_ environment: [String: String]) -> String? {
      let sitting = Sitting(
        running: [Built.path, "dev", "screen"], Size(columns: 132, rows: 50), Sitting.usual.merging(environment) { $1 },
        announced: Size(columns: 0, rows: 0))
      #expect(sitting.sees("size "))
      let line = sitting.screen.lines[0].prefix { $0 != "|" }.split(separator: " ").last
      sitting.type("q")
      #expect(sitting.end() == 0)
      return line.map(String.init)
    }
    #expect(shown([:]) == "80x24")
    #expect(shown(["COLUMNS": "100", "LINES": "40"]) == "100x40")
    #expect(shown(["COLUMNS": "-3", "LINES": "many"]) == "80x24")
  }

  @Test func `D23 acts on each of two hundred keys in one write`() {
    let sitting = atScreen()
    sitting.type(String(repeating: ".", count: 200))
    #expect(sitting.sees("keys 200:"))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test(arguments: ["50", "0", "400"]) func `D24 tells Esc from what begins with it`(_ delay: String) {
    let sitting = atScreen(with: ["ESCDELAY": delay])
    sitting.type("\u{1B}")
    #expect(sitting.sees("keys 1: escape"))
    sitting.type("\u{1B}x")
    #expect(sitting.sees("keys 2: escape M-x"))
    sitting.type("\u{1B}\u{1B}")
    #expect(sitting.sees("keys 4: escape M-x escape escape"))
    sitting.type("\u{1B}")
    sitting.resize(70, 20)
    #expect(sitting.sees { $0.lines[0].hasPrefix("size 70x20") && $0.lines[1].hasPrefix("keys 5:") })
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test func `D25 takes a paste for one key`() {
    let sitting = atScreen()
    sitting.type("\u{1B}[200~q\rq\rrm -rf x\r\u{1B}[201~")
    #expect(sitting.sees("keys 1: paste(13)"))
    #expect(sitting.sees(#"paste "q\nq\nrm -rf x\n""#))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test func `D25 drops the rest of a paste that a terminal without pastes has typed`() {
    let sitting = Sitting(shell: "$P dev screen; read -r line; echo \"got [$line]\"", with: ["TERM": "linux"])
    #expect(sitting.sees("events start"))
    #expect(!sitting.sent.contains("2004"))
    sitting.type("q\rq\rrm -rf x\r")
    #expect(sitting.sees { !$0.modes.contains(1049) })
    sitting.type("mine\r")
    #expect(sitting.end() == 0)
    #expect(sitting.sent.hasSuffix("got [mine]\r\n"))
  }

  @Test func `D27 gets the keys that a terminal keeps for itself`() {
    let sitting = atScreen()
    sitting.type("\u{13}\u{11}\u{16}\u{F}\u{1C}\u{15}\u{17}\u{4}")
    #expect(sitting.sees(#"keys 8: C-s C-q C-v C-o C-\ C-u C-w C-d"#))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test func `Ctrl-L draws everything anew`() {
    let sitting = atScreen()
    let clears = sitting.screen.clears
    sitting.type("\u{C}")
    #expect(sitting.sees { $0.clears == clears + 1 })
    #expect(sitting.sees("events start"))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }
}
