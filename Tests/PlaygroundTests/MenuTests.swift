// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `The course without a full screen` {
  private static let question = "q to quit: "
  private static let prediction = "Enter to go on without: "

  /// Every way to ask for it.
  @Test(arguments: [
    (["TERM": "xterm", "ACCESSIBLE": "1"], ""), (["TERM": "dumb"], ""), (["TERM": "xterm"], "--plain"),
    (["TERM": "xterm", "PLAYGROUND_OPTS": "--plain"], "--color always"),
    (["TERM": "xterm", "ACCESSIBLE": "1", "FORCE_COLOR": "1"], "--ascii"),
  ]) func `asks, plays with the keys that are typed, and tells the outcome, without an escape`(
    _ environment: [String: String], _ options: String
  ) {
    let arguments = options.split(separator: " ").map(String.init) + ["--speed", "10"]
    let menu = Conversation.atTerminal(arguments, environment: environment)
    #expect(menu.hears(Self.question))
    menu.write("7\n")
    #expect(menu.hears("? 1 to "))
    menu.write("9\n")
    #expect(menu.hears(Self.prediction))
    menu.write("1\n")
    #expect(menu.hears("# 07 deferrable"))
    menu.write("s\n")
    #expect(menu.hears("C 10"))
    menu.write("nonsense\n")
    #expect(menu.hears("There is no key \"nonsense\" here, but s, x, l, t, a; and q ends the lesson.\r\n"))
    menu.write("q\n")
    #expect(menu.hears("ok  deferrable  5 checks"))
    #expect(menu.hears("  You said 1  "))
    #expect(menu.hears("  What happened is 2  "))
    menu.write("q\n")
    let result = menu.end()
    #expect(result.status == 0)
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.output.split(separator: "\r\n").allSatisfy { $0.count <= 80 })
  }

  @Test func `ends where its input can't be read`() {
    let result = Built.shellOnTerminal("timeout 20 $P --plain < /; echo $?", ["TERM": "xterm"])
    #expect(result.output.hasSuffix("q to quit: \r\n0\r\n"))
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `F45 can be played whole, each lesson with each of its keys`(
    _ id: String
  ) {
    let menu = Conversation.atTerminal(["--plain", "--speed", "10"], environment: ["TERM": "xterm"])
    #expect(menu.hears(Self.question))
    let card = lesson(id).card
    // Typed ahead: the answer to the question, the keys of the lesson's script, and its end.
    let keys = card.script.map(\.key) + (id == "loop" ? [] : ["q"])
    menu.write("\(card.number)\n1\n" + keys.map { $0 + "\n" }.joined())
    #expect(menu.hears("ok  \(id)  "))
    #expect(menu.hears("You said 1"))
    menu.write("q\n")
    let result = menu.end()
    #expect(result.status == 0 && !result.output.contains("\u{1B}"))
    for key in Set(keys).subtracting(["q"]) { #expect(result.output.contains("  key    \(key)")) }
  }

  @Test func `keeps how far somebody has come, and praises at the end`() {
    let folder = Built.shell("printf %s $(mktemp -d)").output
    let environment = ["TERM": "dumb", "HOME": folder, "PLAYGROUND_OPTS": "--speed max"]
    let menu = Conversation.atTerminal(environment: environment)
    for lesson in Course.all {
      #expect(menu.hears(Self.question))
      menu.write("\(lesson.card.number)\n\n")
      #expect(menu.hears("ok  \(lesson.card.id)  "))
    }
    #expect(menu.hears("well done!"))
    #expect(menu.end().status == 0)
    let kept = contents(of: "\(folder)/.local/state/reactor-playground/progress") ?? []
    #expect(String(decoding: kept, as: UTF8.self) == Course.all.map { "\($0.card.id) done\n" }.joined())
    let again = Conversation.atTerminal(environment: environment)
    #expect(again.hears("One-shot timers") && again.hears("  done\r\n") && again.hears(Self.question))
    again.write("2\nq\n")
    #expect(again.hears(Self.prediction))
    #expect(again.end().status == 0)
    _ = Built.shell("rm -r \(folder)")
  }

  @Test func `says once that progress isn't kept`() {
    let menu = Conversation.atTerminal(environment: [
      "TERM": "dumb", "HOME": "/dev/null", "PLAYGROUND_OPTS": "--speed max",
    ])
    for id in ["loop", "timers"] {
      #expect(menu.hears(Self.question))
      menu.write("\(id)\n\n")
      #expect(menu.hears("ok  \(id)  "))
    }
    let result = menu.end()
    #expect(result.output.split(separator: "progress isn't kept").count == 2)
  }

  @Test func `ends at Ctrl-C with the code for it`() {
    let menu = Conversation.atTerminal(environment: ["TERM": "dumb"])
    #expect(menu.hears(Self.question))
    menu.write("loop\n\n")
    #expect(menu.hears("start     log    inside run"))
    menu.raise("INT")
    #expect(menu.hears("interrupted  loop"))
    #expect(menu.end().status == 130)
  }

  @Test func `says from time to time that a lesson runs on, unless it tells so itself`() throws {
    let loop = EventLoop.virtual()
    let still = StillRunning()
    var said: [String] = []
    still.begin(on: loop) { said.append($0) }
    // Heard between 20 and 30 seconds, and between 40 and 50.
    loop.addTimer(after: .seconds(21)) { still.heard() }
    loop.addTimer(after: .seconds(49)) { still.heard() }
    try loop.run(for: .seconds(65))
    #expect(said == ["still running, 10 s", "still running, 20 s", "still running, 40 s", "still running, 60 s"])
  }
}

@Suite struct `Options before a command` {
  @Test func `are as those behind it`() {
    #expect(Built.playground("--quiet", "run", "timers") == Built.playground("run", "timers", "--quiet"))
    #expect(Built.playground("--color", "always", "run", "timers", "--quiet").output.hasPrefix("\u{1B}[32mok"))
    #expect(Built.playground("--color=always", "--plain", "run", "timers", "--quiet").output.hasPrefix("ok"))
    #expect(Built.playground("--plain", "--size", "80x24", "list") == Built.playground("list"))
    #expect(Built.playground("--plain").output == Built.playground("list").output)
  }

  @Test(arguments: [
    ("--plian", "unknown option --plian. Did you mean --plain?"),
    ("--size", "--size needs a value"), ("--size big list", "--size takes columns and rows, such as 80x24, not 'big'"),
    ("--color red run timers", "--color takes auto or always or never, not 'red'"),
  ]) func `that are wrong are told`(_ line: String, _ message: String) {
    #expect(Built.shell("$P \(line)") == .init(status: 2, output: "", errors: "playground: \(message)\n"))
  }
}
