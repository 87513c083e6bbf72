// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

@Suite struct `The sandbox at a terminal` {
  @Test func `lets typing and timers interleave`() {
    let sandbox = Conversation.atTerminal("sandbox", "--speed", "10")
    #expect(sandbox.hears("> "))
    sandbox.write("every 1 tick\n")
    #expect(sandbox.hears("print(\"tick\") }\r\n"))
    // Nobody types, and time goes on.
    // Where the machine is busy, the log adds how late it was.
    #expect(sandbox.hears("timer  t1  tick"))
    sandbox.write("after 1 BO")
    #expect(sandbox.hears("BO"))
    sandbox.write("OM\n")
    #expect(sandbox.hears("timer  t2  BOOM"))
    sandbox.write("evry 1 x\n")
    #expect(sandbox.hears("   ! unknown word \"evry\". Did you mean: every?\r\n"))
    sandbox.write("cancel t1; log off\n")
    #expect(sandbox.hears("  cancel t1"))
    sandbox.write("ps\n")
    #expect(sandbox.hears("   Nothing is there."))
    sandbox.write("quit\n")
    let result = sandbox.end()
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("# sandbox    clock=virtual speed=10 pool=20\r\n# Try "))
    #expect(!result.output.contains("\u{1B}"))
    #expect(result.output.split(separator: "\r\n").allSatisfy { $0.count <= 80 })
  }

  @Test func `goes by real time unless it is told otherwise`() {
    let sandbox = Conversation.atTerminal("sandbox")
    #expect(sandbox.hears("speed=1 "))
    let clock = ContinuousClock()
    let began = clock.now
    sandbox.write("after 0.2 done\n")
    #expect(sandbox.hears("timer  t1  done"))
    #expect(clock.now - began >= .milliseconds(200))
    #expect(sandbox.end().status == 0)
  }

  @Test func `at max holds time while somebody types`() {
    let sandbox = Conversation.atTerminal("sandbox", "--speed", "max")
    sandbox.write("every 1 tick\n")
    #expect(sandbox.hears("print(\"tick\") }\r\n> "))
    sandbox.write("wait 2\n")
    #expect(sandbox.hears("1.000  timer  t1  tick\r\n"))
    #expect(sandbox.hears("2.000  timer  t1  tick\r\n> "))
    sandbox.write("expect tock within 1\n")
    #expect(sandbox.hears("   ! \"tock\" was expected within 1.000 s, but all that was printed is:"))
    let result = sandbox.end()
    #expect(result.status == 0)
    #expect(!result.output.contains("4.000"))
  }

  @Test func `keeps its prompt on the last line`() {
    let sandbox = Conversation.atTerminal("sandbox", "--speed", "10", environment: ["TERM": "xterm", "NO_COLOR": "1"])
    #expect(sandbox.hears("> "))
    sandbox.write("every 1 tick\n")
    #expect(sandbox.hears("\r\u{1B}[K"))
    #expect(sandbox.hears("\r\n> \r\u{1B}[K"))
    #expect(sandbox.end().status == 0)
  }

  @Test func `leaves at Ctrl-D, whatever is alive`() {
    let sandbox = Conversation.atTerminal("sandbox")
    sandbox.write("every 1 tick; spawn p\n")
    #expect(sandbox.hears("p got"))
    let result = sandbox.end()
    #expect(result.status == 0 && result.output.hasSuffix("\r\n"))
  }

  @Test func `goes on after a script that it loads and that is wrong`() {
    let folder = Built.shell("D=$(mktemp -d); printf 'next a\\nnxt b\\n' > $D/demo; printf $D").output
    let sandbox = Conversation.atTerminal("sandbox")
    sandbox.write("load \(folder)/demo\n")
    #expect(sandbox.hears("\(folder)/demo:2: unknown word \"nxt\". Did you mean: next?\r\n"))
    sandbox.write("next still here\n")
    #expect(sandbox.hears("tick   still here\r\n"))
    #expect(sandbox.end().status == 0)
    _ = Built.shell("rm -r \(folder)")
  }
}

@Suite struct `The menu` {
  @Test func `lists the lessons, runs what is chosen, and asks again`() {
    let menu = Conversation.atTerminal(environment: ["TERM": "dumb", "PLAYGROUND_OPTS": "--speed max"])
    let question = "q to quit: "
    #expect(menu.hears(question))
    menu.write("2\n\n")
    #expect(menu.hears("ok  timers  "))
    #expect(menu.hears(question))
    menu.write("timrs\n")
    #expect(menu.hears("There is no lesson \"timrs\". Did you mean: timers?\r\n"))
    menu.write("77\n")
    #expect(menu.hears("There is no lesson \"77\".\r\n"))
    menu.write("spawn\n\n")
    #expect(menu.hears("ok  spawn  "))
    menu.write("s\n")
    #expect(menu.hears("# sandbox"))
    menu.write("next hello\n")
    #expect(menu.hears("tick   hello\r\n"))
    menu.write("quit\n")
    #expect(menu.hears(question))
    menu.write("q\n")
    let result = menu.end()
    #expect(result.status == 0)
    #expect(!result.output.contains("\u{1B}"))
    for lesson in Course.all {
      #expect(result.output.contains("  \(ListCommand.number(lesson.card))  \(lesson.card.id) "))
    }
  }

  @Test func `ends with its input`() {
    let menu = Conversation.atTerminal(environment: ["TERM": "xterm", "ACCESSIBLE": "1"])
    #expect(menu.hears("q to quit: "))
    let result = menu.end()
    #expect(result.status == 0 && !result.output.contains("\u{1B}"))
  }
}

@Suite struct `The doctor` {
  @Test func `tells in one line each what it found`() {
    let result = Built.shell("$P doctor", ["TERM": "xterm", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "enable=no"])
    #expect(result.status == 0 && result.errors == "")
    let lines = result.output.split(separator: "\n").map { String($0.prefix { $0 != " " }) }
    #expect(
      lines == [
        "size", "TERM", "input", "output", "colours", "UTF-8", "mode", "poller", "crashes", "Swift", "system",
      ])
    #expect(result.output.contains("TERM       xterm\n"))
    #expect(result.output.contains("UTF-8      yes\n"))
    #expect(result.output.contains("output     no terminal\n"))
    #expect(result.output.contains(", SWIFT_BACKTRACE=enable=no\n"))
    for (variables, mode) in [
      (["TERM": "xterm"], "the course, full screen"), (["TERM": "dumb"], "a menu of lessons, without escapes"),
      (["TERM": "xterm", "PLAYGROUND_OPTS": "--plain"], "a menu of lessons, without escapes"),
    ] {
      let doctor = Built.shellOnTerminal("$P doctor <&1", variables).output
      #expect(doctor.contains("mode       without arguments: \(mode)\r\n"))
    }
    #expect(Built.shellOnTerminal("$P doctor", ["TERM": "dumb"]).output.contains("output     a terminal\r\n"))
    #expect(Built.playground("doctor", "x").status == 2)
  }
}
