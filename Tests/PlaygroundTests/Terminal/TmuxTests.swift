// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite(.enabled(if: Tmux.isExpected), .serialized) struct `In tmux` {
  private static func started(_ tmux: Tmux, _ line: String = "$P dev screen") {
    tmux.type(line)
    #expect(tmux.sees("events start"))
  }

  @Test func `A1 brings back the shell's old text, and the terminal's modes`() {
    let tmux = Tmux()
    tmux.type("stty -g > /dev/null; M=$(stty -g); echo old text")
    #expect(tmux.sees("\nold text"))
    Self.started(tmux)
    #expect(!tmux.isClean)
    tmux.press("a", "Up", "Home", "End", "BTab", "F5", "M-z")
    #expect(tmux.sees("keys 7: a up home end backTab F5 M-z"))
    tmux.press("q")
    tmux.type("echo \"rc=$?\"; test \"$M\" = \"$(stty -g)\" && echo the same")
    #expect(tmux.sees("\nthe same"))
    #expect(tmux.isClean)
    #expect(tmux.lines.contains("old text") && tmux.lines.contains("rc=0"))
  }

  @Test(arguments: ["uF": 132, "lI": 132, "pA": 134, "uV": 139, "lV": 139, "pV": 139])
  func `A4 leaves a crash's backtrace where one can scroll back to it`(_ keys: String, _ status: Int) {
    let tmux = Tmux()
    Self.started(tmux, "$P dev screen; echo \"rc=$?\"")
    for key in keys { tmux.press(String(key)) }
    #expect(tmux.sees { text in ["\(status)", "133"].contains { text.contains("rc=\($0)") } })
    #expect(tmux.isClean)
    #expect(tmux.history.contains("crashed:"))
    if keys == "uF" { #expect(tmux.history.contains("Fatal error: boom")) }
    // Each line of it begins at the left edge.
    let first = tmux.history.split(separator: "\n").first { $0.contains("Program crashed") }
    #expect(first?.first != " ")
  }

  @Test func `A6 is clean after a kill and a reset`() {
    let tmux = Tmux()
    tmux.type("stty sane; M=$(stty -g); echo old text")
    #expect(tmux.sees("\nold text"))
    Self.started(tmux)
    #expect(tmux.send("KILL"))
    // Nothing can help against that: the shell writes on the other screen.
    #expect(tmux.sees("Killed"))
    #expect(!tmux.isClean)
    // Enter comes as it was typed: the terminal is raw.
    tmux.type("$P reset; test \"$M\" = \"$(stty -g)\" && echo the same")
    #expect(tmux.sees("\nthe same"))
    #expect(tmux.isClean && tmux.lines.contains("old text"))
  }

  @Test func `B11 goes to the shell at Ctrl-Z and comes back, twice`() {
    let tmux = Tmux()
    Self.started(tmux)
    for round in 1...2 {
      tmux.press("C-z")
      #expect(tmux.sees { $0.contains("Stopped") })
      #expect(tmux.isClean)
      tmux.type("echo shell $((40 + \(round)))")
      #expect(tmux.sees("\nshell 4\(round)"))
      tmux.type("fg")
      #expect(tmux.sees("events start" + String(repeating: " suspended resumed", count: round) + " "))
      #expect(!tmux.lines.contains { $0.contains("shell") })
      tmux.press("a")
      #expect(tmux.sees("keys \(round):"))
    }
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
    #expect(tmux.isClean)
  }

  @Test func `B12 comes back after a stop from outside`() {
    let tmux = Tmux()
    Self.started(tmux)
    #expect(tmux.send("STOP"))
    // The other screen is still there, and the shell writes on it.
    #expect(tmux.sees("Stopped"))
    tmux.type("echo shell $((40 + 2)); fg")
    #expect(tmux.sees { $0.hasPrefix("size 80x24 ") && !$0.contains("shell") })
    tmux.press("a")
    #expect(tmux.sees("keys 2: i a"))
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
  }

  @Test func `B13 has the size that it got meanwhile`() {
    let tmux = Tmux()
    Self.started(tmux)
    tmux.press("C-z")
    #expect(tmux.sees("Stopped"))
    tmux.resize(100, 30)
    tmux.type("fg")
    #expect(tmux.sees("size 100x30"))
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
  }

  @Test func `B14 leaves the terminal to the shell in the background`() {
    let tmux = Tmux()
    Self.started(tmux)
    tmux.press("C-z")
    #expect(tmux.sees("Stopped"))
    tmux.type("bg; set -b")
    // It stops again, since the terminal isn't its own.
    #expect(tmux.sees { $0.components(of: "Stopped") >= 2 })
    #expect(tmux.isClean)
    tmux.type("echo shell $((40 + 2))")
    #expect(tmux.sees("\nshell 42"))
    tmux.type("fg")
    #expect(tmux.sees("suspended resumed"))
    tmux.press("a")
    #expect(tmux.sees("keys 1: a"))
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
    #expect(tmux.isClean)
  }

  @Test func `C20 follows its pane's size`() {
    let tmux = Tmux()
    Self.started(tmux)
    tmux.run("split-window", "-v", "-l", "11", "-t", "t", "cat")
    tmux.run("select-pane", "-t", "t.0")
    #expect(tmux.sees("size 80x12"))
    tmux.run("kill-pane", "-t", "t.1")
    #expect(tmux.sees("size 80x24"))
    #expect(tmux.lines.count >= 24 && tmux.lines[23] == String(repeating: "=", count: 79))
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
  }

  @Test func `C20 follows a second, smaller terminal that shows the same`() {
    let tmux = Tmux()
    Self.started(tmux)
    tmux.run("set", "-w", "-t", "t", "window-size", "latest")
    var second: Sitting? = tmux.attach(columns: 60, rows: 16)
    #expect(second?.sees { _ in tmux.lines.first?.hasPrefix("size 60x16 ") == true } == true)
    #expect(tmux.lines.count >= 16 && tmux.lines[15] == String(repeating: "=", count: 59))
    second = nil
    tmux.resize(80, 24)
    #expect(tmux.sees("size 80x24"))
    tmux.press("q")
    #expect(tmux.sees { !$0.contains("events") })
  }

  @Test func `E30 shows no colours where none are wanted`() {
    for (line, isColored) in [("$P dev screen", true), ("NO_COLOR=1 $P dev screen", false)] {
      let tmux = Tmux()
      Self.started(tmux, line)
      let codes = tmux.run("capture-pane", "-p", "-e", "-t", "t").split(separator: "\u{1B}[").dropFirst()
        .map { $0.prefix { $0 != "m" } }
      let colors = codes.filter { code in
        code.split(separator: ";").contains { (30...109).contains(Int($0) ?? 0) && $0 != "39" && $0 != "49" }
      }
      #expect(colors.isEmpty == !isColored)
      #expect(codes.contains("7") || codes.contains { $0.hasSuffix(";7") })
      tmux.press("q")
      #expect(tmux.sees { !$0.contains("events") })
    }
  }
}

extension String {
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
