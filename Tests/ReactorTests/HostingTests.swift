// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `A turn` {
  @Test func `A1-api-4 is one turn, and answers whether the loop goes on`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick {
      history.append("first")
      loop.nextTick {
        history.append("second")
        loop.stop()
      }
    }
    for _ in 0..<2 { history.append("\(try loop.turn(waitingAtMost: .zero))") }
    #expect(history == ["first", "true", "second", "false"])
  }

  @Test func `A1-run-2 leaves the loop not running, and on no thread`() throws {
    let loop = EventLoop.virtual()
    var history: [Bool] = []
    loop.nextTick { history += [loop.isRunning, loop.handle.isOnLoop] }
    _ = try loop.turn(waitingAtMost: .zero)
    history += [loop.isRunning, loop.handle.isOnLoop]
    #expect(history == [true, true, false, false])
  }

  @Test func `A1-run-2 that is stopped closes before it returns false`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.onStop { history.append("hook") }
    loop.addTimer(after: .seconds(1), releasing { history.append("released") })
    loop.nextTick { loop.stop() }
    history.append("\(try loop.turn())")
    #expect(history == ["hook", "released", "false"])
  }

  @Test func `A5-hosting-5 throws the error of a stop`() throws {
    let loop = EventLoop.virtual()
    loop.nextTick { loop.stop(throwing: Trouble("of a tick")) }
    #expect(thrown { _ = try loop.turn() } == Trouble("of a tick"))
  }

  @Test func `A5-hosting-6 after a false, or after a stop between turns, begins anew`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick { loop.stop() }
    history.append("\(try loop.turn(waitingAtMost: .zero))")
    loop.nextTick { history.append("tick") }
    history.append("\(try loop.turn(waitingAtMost: .zero))")
    loop.nextTick { history.append("dropped") }
    loop.stop()
    history.append("\(try loop.turn(waitingAtMost: .zero))")
    #expect(history == ["false", "tick", "true", "true"])
  }

  @Test func `A1-api-4 waits as a run would, where it has no limit`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(3600)) { history.append("timer") }
    history.append("\(try loop.turn())")
    history.append("\(loop.now)")
    #expect(history == ["timer", "true", "3600.000000000 s"])
  }

  @Test func `A5-virtual-9 moves virtual time no further than its limit`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(5)) { history.append("timer") }
    for _ in 0..<3 {
      _ = try loop.turn(waitingAtMost: .seconds(2))
      history.append("\(loop.now)")
    }
    _ = try loop.turn(waitingAtMost: .zero)
    history.append("\(loop.now)")
    #expect(
      history == ["2.000000000 s", "4.000000000 s", "timer", "5.000000000 s", "5.000000000 s"])
  }

  @Test func `A5-virtual-9 bounds the real wait by its limit while a delivery holds time`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let delivery = loop.expect { (_: Int) in history.append("received") }
    loop.addTimer(after: .seconds(1)) { history.append("timer") }
    let started = machineTime()
    _ = try loop.turn(waitingAtMost: .milliseconds(20))
    #expect(machineTime() - started >= .milliseconds(20))
    history.append("\(loop.now)")
    delivery.deliver(1)
    _ = try loop.turn(waitingAtMost: .zero)
    history.append("\(loop.now)")
    loop.stop()
    #expect(history == ["0.000000000 s", "received", "0.000000000 s"])
  }

  @Test(arguments: EventLoop.PollerKind.available)
  func `of real time waits at most as long as it may, and no less if nothing comes`(_ poller: EventLoop.PollerKind)
    throws
  {
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    loop.addTimer(after: .seconds(3600)) {}
    for limit in [Duration.milliseconds(3), .microseconds(10), .zero, .seconds(-1)] {
      let started = loop.now
      #expect(try loop.turn(waitingAtMost: limit))
      #expect(loop.now >= started + limit)
    }
    loop.stop()
  }

  @Test func `of real time doesn't wait while a tick is queued`() throws {
    var history: [String] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.nextTick { history.append("tick") }
    loop.atEndOfTurn { loop.atEndOfTurn { history.append("end") } }
    for _ in 0..<2 { _ = try loop.turn(waitingAtMost: .seconds(3600)) }
    #expect(history == ["tick", "end"])
  }
}

@Suite struct `Hosting a loop` {
  /// The pollers that have a descriptor to wait for.
  static let hosted = EventLoop.PollerKind.available.filter { $0 != .poll }

  private func makeGuest(_ poller: EventLoop.PollerKind) throws -> (loop: EventLoop, descriptor: CInt) {
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    return (loop, try #require(loop.pollDescriptor))
  }

  @Test func `A1-api-6 has no descriptor to offer with poll, or before a virtual loop's first watch`() throws {
    #expect(try EventLoop(EventLoop.Configuration(poller: .poll)).pollDescriptor == nil)
    #expect(EventLoop.virtual().pollDescriptor == nil)
  }

  @Test(arguments: hosted)
  func `A5-hosting-1 has a readable descriptor while ticks are left`(_ poller: EventLoop.PollerKind) throws {
    let (loop, descriptor) = try makeGuest(poller)
    var history: [Bool] = []
    loop.nextTick { loop.nextTick { loop.nextTick {} } }
    for _ in 0..<3 {
      _ = try loop.turn(waitingAtMost: .zero)
      history.append(isReadable(descriptor))
    }
    _ = try loop.turn(waitingAtMost: .zero)
    history.append(isReadable(descriptor))
    #expect(history == [true, true, false, false])
  }

  @Test(arguments: hosted)
  func `A5-hosting-1 has a readable descriptor while something waits for the end of the next turn`(
    _ poller: EventLoop.PollerKind
  ) throws {
    let (loop, descriptor) = try makeGuest(poller)
    loop.atEndOfTurn { loop.atEndOfTurn {} }
    _ = try loop.turn(waitingAtMost: .zero)
    #expect(isReadable(descriptor))
    _ = try loop.turn(waitingAtMost: .zero)
    #expect(!isReadable(descriptor))
  }

  @Test(arguments: hosted)
  func `A5-hosting-4 has a readable descriptor whenever another thread schedules between turns`(
    _ poller: EventLoop.PollerKind
  ) throws {
    let (loop, descriptor) = try makeGuest(poller)
    let handle = loop.handle
    let count = Locked(0)
    for round in 1...100 {
      #expect(!isReadable(descriptor))
      if round % 2 == 0 {
        onAnotherThread { handle.schedule { _ in count.withLock { $0 += 1 } } }
      } else {
        handle.schedule { _ in count.withLock { $0 += 1 } }
      }
      #expect(isReadable(descriptor))
      _ = try loop.turn(waitingAtMost: .zero)
      #expect(count.withLock { $0 } == round)
    }
  }

  @Test(arguments: hosted)
  func `A5-hosting-4 signals before its first turn, after a run and after a stop, too`(
    _ poller: EventLoop.PollerKind
  ) throws {
    let (loop, descriptor) = try makeGuest(poller)
    var history: [Bool] = []
    func note() throws {
      loop.handle.schedule { _ in }
      history.append(isReadable(descriptor))
      try loop.run(for: .zero)
    }
    try note()
    try note()
    loop.stop()
    try note()
    #expect(history == [true, true, true])
  }

  @Test(arguments: hosted)
  func `A1-api-6 has a readable descriptor while a watched one is ready`(_ poller: EventLoop.PollerKind) throws {
    let (loop, descriptor) = try makeGuest(poller)
    let pipe = DescriptorPair.pipe()
    var history: [String] = []
    try loop.watch(pipe.readEnd, for: .readable) { _ in history.append(pipe.receive()) }
    history.append("\(isReadable(descriptor))")
    pipe.send()
    history.append("\(isReadable(descriptor))")
    _ = try loop.turn(waitingAtMost: .zero)
    history.append("\(isReadable(descriptor))")
    loop.stop()
    #expect(history == ["false", "true", "x", "false"])
  }

  @Test(arguments: hosted)
  func `A1-api-6 has a readable descriptor while a regular file is watched`(_ poller: EventLoop.PollerKind) throws {
    let (loop, descriptor) = try makeGuest(poller)
    let file = openTemporaryFile()
    defer { closeFile(file) }
    var history: [String] = []
    let watch = try loop.watch(file, for: .readable) { _ in history.append("told") }
    for _ in 0..<2 {
      _ = try loop.turn(waitingAtMost: .zero)
      history.append("\(isReadable(descriptor))")
    }
    watch.interest = []
    for _ in 0..<2 { _ = try loop.turn(waitingAtMost: .zero) }
    history.append("\(isReadable(descriptor))")
    loop.stop()
    #expect(history == ["told", "true", "told", "true", "false"])
  }

  @Test func `A5-hosting-2 A1-api-6 tells the next deadline`() throws {
    let loop = EventLoop.virtual()
    var history = [loop.nextDeadline]
    let timer = loop.addTimer(after: .seconds(2)) {}
    history.append(loop.nextDeadline)
    loop.addTimer(after: .seconds(1)) {}.cancel()
    history.append(loop.nextDeadline)
    timer.reset(after: .seconds(3))
    history.append(loop.nextDeadline)
    timer.cancel()
    history.append(loop.nextDeadline)
    loop.addTimer(at: .never) {}
    history.append(loop.nextDeadline)
    let seconds = { (count: Int) -> Instant? in .zero + .seconds(count) }
    #expect(history == [nil, seconds(2), seconds(2), seconds(3), nil, nil])
    loop.stop()
  }

  @Test(arguments: hosted)
  func `A5-hosting-3 needs a turn for work that the host queues itself`(_ poller: EventLoop.PollerKind) throws {
    let (loop, descriptor) = try makeGuest(poller)
    var history: [String] = []
    _ = try loop.turn(waitingAtMost: .zero)
    loop.nextTick { history.append("tick") }
    history.append("\(isReadable(descriptor))")
    _ = try loop.turn(waitingAtMost: .zero)
    #expect(history == ["false", "tick"])
  }

  @Test(arguments: hosted)
  func `A1-api-6 runs one loop inside another`(_ poller: EventLoop.PollerKind) throws {
    var history: [String] = []
    let (inner, descriptor) = try makeGuest(poller)
    let pipe = DescriptorPair.pipe()
    try withRealLoop(poller: poller) { outer in
      var deadline: OneShotTimer?
      func turn() {
        do {
          guard try inner.turn(waitingAtMost: .zero) else { return outer.stop() }
        } catch {
          history.append("\(error)")
          return outer.stop()
        }
        deadline?.cancel()
        deadline = inner.nextDeadline.map { outer.addTimer(at: $0) { turn() } }
      }
      try outer.watch(descriptor, for: .readable) { _ in turn() }

      try inner.watch(pipe.readEnd, for: .readable) { _ in
        history.append("watch \(pipe.receive())")
        inner.nextTick { inner.nextTick { history.append("ticks") } }
        inner.addTimer(after: .milliseconds(2)) {
          history.append("timer, outer on loop \(outer.handle.isOnLoop)")
          let handle = inner.handle
          _ = startThreads(1) { _ in handle.schedule { $0.stop() } }
        }
      }
      inner.onStop { history.append("hook") }
      outer.addTimer(after: .milliseconds(1)) { pipe.send("data") }
    }
    #expect(history == ["watch data", "ticks", "timer, outer on loop true", "hook"])
  }
}
