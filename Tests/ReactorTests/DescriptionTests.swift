// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `A description` {
  @Test func `of a loop tells name, clock, state and what it has`() throws {
    let pipe = DescriptorPair.pipe()
    let loop = EventLoop.virtual(EventLoop.Configuration(name: "main"))
    var history = [loop.description]
    try loop.watch(pipe.readEnd, for: .readable) { _ in }
    loop.addTimer(after: .seconds(1)) {}
    loop.onStop { history.append(loop.description) }
    loop.nextTick {
      history.append(loop.description)
      loop.stop()
      history.append(loop.description)
    }
    try loop.run()
    #expect(
      history == [
        "EventLoop(main, virtual time, not running, 0 timers, 0 watches)",
        "EventLoop(main, virtual time, running, 1 timers, 1 watches)",
        "EventLoop(main, virtual time, stopping, 1 timers, 1 watches)",
        "EventLoop(main, virtual time, closing, 1 timers, 1 watches)",
      ])
    #expect(try EventLoop(PollerUnderTest.configuration).description.contains("real time"))
  }

  @Test func `of a timer tells when it is due`() {
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .milliseconds(2250)) {}
    let far = loop.addTimer(at: .never) {}
    var history = [timer.description, far.description]
    timer.cancel()
    history.append(timer.description)
    #expect(history == ["OneShotTimer(due at 2.250000000 s)", "OneShotTimer(due at never)", "OneShotTimer(done)"])
  }

  @Test func `of a watch tells its descriptor and interest`() throws {
    let pipe = DescriptorPair.pipe()
    let loop = EventLoop.virtual()
    let watch = try loop.watch(pipe.readEnd, for: [.readable, .writable]) { _ in }
    var history = [watch.description]
    watch.interest = []
    history.append(watch.description)
    watch.cancel()
    history.append(watch.description)
    #expect(
      history == [
        "Watch(descriptor \(pipe.readEnd), [readable, writable])", "Watch(descriptor \(pipe.readEnd), [])",
        "Watch(cancelled)",
      ])
  }

  @Test func `of an instant tells seconds`() {
    let instants = [Instant.zero, .zero + .nanoseconds(1), .zero - .milliseconds(1500), .zero + .seconds(3661), .never]
    #expect(
      instants.map(\.description) == [
        "0.000000000 s", "0.000000001 s", "-1.500000000 s", "3661.000000000 s", "never",
      ])
  }

  @Test func `of an error tells call, subject and reason`() {
    #expect(
      SystemError(errno: ErrorNumber.badDescriptor, call: "watch", subject: "descriptor -1").description
        == "watch descriptor -1: Bad file descriptor (EBADF)")
    #expect(SystemError(errno: ErrorNumber.exists, call: "watch").description == "watch: File exists (EEXIST)")
    #expect(SystemError(errno: 4000, call: "call").description.hasSuffix("(errno 4000)"))
    let loop = EventLoop.virtual(EventLoop.Configuration(turnsAtOneInstant: 10))
    func tick() { loop.nextTick(tick) }
    tick()
    let error = #expect(throws: TurnLimitReached.self) { try loop.run() }
    #expect(
      error?.description.hasPrefix(
        "virtual time stood still at 0.000000000 s for 11 turns: does a tick queue itself for ever?") == true)
  }

  @Test func `of handles, signals, lanes and kinds is readable`() throws {
    let loop = EventLoop.virtual(EventLoop.Configuration(name: "worker loop"))
    let background = try EventLoop.inBackground(EventLoop.Configuration(name: "behind")) { $0.stop() }
    #expect(
      [
        loop.handle.description, background.description, Signal.interrupt.description, LoopEvent.Lane.loop.description,
        LoopEvent.Lane.worker(3).description, LoopEvent.Kind.timerBegin.description, Interest.writable.description,
        Readiness([.readable, .writable]).description, EventLoop.PollerKind.epoll.description,
      ] == [
        "LoopHandle(worker loop)", "BackgroundLoop(LoopHandle(behind))", "signal 2", "loop", "worker-3", "timer.begin",
        "[writable]", "[readable, writable]", "epoll",
      ])
  }
}

@Suite struct `Statistics` {
  @Test func `A1-api-16 count what was done and what is waited for`() throws {
    let pipe = DescriptorPair.pipe()
    let loop = EventLoop.virtual()
    try loop.watch(pipe.readEnd, for: .readable) { _ in }
    for _ in 0..<3 { loop.nextTick {} }
    for second in 1...4 { loop.addTimer(after: .seconds(second)) {} }
    loop.handle.schedule { _ in }
    loop.expect { (_: Int) in }.deliver(1)
    let held = loop.expect { (_: Int) in }
    let hold = loop.handle.hold()
    try loop.run(for: .zero)
    held.deliver(2)
    loop.nextTick {}
    try loop.run(for: .seconds(2))
    loop.nextTick {}
    let found = loop.statistics
    #expect(found.ticks == 4)
    #expect(found.ticksQueued == 1)
    #expect(found.timersFired == 2)
    #expect(found.timersPending == 2)
    #expect(found.watches == 1)
    #expect(found.signalWatches == 0)
    #expect(found.arrivals == 3)
    #expect(found.outstanding == 0)
    #expect(found.holds == 1)
    #expect(found.turns == 4)
    #expect(found.keptFromIdleBy == ["1 tick", "2 timers", "1 watch", "1 hold"])
    hold.release()
    loop.stop()
    #expect(loop.statistics.ticks == 4)
    #expect(loop.statistics.ticksQueued == 0)
  }

  @Test func `A1-api-16 tell lag and the longest callback`() throws {
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) { loop.block(for: .seconds(3)) }
    loop.addTimer(after: .seconds(2)) {}
    loop.addTimer(after: .seconds(9)) {}
    try loop.run(until: .idle)
    #expect(loop.statistics.longestCallback == .seconds(3))
    #expect(loop.statistics.longestLag == .seconds(2))
    #expect(loop.statistics.lag == .zero)
  }
}

@Suite struct `An instant` {
  @Test func `A1-api-7 is moved and measured by durations`() {
    let start = Instant(nanoseconds: 1_000)
    var moved = start + .microseconds(2)
    #expect(moved.nanoseconds == 3_000)
    moved -= .nanoseconds(500)
    moved += .nanoseconds(1)
    #expect(moved - start == .nanoseconds(1_501))
    #expect(start - moved == .nanoseconds(-1_501))
    #expect(start < moved)
    #expect(start.duration(to: moved) == .nanoseconds(1_501))
    #expect(start.advanced(by: .seconds(-1)) == start - .seconds(1))
  }

  @Test func `goes no further than its ends`() {
    #expect(Instant.zero + .seconds(Int64.max) == .never)
    #expect(Instant.never + .seconds(1) == .never)
    #expect(Instant.zero - .seconds(Int64.max) == Instant(nanoseconds: .min))
    #expect(Instant(nanoseconds: .min).duration(to: .never) == .nanoseconds(Int64.max))
    #expect(Instant.never.duration(to: Instant(nanoseconds: .min)) == .nanoseconds(Int64.min))
  }

  @Test func `A1-timers-2 rounds durations as arithmetic in 128 bits does`() {
    var numbers = SeededNumbers(seed: 5)
    func naive(_ attoseconds: Int128) -> Int64 {
      let half: Int128 = attoseconds < 0 ? -500_000_000 : 500_000_000
      return Int64(clamping: (attoseconds + half) / 1_000_000_000)
    }
    var cases: [Int128] = [0, 1, 499_999_999, 500_000_000, 500_000_001, 999_999_999, 1_000_000_000]
    cases += [
      Int128(Int64.max) * 1_000_000_000 - 1_000_000_000, Int128(Int64.max) * 2_000_000_000, Int128(Int64.max) * 512,
      Int128(Int64.max) * 512 + 511,
    ]
    for _ in 0..<scaled(100_000) {
      let bits = Int.random(in: 1...92, using: &numbers)
      let high = Int128(Int64.random(in: 0...Int64.max, using: &numbers)),
        low = Int128(UInt64.random(in: 0...UInt64.max, using: &numbers))
      cases.append((high << 64 | low) >> (127 - bits))
    }
    for attoseconds in cases.flatMap({ [$0, -$0] }) {
      let duration = Duration(attoseconds: attoseconds)
      let expected = naive(attoseconds)
      if duration.roundedNanoseconds != expected {
        #expect(duration.roundedNanoseconds == expected, "\(attoseconds) attoseconds")
      }
    }
  }
}
