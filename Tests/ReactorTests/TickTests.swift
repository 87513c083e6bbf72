// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `Ticks` {
  @Test func `N-01 run a function`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    func work() { history.append("ran") }
    loop.nextTick(work)
    try loop.run(until: .idle)
    #expect(history == ["ran"])
  }

  @Test func `N-02 run a closure`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.nextTick {
        history.append("ran")
        loop.stop()
      }
    }
    #expect(history == ["ran"])
  }

  @Test func `N-04 queued before the run run in its first turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    loop.nextTick { turns.append(loop.statistics.turns) }
    loop.nextTick { turns.append(loop.statistics.turns) }
    #expect(turns == [])
    try loop.run(until: .idle)
    #expect(turns == [1, 1])
  }

  @Test func `N-05 queued after stop are dropped and don't leak into the next run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    try loop.run { loop in
      loop.nextTick {
        loop.stop()
        loop.nextTick { history.append("leaked") }
      }
    }
    try loop.run { loop in
      loop.nextTick {
        history.append("second run")
        loop.stop()
      }
    }
    #expect(history == ["second run"])
  }

  @Test func `run in the order in which they were queued`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let count = scaled(10_000)
    for number in 0..<count { loop.nextTick { history.append(number) } }
    try loop.run(until: .idle)
    #expect(history == Array(0..<count))
  }

  @Test func `keep their order when the queue grows while they run`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    for number in 0..<40 {
      loop.nextTick {
        history.append(number)
        for late in 0..<40 { loop.nextTick { history.append(1000 + number * 40 + late) } }
      }
    }
    try loop.run(until: .idle)
    #expect(history == Array(0..<40) + Array(1000..<2600))
  }

  @Test func `A1-api-33 may capture anything, a loop among it`() throws {
    final class Plain { var value = 1 }
    let plain = Plain()
    let loop = EventLoop.virtual()
    loop.nextTick {
      plain.value += 1
      loop.nextTick { plain.value *= 10 }
    }
    try loop.run(until: .idle)
    #expect(plain.value == 20)
  }

  @Test func `A1-own-3 release their closures when they have run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick(releasing { history.append("first released") })
    loop.nextTick { history.append("second") }
    try loop.run(until: .idle)
    #expect(history == ["first released", "second"])
  }
}

@Suite struct `Work for the loop's own thread` {
  @Test func `N-08 B-19 A1-api-10 runs at once, even if the next statement stops the loop`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    try loop.run { loop in
      loop.nextTick {
        loop.schedule { history.append("scheduled") }
        history.append("after")
        loop.stop()
      }
    }
    #expect(history == ["scheduled", "after"])
  }

  @Test func `A1-api-10 runs at once when the loop doesn't run`() {
    var history: [String] = []
    EventLoop.virtual().schedule { history.append("scheduled") }
    #expect(history == ["scheduled"])
  }
}
