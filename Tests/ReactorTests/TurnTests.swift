// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `One turn` {
  @Test(arguments: EventLoop.PollerKind.available)
  func `D3-turn-3 runs timers, descriptors, arrivals, ticks and what closes, in that order`(
    _ poller: EventLoop.PollerKind
  ) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send()
    try withRealLoop(poller: poller) { loop in
      loop.atEndOfTurn {
        history.append("end")
        loop.stop()
      }
      loop.nextTick { history.append("tick") }
      loop.handle.schedule { _ in }
      let arrival = loop.expect { (_: Int) in history.append("arrival") }
      arrival.deliver(1)
      try loop.watch(pipe.readEnd, for: .readable) { _ in history.append("watch") }
      loop.addTimer(after: .zero) { history.append("timer") }
    }
    #expect(history == ["timer", "watch", "arrival", "tick", "end"])
  }

  @Test func `D3-turn-3 runs on a virtual loop in the same order`() throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send()
    let loop = EventLoop.virtual()
    try loop.run { loop in
      loop.atEndOfTurn {
        history.append("end")
        loop.stop()
      }
      loop.nextTick { history.append("tick") }
      loop.expect { (_: Int) in history.append("arrival") }.deliver(1)
      try loop.watch(pipe.readEnd, for: .readable) { _ in history.append("watch") }
      loop.addTimer(after: .zero) { history.append("timer") }
    }
    #expect(history == ["timer", "watch", "arrival", "tick", "end"])
  }

  @Test func `D3-turn-5 runs a tick of a timer at its own end, and a tick of a tick in the next turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .zero) {
      history.append("timer, turn \(loop.statistics.turns)")
      loop.nextTick {
        history.append("its tick, turn \(loop.statistics.turns)")
        loop.nextTick { history.append("the tick's tick, turn \(loop.statistics.turns)") }
      }
    }
    try loop.run(until: .idle)
    #expect(history == ["timer, turn 1", "its tick, turn 1", "the tick's tick, turn 2"])
  }

  @Test func `D3-turn-4 runs the arrivals that were there when the step began, first in, first out`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let note = { (name: String) in history.append("\(name), turn \(loop.statistics.turns)") }
    loop.expect { (_: Int) in
      note("first")
      loop.expect { (_: Int) in note("late") }.deliver(3)
    }.deliver(1)
    loop.expect { (_: Int) in note("second") }.deliver(2)
    try loop.run(until: .idle)
    #expect(history == ["first, turn 1", "second, turn 1", "late, turn 2"])
  }

  @Test func `D3-turn-2 checks each due timer right before it runs`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var later: [OneShotTimer] = []
    loop.addTimer(after: .seconds(1)) {
      history.append("first")
      later.forEach { $0.cancel() }
    }
    later = (2...3).map { number in loop.addTimer(after: .seconds(1)) { history.append("timer \(number)") } }
    loop.addTimer(after: .seconds(1)) { history.append("last") }
    try loop.run(until: .idle)
    #expect(history == ["first", "last"])
  }

  @Test func `D3-turn-1 doesn't wait while a tick is queued`() throws {
    let loop = EventLoop.virtual()
    var times: [Instant] = []
    loop.addTimer(after: .seconds(1)) { times.append(loop.now) }
    func tick(_ left: Int) {
      times.append(loop.now)
      if left > 1 { loop.nextTick { tick(left - 1) } }
    }
    loop.nextTick { tick(3) }
    try loop.run(until: .idle)
    #expect(times == [.zero, .zero, .zero, .zero + .seconds(1)])
  }

  @Test func `A1-api-13 runs what waits for its end once, and does not wait while it is queued`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      loop.atEndOfTurn { history.append("end at \(loop.now), turn \(loop.statistics.turns)") }
      history.append("timer at \(loop.now), turn \(loop.statistics.turns)")
    }
    loop.atEndOfTurn { history.append("end at \(loop.now), turn \(loop.statistics.turns)") }
    loop.addTimer(after: .seconds(2)) {}
    try loop.run(until: .idle)
    #expect(
      history == [
        "end at 0.000000000 s, turn 1", "timer at 1.000000000 s, turn 2", "end at 1.000000000 s, turn 2",
      ])
  }

  @Test func `A5-closing-5 keeps for the next turn what is put at its end from its end`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.atEndOfTurn {
      history.append("turn \(loop.statistics.turns)")
      loop.atEndOfTurn { history.append("turn \(loop.statistics.turns)") }
    }
    loop.addTimer(after: .seconds(1)) { history.append("timer") }
    try loop.run(until: .idle)
    #expect(history == ["turn 1", "turn 2", "timer"])
  }

  @Test func `A5-closing-5 drops at a stop what waits for its end`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    try loop.run { loop in
      loop.atEndOfTurn {
        history.append("end")
        loop.atEndOfTurn { history.append("next end") }
        loop.stop()
      }
      loop.atEndOfTurn { history.append("second") }
    }
    try loop.run(until: .idle)
    #expect(history == ["end"])
  }
}
