// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

/// The demonstration screen, at a terminal of its own.
func atScreen(_ options: String..., columns: Int = 80, rows: Int = 24, with more: [String: String] = [:]) -> Sitting {
  let line = (["exec $P dev screen"] + options).joined(separator: " ")
  let sitting = Sitting(shell: line, columns: columns, rows: rows, with: more)
  #expect(sitting.sees("events start"))
  return sitting
}

/// Some places where a process may crash, by the keys that choose them.
private let places = ["u", "l", "p"]

@Suite struct `Leaving the full screen` {
  @Test func `A1 leaves the terminal as it was`() {
    let sitting = atScreen()
    #expect(!sitting.hasModesOfBefore && sitting.screen.modes.isSuperset(of: [1049, 2004]))
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
    #expect(sitting.screen.normal.isEmpty)
    #expect(sitting.screen.complaints.isEmpty)
  }

  @Test func `A2 is 130 at Ctrl-C`() {
    let sitting = atScreen()
    sitting.type("\u{3}")
    #expect(sitting.end() == 130)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore && sitting.screen.normal.isEmpty)
  }

  @Test(arguments: ["TERM": 143, "HUP": 129, "INT": 130, "PIPE": 141, "ALRM": 142, "USR1": 138])
  func `A3 gives the terminal back when a signal ends it`(_ signal: String, _ status: Int) throws {
    let sitting = atScreen()
    sitting.type("o")
    #expect(sitting.sees("printed to standard output"))
    sitting.send(try #require(SignalNumber.all[signal]))
    #expect(sitting.end() == status)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore && sitting.screen.normal.isEmpty)
  }

  @Test(arguments: ["QUIT": 131, "SEGV": 139, "ABRT": 134])
  func `A3 ends, with a backtrace, when somebody sends what a crash raises`(_ signal: String, _ status: Int) throws {
    let sitting = atScreen()
    sitting.send(try #require(SignalNumber.all[signal]))
    #expect(sitting.end() == status)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
    #expect(sitting.hasReadableBacktrace)
  }

  @Test(arguments: places, ["F", "I", "A", "V"])
  func `A4 shows a crash's message and backtrace on the normal screen, on any thread`(_ place: String, _ way: String) {
    let sitting = atScreen()
    sitting.type(place + way)
    let status = sitting.end()
    // A trap is another signal on another processor.
    let expected: [String: [Int]] = ["F": [132, 133], "I": [132, 133], "A": [134], "V": [139]]
    #expect(expected[way]?.contains(status) == true, "\(status)")
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
    #expect(sitting.hasReadableBacktrace)
    let text = String(sitting.screen.normal)
    if way == "F" { #expect(text.contains("Fatal error: boom")) }
    if way == "I" { #expect(text.contains("Fatal error: Index out of range")) }
    // Swift does not find the way out of the C library's abort.
    if way != "A" { #expect(text.contains("Crashing.")) }
  }

  @Test func `A4 tells after a crash what was printed last`() {
    let sitting = atScreen()
    sitting.type("oe")
    #expect(sitting.sees("printed to standard error"))
    sitting.type("F")
    #expect([132, 133].contains(sitting.end()))
    let text = String(sitting.screen.normal)
    #expect(
      text.hasPrefix("printed to standard output\r\nprinted to standard error\r\n")
        || text.hasPrefix("printed to standard output\nprinted to standard error\n"))
  }

  @Test func `A5 lets Swift's runtime ask its question on the normal screen`() {
    let sitting = atScreen(with: ["SWIFT_BACKTRACE": "color=no,interactive=yes"])
    sitting.type("F")
    #expect(sitting.sees { String($0.normal).contains("Press space to interact") })
    #expect(sitting.screen.isClean)
    #expect(!String(sitting.screen.normal).contains(TinyTerminal.step))
  }

  @Test func `A7 leaves nothing behind when it is left at once, a hundred times`() {
    let rounds = scaledDown(100)
    let sitting = Sitting(shell: "for i in $(seq \(rounds)); do $P dev screen || echo bad; done; echo done")
    for round in 1...rounds {
      #expect(sitting.sees { $0.entries == round })
      // The screen isn't drawn yet.
      sitting.type("q")
      #expect(sitting.sees { $0.exits == round })
    }
    #expect(sitting.end() == 0)
    #expect(String(sitting.screen.normal) == "done\n")
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore && sitting.screen.complaints.isEmpty)
  }

  @Test func `A8 asks the terminal nothing, whatever happens`() {
    let sitting = atScreen()
    sitting.type("oesxt\u{C}\u{1B}[A")
    #expect(sitting.sees("日本語"))
    sitting.resize(60, 20)
    #expect(sitting.sees("size 60x20"))
    sitting.type("tq")
    #expect(sitting.end() == 0)
    // The tiny terminal complains of all that it doesn't know, and it knows no question.
    #expect(sitting.screen.complaints.isEmpty)
    #expect(!sitting.sent.contains("\u{1B}]") && !sitting.sent.contains("\u{1B}[3J"))
  }

  @Test(arguments: ["", "trap '' HUP; "]) func `A9 ends when the terminal's window is closed`(_ before: String) {
    let sitting = Sitting(shell: before + "exec $P dev screen")
    #expect(sitting.sees("events start"))
    sitting.hangUp()
    #expect(sitting.end() == 129)
  }

  @Test(arguments: ["", " --share"]) func `A10 never changes a flag of the files that it shares`(_ option: String) {
    let result = Built.flagsOfSharedTerminal(during: "exec $P dev screen" + option)
    #expect(result.status == 0)
    #expect(result.flags.count == 3 && Set(result.flags).count == 1)
  }

  @Test func `A10 loses nothing of what others write behind it`() {
    let result = Built.shell("{ $P list; head -c 400000 /dev/zero; } | { head -c 1; wc -c; } | tr -d '\\0'")
    let list = Built.playground("list").output.utf8.count
    #expect(result.output.filter { !$0.isWhitespace }.hasSuffix("\(list + 400_000 - 1)"))
  }

  @Test(arguments: ["b", "B"]) func `F38 quits while another thread is stuck`(_ key: String) {
    let times = (1...3).map { _ in
      let sitting = atScreen()
      sitting.type(key)
      #expect(sitting.sees("keys 1: \(key)"))
      let clock = ContinuousClock()
      return clock.measure {
        sitting.type("q")
        #expect(sitting.end() == 0)
      }
    }
    // The best of them: the machine may be busy.
    #expect((times.min() ?? .seconds(60)) < .seconds(1))
  }

  @Test(arguments: [
    "$P dev screen | cat", "$P dev screen < /dev/null", "TERM=dumb $P dev screen", "TERM= $P dev screen",
  ])
  func `F44 doesn't begin where there is no terminal on both ends, or a dumb one`(_ command: String) {
    let sitting = Sitting(shell: "\(command); stty -a | grep -c ' icanon'")
    #expect(sitting.end() == 0)
    #expect(
      sitting.sent == "playground dev: a full screen needs a terminal on both ends, and one that isn't dumb\r\n1\r\n")
  }
}

extension Sitting {
  /// Whether a backtrace stands on the normal screen, in lines that begin at its left edge.
  var hasReadableBacktrace: Bool {
    let text = String(screen.normal)
    return text.contains("crashed:") && text.contains(" in playground at ") && !text.contains(TinyTerminal.step)
  }
}
