// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `Virtual time` {
  @Test func `A1-virtual-1 A1-api-8 begins at zero, and a loop of real time has none`() throws {
    let loop = EventLoop.virtual()
    #expect(loop.now == .zero)
    #expect(loop.virtualTime?.now == .zero)
    #expect(loop.virtualTime?.speed == .infinity)
    #expect(try EventLoop(PollerUnderTest.configuration).virtualTime == nil)
  }

  @Test func `A1-virtual-1 stands still while a callback runs`() throws {
    let loop = EventLoop.virtual()
    var times: [Instant] = []
    loop.addTimer(after: .seconds(1)) {
      times.append(loop.now)
      spin(for: .milliseconds(2))
      times.append(loop.now)
    }
    try loop.run(until: .idle)
    #expect(times == [.zero + .seconds(1), .zero + .seconds(1)])
  }

  @Test func `A1-virtual-2 jumps to one deadline after the other`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    for seconds in [7200, 1, 3600, 1] {
      loop.addTimer(after: .seconds(seconds)) {
        history.append("\(seconds) at \(loop.now), turn \(loop.statistics.turns)")
      }
    }
    try loop.run(until: .idle)
    #expect(
      history == [
        "1 at 1.000000000 s, turn 1", "1 at 1.000000000 s, turn 1", "3600 at 3600.000000000 s, turn 2",
        "7200 at 7200.000000000 s, turn 3",
      ])
  }

  @Test func `A1-virtual-2 looks at arrivals before it jumps`() throws {
    let history = Locked<[String]>([])
    let loop = EventLoop.virtual()
    let handle = loop.handle
    loop.addTimer(after: .seconds(1)) {
      history.withLock { $0.append("timer 1") }
      onAnotherThread { handle.schedule { loop in history.withLock { $0.append("arrival at \(loop.now)") } } }
    }
    loop.addTimer(after: .seconds(2)) { history.withLock { $0.append("timer 2") } }
    try loop.run(until: .idle)
    #expect(history.withLock { $0 } == ["timer 1", "arrival at 1.000000000 s", "timer 2"])
  }

  @Test func `A1-api-9 moves in a block, by exactly as much, and timers wait`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      loop.block(for: .seconds(10))
      history.append("blocked until \(loop.now)")
    }
    loop.addTimer(after: .seconds(3)) { history.append("late at \(loop.now)") }
    loop.addTimer(after: .seconds(2)) { history.append("late, but first at \(loop.now)") }
    try loop.run(until: .idle)
    #expect(
      history == [
        "blocked until 11.000000000 s", "late, but first at 11.000000000 s", "late at 11.000000000 s",
      ])
  }

  @Test(arguments: [Duration.zero, .seconds(-4)])
  func `doesn't move in a block of nothing`(_ duration: Duration) throws {
    let loop = EventLoop.virtual()
    loop.block(for: duration)
    #expect(loop.now == .zero)
  }

  @Test func `A5-virtual-3 moves in a block outside a run`() {
    let loop = EventLoop.virtual()
    loop.block(for: .seconds(5))
    #expect(loop.now == .zero + .seconds(5))
    #expect(loop.addTimer(after: .seconds(1)) {}.deadline == .zero + .seconds(6))
  }

  @Test func `A1-api-9 of a real loop really passes in a block`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    for microseconds in [1, 500, 2000, -7] {
      let started = loop.now
      loop.block(for: .microseconds(microseconds))
      #expect(loop.now >= started + .microseconds(microseconds))
    }
  }

  @Test func `A1-virtual-3 waits for a delivery that is held elsewhere`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      let delivery = loop.expect { (value: String) in history.append("\(value) at \(loop.now)") }
      _ = startThreads(1) { _ in
        spin(for: .milliseconds(10))
        delivery.deliver("result")
      }
    }
    loop.addTimer(after: .seconds(2)) { history.append("timer at \(loop.now)") }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["result at 1.000000000 s", "timer at 2.000000000 s"])
  }

  @Test func `A1-virtual-3 waits no longer for a delivery that was dropped elsewhere`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let box = Locked<Delivery<Int>?>(loop.expect { (_: Int) in history.append("received") })
    loop.addTimer(after: .seconds(1)) { history.append("timer") }
    _ = startThreads(1) { _ in
      spin(for: .milliseconds(5))
      box.withLock { $0 = nil }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer"])
  }

  @Test func `A1-virtual-4 waits for no hold`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let hold = loop.handle.hold()
    loop.addTimer(after: .seconds(3600)) {
      history.append("timer")
      hold.release()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer"])
  }

  @Test func `A1-virtual-6 gives a program the same history each time`() throws {
    func history() throws -> [String] {
      var history: [String] = []
      var numbers = SeededNumbers(seed: 42)
      let loop = EventLoop.virtual()
      func grow(_ depth: Int) {
        history.append("\(depth) at \(loop.now), turn \(loop.statistics.turns)")
        guard depth < 8 else { return }
        for _ in 0..<2 {
          let delay = Int.random(in: 0...3, using: &numbers)
          if delay == 0 {
            loop.nextTick { grow(depth + 1) }
          } else {
            loop.addTimer(after: .seconds(delay)) { grow(depth + 1) }
          }
        }
      }
      grow(0)
      try loop.run(until: .idle)
      return history
    }
    let first = try history()
    #expect(first.count == 511)
    for _ in 0..<20 { #expect(try history() == first) }
  }

  @Test(arguments: [1, 2, 100])
  func `A1-virtual-9 makes a run throw after as many turns at one instant`(_ limit: Int) {
    for start in [Duration.zero, .seconds(1)] {
      let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: limit))
      var ticks = 0
      func tick() {
        ticks += 1
        loop.nextTick(tick)
      }
      if start == .zero { loop.nextTick(tick) } else { loop.addTimer(after: start) { loop.nextTick(tick) } }
      let error = #expect(throws: TurnLimitReached.self) { try loop.run() }
      #expect(error?.instant == Instant.zero + start)
      #expect(error?.turns == limit + 1)
      #expect(ticks == limit)
      #expect(!loop.isRunning)
    }
  }

  @Test func `A1-virtual-9 allows as many turns at one instant`() throws {
    let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: 10))
    var history: [String] = []
    for start in [0, 1, 2] {
      loop.addTimer(after: .seconds(start)) {
        func tick(_ left: Int) {
          if left == 0 { history.append("done at \(loop.now)") } else { loop.nextTick { tick(left - 1) } }
        }
        tick(10)
      }
    }
    try loop.run(until: .idle)
    #expect(history == ["done at 0.000000000 s", "done at 1.000000000 s", "done at 2.000000000 s"])
  }

  @Test func `A1-virtual-9 counts the turns of each run anew`() throws {
    let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: 10))
    var history: [String] = []
    func tick(_ left: Int) {
      if left == 0 { history.append("done at \(loop.now)") } else { loop.nextTick { tick(left - 1) } }
    }
    for _ in 0..<25 { try loop.run(for: .zero) }
    tick(10)
    for _ in 0..<10 { try loop.run(for: .zero) }
    tick(10)
    try loop.run(until: .idle)
    tick(11)
    let error = #expect(throws: TurnLimitReached.self) { try loop.run(until: .idle) }
    #expect(error?.turns == 11)
    #expect(history == ["done at 0.000000000 s", "done at 0.000000000 s"])
  }

  @Test func `A5-virtual-8 counts turns at infinite speed only`() throws {
    let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: 10))
    loop.virtualTime?.speed = 0
    var ticks = 0
    func tick() {
      ticks += 1
      if ticks < 100 { loop.nextTick(tick) }
    }
    tick()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(ticks == 100)
  }
}

@Suite struct `Virtual time at a finite speed` {
  @Test func `A1-virtual-8 follows the real clock times the speed`() throws {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = 100
    var history: [String] = []
    var late = Duration.zero
    let started = machineTime()
    loop.addTimer(after: .seconds(2)) {
      late = loop.now - .zero
      history.append("timer")
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer"])
    #expect(late >= .seconds(2))
    #expect(machineTime() - started >= .milliseconds(20))
  }

  @Test func `A1-virtual-8 is held by nothing`() throws {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = 1000
    var history: [String] = []
    let delivery = loop.expect { (_: Int) in history.append("received") }
    loop.addTimer(after: .seconds(1)) {
      history.append("timer")
      delivery.deliver(1)
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer", "received"])
  }

  @Test func `A1-virtual-8 really waits in a block, also late in a callback`() throws {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = 10
    loop.nextTick {
      spin(for: .milliseconds(15))
      let started = machineTime()
      loop.block(for: .milliseconds(100))
      #expect(machineTime() - started >= .milliseconds(10))
      #expect(loop.now >= .zero + .milliseconds(100))
    }
    try watched(loop) { try loop.run(until: .idle) }
  }

  @Test func `A1-virtual-8 A5-virtual-7 at speed zero nothing moves, and ticks and descriptors go on`() throws {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = 0
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    loop.addTimer(after: .nanoseconds(1)) { history.append("timer") }
    try loop.watch(pipe.readEnd, for: .readable) { _ in
      history.append("\(pipe.receive()) at \(loop.now)")
      loop.nextTick {
        history.append("tick at \(loop.now)")
        loop.stop()
      }
    }
    let end = pipe.writeEnd
    _ = startThreads(1) { _ in
      spin(for: .milliseconds(10))
      sendText(end, "data")
    }
    try watched(loop) { try loop.run() }
    #expect(history == ["data at 0.000000000 s", "tick at 0.000000000 s"])
  }

  @Test func `A5-virtual-5 wakes the loop when its speed is set, on any thread`() throws {
    for speed in [Double.infinity, 1_000_000] {
      let loop = EventLoop.virtual()
      loop.virtualTime?.speed = 0
      var history: [String] = []
      loop.addTimer(after: .seconds(3600)) { history.append("timer") }
      let time = try #require(loop.virtualTime)
      _ = startThreads(1) { _ in
        spin(for: .milliseconds(5))
        time.speed = speed
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(history == ["timer"])
      #expect(loop.now >= .zero + .seconds(3600))
    }
  }

  @Test func `A5-virtual-5 knows in its wait what had passed when the speed became infinite`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    time.speed = 1_000_000
    let passed = Locked(Instant.zero)
    var seen = Instant.zero
    loop.addTimer(after: .zero) {}
    let handle = loop.handle
    _ = startThreads(1) { _ in
      while time.now < .zero + .seconds(60) {}
      time.speed = .infinity
      passed.withLock { $0 = time.now }
      handle.stop()
    }
    loop.onStop { seen = loop.now }
    try watched(loop) { try loop.run() }
    #expect(seen == passed.withLock { $0 })
  }

  @Test func `A5-virtual-5 rescales a wait that is under way`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    time.speed = 1
    let count = Locked(0)
    loop.addTimer(after: .seconds(3600)) { count.withLock { $0 += 1 } }
    // Each round the loop may just be going to sleep, or sleep already.
    _ = startThreads(1) { _ in
      for speed in [2.0, 0, 0.5, 0, 10, 1_000_000] {
        time.speed = speed
        spin(for: .microseconds(300))
      }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(count.withLock { $0 } == 1)
  }

  @Test func `goes on from where it stood when the speed changes`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    try loop.run(for: .seconds(100))
    time.speed = 0
    let stopped = time.now
    spin(for: .milliseconds(2))
    #expect(time.now == stopped)
    #expect(stopped == .zero + .seconds(100))
    time.speed = 1000
    spin(for: .milliseconds(2))
    #expect(time.now >= stopped + .seconds(2))
    time.speed = .infinity
    let frozen = time.now
    spin(for: .milliseconds(1))
    #expect(time.now == frozen)
  }

  @Test(arguments: [-1, -Double.infinity, .nan, 0])
  func `stands still at a speed that is none`(_ speed: Double) {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = speed
    #expect(loop.virtualTime?.speed == 0)
  }

  @Test func `never goes back`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    let isDone = Locked(false)
    let threads = startThreads(1) { _ in
      var numbers = SeededNumbers(seed: 1)
      while !isDone.withLock({ $0 }) {
        time.speed = [0, 1, 0.001, 1e9, .infinity, 3.7][Int.random(in: 0..<6, using: &numbers)]
      }
    }
    var last = Instant.zero
    for _ in 0..<scaled(2000) {
      try loop.run(for: .microseconds(1))
      let now = loop.now
      #expect(now >= last)
      last = now
      if now > .zero + .seconds(1_000_000_000) { break }
    }
    isDone.withLock { $0 = true }
    threads.join()
  }

  @Test func `A1-timers-1 is never early, in slow motion or fast`() throws {
    for speed in [0.5, 3, 1000, 12_345.678] {
      let loop = EventLoop.virtual()
      loop.virtualTime?.speed = speed
      var early = 0
      var numbers = SeededNumbers(seed: 9)
      for _ in 0..<100 {
        let limit = Int64(10_000_000 * speed)
        let timer = Instant.zero + .nanoseconds(Int64.random(in: 0...limit, using: &numbers))
        loop.addTimer(at: timer) { if loop.now < timer { early += 1 } }
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(early == 0)
    }
  }
}
