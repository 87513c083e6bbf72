// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// The whole output of a program on a virtual clock, as lines; nothing may be reported as lost meanwhile, which would stand
/// on standard error.
private func output(
  of program: (EventLoop, @escaping (String) -> Void) throws -> Void, endsAt end: Duration
) throws -> String {
  var lines = ""
  let loop = EventLoop.virtual()
  try program(loop) { lines += $0 + "\n" }
  #expect(loop.elapsed == end)
  #expect(!loop.isRunning)
  return lines
}

// The text of seeds/003: "Get it done. One event at a time."
@Suite struct `The tutorial's program` {
  @Test func `that does nothing runs a virtual hour and prints nothing`() throws {
    let text = try output(
      of: { loop, print in try gettingStartedForever(loop, for: .seconds(3600), print: print) }, endsAt: .seconds(3600))
    #expect(text == "")
  }

  @Test func `that stops after a second prints nothing`() throws {
    #expect(try output(of: { try gettingStarted($0, print: $1) }, endsAt: .seconds(1)) == "")
  }

  @Test func `timer prints four Ticks and the BOOM`() throws {
    #expect(
      try output(of: timer, endsAt: .seconds(5)) == """
        Tick...
        Tick...
        Tick...
        Tick...
        BOOM

        """)
  }

  @Test func `timer by classes prints the same`() throws {
    #expect(try output(of: timerByClasses, endsAt: .seconds(5)) == output(of: timer, endsAt: .seconds(5)))
  }

  @Test func `timer_cancel prints four Ticks, the BOOM, and that the googles do nothing`() throws {
    #expect(
      try output(of: timerCancel, endsAt: .seconds(8)) == """
        Tick...
        Tick...
        Tick...
        Tick...
        BOOM
        The googles, they do nothing

        """)
  }

  // Where the tutorial prints four: equal deadlines run in the order of arming, so the one-shot timer comes first at 5 s,
  // then the periodic one, and the tick that stops the loop after both.
  @Test func `next_tick prints Hai five times, the fifth ahead of its end`() throws {
    #expect(
      try output(of: nextTick, endsAt: .seconds(5)) == """
        Hai
        Hai
        Hai
        Hai
        Hai

        """)
  }

  // Where the tutorial prints addresses: a thread's name stands here.
  @Test func `defer prints the worker's thread, then the loop's`() throws {
    let lines = SharedHistory()
    let done = Gate()
    try SystemThread.start(name: "main") {
      attempt { try deferring(EventLoop.virtual()) { lines.append($0) } }
      done.open()
    }
    done.wait()
    #expect(
      lines.all.joined(separator: "\n") == """
        Defer #<Thread:defer-1>
        Main #<Thread:main>
        """)
  }

  @Test func `defer_callback prints that 2 + 2 == 4, on either clock`() throws {
    #expect(try output(of: deferCallback, endsAt: .zero) == "2 + 2 == 4\n")
    var lines = ""
    let loop = try EventLoop(PollerUnderTest.configuration)
    try watched(loop) { try deferCallback(loop) { lines += $0 + "\n" } }
    #expect(lines == "2 + 2 == 4\n")
  }

  @Test func `deferrable prints Go SpeedRacer go`() throws {
    #expect(try output(of: deferrable, endsAt: .seconds(1)) == "Go SpeedRacer go\n")
  }

  @Test func `spawn prints what it received between two Periodics`() throws {
    #expect(
      try output(of: spawn, endsAt: .seconds(3)) == """
        Periodic
        Received hello
        Periodic

        """)
  }
}
