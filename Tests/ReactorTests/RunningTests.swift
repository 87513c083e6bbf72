// SPDX-License-Identifier: Apache-2.0

import Reactor
import Synchronization
import TestSupport
import Testing

@Suite struct `A run` {
  @Test func `A1-api-2 B-08 makes a loop, runs the body once, turns until it is stopped, and closes`() throws {
    var history: [String] = []
    weak var gone: EventLoop?
    try EventLoop.run { loop in
      gone = loop
      history.append("body, running \(loop.isRunning)")
      loop.onStop { history.append("hook") }
      loop.nextTick {
        history.append("tick")
        loop.stop()
      }
    }
    #expect(history == ["body, running true", "tick", "hook"])
    #expect(gone == nil)
  }

  @Test func `R-01 PU-04 shows that it runs while it does`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    var history = [loop.isRunning]
    loop.nextTick {
      history.append(loop.isRunning)
      loop.stop()
    }
    try loop.run()
    history.append(loop.isRunning)
    #expect(history == [false, true, false])
  }

  @Test func `A1-run-11 throws what its body throws, when all is closed`() {
    var history: [String] = []
    let error = thrown {
      try EventLoop.run { loop in
        loop.nextTick { history.append("tick") }
        loop.onStop { history.append("hook, running \(loop.isRunning)") }
        throw Trouble("of the body")
      }
    }
    #expect(history == ["hook, running true"])
    #expect(error == Trouble("of the body"))
  }

  @Test func `EX-01 that threw doesn't harm the next one`() throws {
    var history: [String] = []
    #expect(thrown { try EventLoop.run { _ in throw Trouble("first") } } == Trouble("first"))
    try EventLoop.run { loop in
      history.append("second")
      loop.stop()
    }
    #expect(history == ["second"])
  }

  @Test func `A1-run-4 of another loop inside a callback blocks the outer one`() throws {
    var history: [String] = []
    let outer = EventLoop.virtual()
    outer.nextTick {
      let inner = EventLoop.virtual()
      inner.addTimer(after: .seconds(1)) {
        history.append("inner \(inner.handle.isOnLoop) \(outer.handle.isOnLoop) \(EventLoop.current === inner)")
      }
      outer.nextTick { history.append("outer tick") }
      do { try inner.run(until: .idle) } catch { history.append("\(error)") }
      history.append("back \(outer.handle.isOnLoop) \(EventLoop.current === outer)")
    }
    try outer.run(until: .idle)
    #expect(history == ["inner true true true", "back true true", "outer tick"])
    #expect(EventLoop.current == nil)
  }

  @Test func `A1-run-1 may follow another one, on another thread`() throws {
    // The loop is handed over whole: nothing else touches it meanwhile.
    final class Parcel: @unchecked Sendable {
      let loop: EventLoop
      var history: [String] = []
      init(_ loop: EventLoop) { self.loop = loop }
    }
    let parcel = Parcel(try EventLoop(PollerUnderTest.configuration))
    let here = threadNumber()
    for name in ["first", "second", "third"] {
      parcel.loop.addTimer(after: .milliseconds(1)) {
        let isHere = threadNumber() == here
        parcel.history.append("\(name), here \(isHere), on loop \(parcel.loop.handle.isOnLoop)")
      }
      if name == "second" {
        onAnotherThread {
          parcel.history += thrown { try parcel.loop.run(until: .idle) }.map(\.name).map { [$0] } ?? []
        }
      } else {
        try parcel.loop.run(until: .idle)
      }
    }
    #expect(
      parcel.history == [
        "first, here true, on loop true", "second, here false, on loop true", "third, here true, on loop true",
      ])
    #expect(!parcel.loop.handle.isOnLoop)
  }

  @Test func `A1-api-15 keeps one state of a type, made at its first use`() {
    final class Counter { var value = 0 }
    final class Other {}
    var made = 0
    let loop = EventLoop.virtual()
    func counter() -> Counter {
      loop.local(Counter.self) { _ in
        made += 1
        return Counter()
      }
    }
    counter().value += 1
    _ = loop.local(Other.self) { owner in
      #expect(owner === loop)
      return Other()
    }
    counter().value += 1
    loop.stop()
    #expect(counter().value == 2)
    #expect(made == 1)
    #expect(EventLoop.virtual().local(Counter.self) { _ in Counter() }.value == 0)
  }
}

@Suite struct `A run until idle` {
  @Test func `A1-run-12 ends when nothing is left that could happen, and closes`() throws {
    var history: [String] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.onStop { history.append("hook") }
    loop.addTimer(after: .milliseconds(1)) {
      history.append("timer")
      loop.nextTick { history.append("tick") }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer", "tick", "hook"])
  }

  @Test func `A1-run-12 of an empty loop ends at once`() throws {
    let loop = EventLoop.virtual()
    try loop.run(until: .idle)
    #expect(loop.statistics.turns == 0)
  }

  @Test func `A1-run-14 ends in spite of hooks, closers, handles and an observer`() throws {
    let loop = EventLoop.virtual()
    loop.onStop {}
    loop.whenClosing {}
    let handle = loop.handle
    loop.observer = Recorder()
    loop.addTimer(at: .never) {}
    try watched(loop) { try loop.run(until: .idle) }
    #expect(loop.statistics.turns == 0)
    #expect(handle == loop.handle)
  }

  @Test func `A1-run-13 A1-api-16 tells what keeps it from that`() throws {
    let pipe = DescriptorPair.pipe()
    let loop = EventLoop.virtual()
    var history: [[String]] = []
    func note() { history.append(loop.statistics.keptFromIdleBy) }
    note()
    loop.nextTick {}
    note()
    let timers = [loop.addTimer(after: .seconds(1)) {}, loop.addTimer(after: .seconds(1)) {}]
    note()
    let watch = try loop.watch(pipe.readEnd, for: .readable) { _ in }
    let delivery = loop.expect { (_: Int) in }
    let hold = loop.handle.hold()
    note()
    loop.handle.schedule { _ in }
    note()
    timers.forEach { $0.cancel() }
    watch.interest = []
    hold.release()
    note()
    #expect(
      history == [
        [], ["1 tick"], ["1 tick", "2 timers"],
        ["1 tick", "2 timers", "1 watch", "1 outstanding delivery", "1 hold"],
        ["1 tick", "1 arrival", "2 timers", "1 watch", "1 outstanding delivery", "1 hold"],
        ["1 tick", "1 arrival", "1 outstanding delivery"],
      ])
    withExtendedLifetime(delivery) {}
    loop.stop()
  }

  @Test(arguments: EventLoop.PollerKind.available)
  func `A1-run-13 waits for a watch with an interest, and no longer once it has none`(
    _ poller: EventLoop.PollerKind
  ) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    #expect(loop.pollerKind == poller)
    var watch: Watch?
    watch = try loop.watch(pipe.readEnd, for: .readable) { _ in
      history += pipe.receive().map { String($0) }
      if history.count == 2 { watch?.interest = [] }
    }
    let end = pipe.writeEnd
    let threads = startThreads(1) { _ in
      sendText(end, "a")
      spin(for: .milliseconds(5))
      sendText(end, "b")
    }
    try watched(loop) { try loop.run(until: .idle) }
    threads.join()
    #expect(history == ["a", "b"])
  }

  @Test(arguments: [EventLoop.ClockKind.real, .virtual])
  func `A1-run-13 A1-api-22 waits for holds, and for no hold once it is released, on another thread`(
    _ clock: EventLoop.ClockKind
  ) throws {
    var configuration = PollerUnderTest.configuration
    configuration.clock = clock
    let loop = try EventLoop(configuration)
    let hold = loop.handle.hold()
    let released = Locked(false)
    let threads = startThreads(1) { _ in
      spin(for: .milliseconds(10))
      released.withLock { $0 = true }
      hold.release()
      hold.release()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(released.withLock { $0 })
    #expect(loop.statistics.holds == 0)
    threads.join()
  }

  @Test func `A1-api-22 waits for no hold that was dropped`() throws {
    let loop = EventLoop.virtual()
    do { _ = loop.handle.hold() }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(loop.statistics.holds == 0)
  }

  @Test func `A1-run-13 waits for an arrival of another thread`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    let history = Locked<[String]>([])
    let hold = loop.handle.hold()
    let handle = loop.handle
    let threads = startThreads(1) { _ in
      handle.schedule { loop in
        history.withLock { $0.append("arrival") }
        loop.nextTick { history.withLock { $0.append("its tick") } }
      }
      hold.release()
    }
    try watched(loop) { try loop.run(until: .idle) }
    threads.join()
    #expect(history.withLock { $0 } == ["arrival", "its tick"])
  }

  @Test func `A1-run-13 A1-api-22 loses no work and no wake-up that come with the end of a hold`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    let handle = loop.handle
    let rounds = scaled(20_000)
    let begun = Atomic(0)
    let next = Locked<Hold?>(nil)
    let ran = Locked(0)
    let threads = startThreads(1) { _ in
      for round in 1...rounds {
        // Not asleep over it: the loop is to be met at every place between two looks.
        while begun.load(ordering: .acquiring) < round {}
        let hold = next.withLock { $0.take() }
        for _ in 0..<(round % 200) { _ = begun.load(ordering: .relaxed) }
        handle.schedule { _ in ran.withLock { $0 += 1 } }
        hold?.release()
      }
    }
    var lost: [Int] = []
    try watched(loop) {
      for round in 1...rounds {
        next.withLock { $0 = handle.hold() }
        begun.store(round, ordering: .releasing)
        try loop.run(until: .idle)
        if ran.withLock({ $0 }) != round - lost.count { lost.append(round) }
      }
    }
    threads.join()
    #expect(lost == [])
  }

  @Test func `A1-run-20 waits for a delivery until it is received or released`() throws {
    var history: [String] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    let delivery = loop.expect { (value: Int) in history.append("received \(value)") }
    let dropped = Locked<Delivery<Int>?>(loop.expect { (value: Int) in history.append("received \(value)") })
    let threads = startThreads(1) { _ in
      spin(for: .milliseconds(5))
      delivery.deliver(7)
      spin(for: .milliseconds(5))
      dropped.withLock { $0 = nil }
    }
    try watched(loop) { try loop.run(until: .idle) }
    threads.join()
    #expect(history == ["received 7"])
    #expect(loop.statistics.outstanding == 0)
  }
}

@Suite struct `A run for a duration` {
  @Test func `A1-run-15 A1-run-16 runs what is due up to and including its exact end`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    for milliseconds in [500, 1000, 1001, 1500, 2000] {
      loop.addTimer(after: .milliseconds(milliseconds)) { history.append("\(milliseconds) at \(loop.now)") }
    }
    try loop.run(for: .seconds(1))
    history.append("now \(loop.now)")
    try loop.run(for: .milliseconds(250))
    history.append("now \(loop.now)")
    try loop.run(for: .milliseconds(250))
    history.append("now \(loop.now)")
    #expect(
      history == [
        "500 at 0.500000000 s", "1000 at 1.000000000 s", "now 1.000000000 s", "1001 at 1.001000000 s",
        "now 1.250000000 s", "1500 at 1.500000000 s", "now 1.500000000 s",
      ])
    #expect(loop.statistics.timersPending == 1)
  }

  @Test func `A1-run-16 ends exactly, a hundred times in a row`() throws {
    let loop = EventLoop.virtual()
    for number in 1...100 {
      try loop.run(for: .nanoseconds(number))
      #expect(loop.now.nanoseconds == Int64(number * (number + 1) / 2))
    }
  }

  @Test func `A1-run-15 doesn't close`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.onStop { history.append("hook") }
    loop.addTimer(after: .seconds(2)) { history.append("timer") }
    try loop.run(for: .seconds(1))
    history.append("running: \(loop.isRunning)")
    try loop.run(for: .seconds(1))
    loop.stop()
    #expect(history == ["running: false", "timer", "hook"])
  }

  @Test func `closes when it is stopped, and ends early`() {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.onStop { history.append("hook at \(loop.now)") }
    loop.addTimer(after: .seconds(2)) { loop.stop(throwing: Trouble("early")) }
    #expect(thrown { try loop.run(for: .seconds(9)) } == Trouble("early"))
    #expect(history == ["hook at 2.000000000 s"])
  }

  @Test func `A5-runfor-1 ends with the first turn whose look finds the end reached`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) { turns.append(loop.statistics.turns) }
    loop.addTimer(after: .seconds(1)) { turns.append(loop.statistics.turns) }
    try loop.run(for: .seconds(1))
    turns.append(loop.statistics.turns)
    try loop.run(for: .zero)
    turns.append(loop.statistics.turns)
    #expect(turns == [1, 1, 1, 2])
  }

  @Test func `A5-runfor-1 goes on while a deadline before the end is left`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      loop.block(for: .seconds(5))
      loop.addTimer(at: .zero + .seconds(2)) {
        history.append("missed one at \(loop.now)")
        loop.addTimer(at: .zero + .seconds(3)) { history.append("at the end, not before it") }
      }
    }
    try loop.run(for: .seconds(3))
    #expect(history == ["missed one at 6.000000000 s"])
    try loop.run(for: .zero)
    #expect(history == ["missed one at 6.000000000 s", "at the end, not before it"])
  }

  @Test func `A5-runfor-2 leaves for the next run what its last turn arms or queues`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      history.append("timer")
      loop.addTimer(after: .zero) { history.append("armed") }
      loop.nextTick {
        history.append("tick")
        loop.nextTick { history.append("tick's tick") }
      }
    }
    try loop.run(for: .seconds(1))
    history.append("next run")
    try loop.run(for: .zero)
    #expect(history == ["timer", "tick", "next run", "armed", "tick's tick"])
    #expect(loop.now == .zero + .seconds(1))
  }

  @Test func `A5-runfor-3 that blocks past the end leaves a later now`() throws {
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) { loop.block(for: .seconds(10)) }
    try loop.run(for: .seconds(2))
    #expect(loop.now == .zero + .seconds(11))
  }

  @Test func `of negative length makes one turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick { history.append("tick") }
    try loop.run(for: .seconds(-3))
    #expect(history == ["tick"])
    #expect(loop.now == .zero)
  }

  @Test func `of real time is never too short`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    for _ in 0..<20 {
      let started = loop.now
      try loop.run(for: .microseconds(1500))
      #expect(loop.now >= started + .microseconds(1500))
    }
  }

  @Test func `A5-runfor-1 of no length makes one turn, also after one that passed looks over`() throws {
    var turns: [Int] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    func tick() { loop.nextTick(tick) }
    tick()
    for _ in 0..<3 {
      try loop.run(for: .milliseconds(5))
      let before = loop.statistics.turns
      try loop.run(for: .zero)
      turns.append(loop.statistics.turns - before)
    }
    #expect(turns == [1, 1, 1])
    loop.stop()
  }

  @Test func `of real time ends in spite of a chain of ticks`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    var ticks = 0
    func tick() {
      ticks += 1
      loop.nextTick(tick)
    }
    tick()
    let started = loop.now
    try loop.run(for: .milliseconds(20))
    #expect(loop.now >= started + .milliseconds(20))
    #expect(ticks > 0)
    let before = ticks
    try loop.run(for: .milliseconds(1))
    #expect(ticks > before)
    loop.stop()
  }
}
