// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

@Suite struct `A tick loop` {
  @Test func `TL-01 A2-tickloop-1 made before the run runs its body in each turn, and stops with the loop`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    let ticks = loop.tickLoop {
      turns.append(loop.turnNumber)
      if turns.count == 10 { loop.stop() }
      return .again
    }
    try loop.run()
    #expect(turns == Array(1...10))
    #expect(ticks.isStopped)
    try loop.run(until: .idle)
    #expect(turns.count == 10)
  }

  @Test func `TL-02 A2-tickloop-2 ends when its body answers stop, and tells so`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.tickLoop {
      history.append("body")
      return history.count < 3 ? .again : .stop
    }.onStop { history.append("stopped") }
    try loop.run(until: .idle)
    #expect(history == ["body", "body", "body", "stopped"])
  }

  @Test func `TL-03 A2-tickloop-5 can be started again, and old handlers are not called a second time`() throws {
    var history: [String] = []
    // Handlers that came again would start it for ever.
    let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: 100))
    let ticks = TickLoop(on: loop) {
      history.append("body")
      return .stop
    }
    ticks.start().onStop {
      history.append("first stop")
      ticks.start().onStop { history.append("second stop") }
    }
    try loop.run(until: .idle)
    #expect(history == ["body", "first stop", "body", "second stop"])
  }

  @Test func `TL-04 A2-tickloop-3 stopped from outside runs no more, and tells so once`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let ticks = loop.tickLoop {
      history.append("body")
      return .again
    }
    ticks.onStop { history.append("stopped \(ticks.isStopped)") }
    loop.nextTick {
      ticks.stop()
      history.append("after stop")
      ticks.stop()
    }
    try loop.run(until: .idle)
    #expect(history == ["body", "stopped true", "after stop"])
  }

  @Test func `TL-05 A2-tickloop-4 that is stopped calls a new handler at once, every time`() {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let ticks = TickLoop(on: loop) { .again }
    ticks.onStop { history.append("one") }.onStop { history.append("two") }
    history.append("added")
    #expect(history == ["one", "two", "added"])
  }

  @Test func `TL-06 A2-tickloop-6 is stopped when it is new, and not after start`() {
    let loop = EventLoop.virtual()
    let ticks = TickLoop(on: loop) { .again }
    #expect(ticks.isStopped)
    #expect(ticks.description == "TickLoop(stopped)")
    ticks.start()
    #expect(!ticks.isStopped)
    #expect(ticks.description == "TickLoop(running)")
    loop.stop()
    #expect(ticks.isStopped)
  }

  @Test func `TL-07 A2-tickloop-7 must not be started while it runs`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let loop = EventLoop.virtual()
      loop.tickLoop { .again }.start()
    }
    expectMessage(result, "this tick loop runs already: stop() it before you start() it again")
  }

  @Test func `calls handlers in the order of adding, before stop returns`() {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let ticks = loop.tickLoop { .again }
    ticks.onStop { history.append("first") }
    ticks.onStop {
      history.append("second")
      ticks.onStop { history.append("added in a handler") }
    }
    ticks.onStop { history.append("third") }
    ticks.stop()
    history.append("returned")
    #expect(history == ["first", "second", "added in a handler", "third", "returned"])
  }

  @Test func `A2-tickloop-3 stopped in its body runs no more, whatever the body answers`() throws {
    for answer in [TickLoop.Next.again, .stop] {
      var history: [String] = []
      let loop = EventLoop.virtual()
      var ticks: TickLoop?
      ticks = loop.tickLoop {
        history.append("body")
        ticks?.stop()
        history.append("rest of the body")
        return answer
      }
      ticks?.onStop { history.append("stopped") }
      try loop.run(until: .idle)
      #expect(history == ["body", "stopped", "rest of the body"])
      ticks = nil
    }
  }

  @Test func `stopped and started in its body goes on once a turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    var ticks: TickLoop?
    ticks = loop.tickLoop {
      turns.append(loop.turnNumber)
      if turns.count == 1 {
        ticks?.stop()
        ticks?.start()
      }
      return turns.count < 4 ? .again : .stop
    }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4])
    ticks = nil
  }

  @Test func `stopped and started between its runs goes on once a turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    let ticks = loop.tickLoop {
      turns.append(loop.turnNumber)
      return turns.count < 4 ? .again : .stop
    }
    loop.nextTick {
      ticks.stop()
      ticks.start()
    }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4])
  }

  @Test func `A2-tickloop-1 starves no timer, and two of them take turns`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      var isOver = false
      for name in ["a", "b"] {
        loop.tickLoop {
          if history.count < 6 { history.append(name) }
          return isOver ? .stop : .again
        }
      }
      loop.addTimer(after: .milliseconds(2)) {
        history.append("timer")
        isOver = true
        loop.stop()
      }
    }
    #expect(history == ["a", "b", "a", "b", "a", "b", "timer"])
  }

  @Test func `is kept by the loop while it runs, and only then`() throws {
    var runs = 0
    let loop = EventLoop.virtual()
    weak var gone: TickLoop?
    do {
      gone = loop.tickLoop {
        runs += 1
        return runs < 3 ? .again : .stop
      }
    }
    #expect(gone != nil)
    try loop.run(until: .idle)
    #expect(runs == 3)
    #expect(gone == nil)
  }

  @Test func `A5-closing-8 is left stopped by closing, without a word to its handlers, and can be started again`()
    throws
  {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let ticks = loop.tickLoop {
      history.append("body")
      return .again
    }
    ticks.onStop(releasing { history.append("handler released") })
    ticks.onStop { history.append("stopped") }
    loop.nextTick { loop.stop() }
    loop.onStop { history.append("hook, stopped \(ticks.isStopped)") }
    try loop.run()
    history.append("closed, stopped \(ticks.isStopped)")
    ticks.start()
    try loop.run(for: .zero)
    #expect(
      history == ["body", "hook, stopped false", "handler released", "closed, stopped true", "body"])
  }

  @Test func `A5-closing-8 started late in a closing is left stopped, too`() throws {
    var runs = 0
    let loop = EventLoop.virtual()
    let ticks = TickLoop(on: loop) {
      runs += 1
      return .stop
    }
    loop.whenClosing { if ticks.isStopped { ticks.start() } }
    loop.nextTick(releasing { if ticks.isStopped { ticks.start() } })
    loop.stop()
    #expect(ticks.isStopped)
    ticks.start()
    try loop.run(until: .idle)
    #expect(runs == 1)
  }

  @Test func `whose handler stops the loop calls no other handler`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.tickLoop { .stop }
      .onStop {
        history.append("first")
        loop.stop()
      }
      .onStop { history.append("second") }
    try loop.run()
    #expect(history == ["first"])
  }
}
