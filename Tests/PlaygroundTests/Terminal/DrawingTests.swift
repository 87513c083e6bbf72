// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `What the full screen draws` {
  @Test func `E32 sends few bytes for a frame, and none while nothing changes`() {
    let sitting = atScreen()
    sitting.type("t")
    #expect(sitting.sees { $0.frames.count >= 60 })
    sitting.type("t")
    #expect(sitting.sees("keys 2:"))
    let sizes = sitting.screen.frames.sorted()
    #expect(sizes[sizes.count / 2] <= 1024)
    // What was asked for before is drawn; then there is silence.
    sitting.watch(for: .milliseconds(200))
    let count = sitting.bytes.count
    sitting.watch(for: .seconds(2))
    #expect(sitting.bytes.count == count)
    #expect(sitting.screen.clears == 1)
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test func `E32 draws thirty frames a second at most`() {
    let sitting = atScreen()
    let clock = ContinuousClock()
    let began = clock.now
    let before = sitting.screen.frames.count
    sitting.type("t")
    #expect(sitting.sees { $0.frames.count >= before + 45 })
    // The first one is drawn at once.
    #expect(clock.now - began >= .milliseconds(44 * 33))
    sitting.type("tq")
    #expect(sitting.end() == 0)
  }

  @Test func `E33 ends a frame that a signal cuts short`() throws {
    for _ in 0..<scaledDown(20) {
      let sitting = atScreen()
      sitting.type("t")
      #expect(sitting.sees { $0.frames.count >= 3 })
      sitting.send(try #require(SignalNumber.all["TERM"]))
      #expect(sitting.end() == 143)
      #expect(sitting.screen.isClean)
      #expect(sitting.screen.complaints.isEmpty)
    }
  }

  @Test(arguments: ["", "--share"]) func `E34 shows what the program prints, from any thread`(_ option: String) {
    let sitting = atScreen(option)
    sitting.type("oe")
    #expect(sitting.sees("printed to standard output"))
    #expect(sitting.sees("printed to standard error"))
    sitting.type("O")
    // Its own thread prints more than a pipe holds.
    #expect(sitting.sees("line 50000"))
    #expect(sitting.screen.lines[0].hasPrefix("size 80x24 "))
    #expect(sitting.screen.lines.dropLast().allSatisfy { $0.last == "|" })
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.complaints.isEmpty && sitting.screen.normal.isEmpty)
  }

  @Test func `E35 shows printed controls, and keeps its border`() {
    let sitting = atScreen()
    sitting.type("x")
    #expect(sitting.sees(#"tab\there \u{1B}[31mred\rback\u{7} \u{202E}rtl 日本語 👨‍👩‍👧 "#))
    #expect(sitting.screen.lines.dropLast().allSatisfy { $0.last == "|" })
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.complaints.isEmpty)
  }

  @Test(.enabled(if: hasTime)) func `E36 answers a key while the terminal takes nothing`() {
    let sitting = atScreen(columns: 200, rows: 60)
    // Whole frames, again and again; nobody reads, and after some of them there is no room.
    sitting.type("T")
    sitting.waitWithoutReading(for: .seconds(3))
    sitting.type("q")
    #expect(sitting.endWithoutReading())
    #expect(sitting.end() == 0)
    #expect(sitting.hasModesOfBefore)
  }

  @Test(.enabled(if: hasTime)) func `E36 merges frames while the terminal is slow, and then shows how things are`() {
    let sitting = atScreen(columns: 200, rows: 60)
    sitting.type("T")
    sitting.waitWithoutReading(for: .seconds(5))
    sitting.type("To")
    #expect(sitting.sees("printed to standard output"))
    // Only what the system holds is behind, however long it took.
    #expect(sitting.screen.frames.count < 5 * 30)
    #expect(sitting.bytes.count < 200_000)
    #expect(sitting.screen.complaints.isEmpty)
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test(arguments: ["xterm", "xterm-256color", "screen", "tmux", "linux", "vt100", "vt220", "foo"])
  func `F37 is the same on all kinds of terminals`(_ kind: String) {
    let sitting = Sitting(shell: "stty -opost; $P dev screen; stty -a | grep -c -e '-opost'", with: ["TERM": kind])
    #expect(sitting.sees("events start"))
    let isPlain = ["linux", "vt100", "vt220"].contains(kind)
    #expect(sitting.screen.modes.contains(2004) == !isPlain)
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.isClean && sitting.screen.complaints.isEmpty)
    #expect(sitting.sent.hasSuffix("1\n"))
  }
}
