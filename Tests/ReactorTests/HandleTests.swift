// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `A loop's handle` {
  @Test func `B-18 A1-api-23 tells whether the calling thread runs the loop now`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    let handle = loop.handle
    let elsewhere = Locked<Bool?>(nil)
    var history = [handle.isOnLoop]
    try loop.run { loop in
      history.append(handle.isOnLoop)
      loop.nextTick {
        history.append(handle.isOnLoop)
        onAnotherThread { elsewhere.withLock { $0 = handle.isOnLoop } }
        loop.stop()
      }
    }
    history.append(handle.isOnLoop)
    #expect(history == [false, true, true, false])
    #expect(elsewhere.withLock { $0 } == false)
  }

  @Test(arguments: EventLoop.PollerKind.available)
  func `B-20 A1-api-20 schedules from another thread without waiting for the loop, which it may stop`(
    _ poller: EventLoop.PollerKind
  ) throws {
    let history = Locked<[String]>([])
    try withRealLoop(poller: poller) { loop in
      let handle = loop.handle
      loop.nextTick {
        // The loop is busy until the other thread has gone on.
        onAnotherThread {
          handle.schedule { loop in
            history.withLock { $0.append("on the loop: \(loop.handle.isOnLoop)") }
            loop.stop()
          }
          history.withLock { $0.append("scheduled") }
        }
        history.withLock { $0.append("tick ends") }
      }
    }
    #expect(history.withLock { $0 } == ["scheduled", "tick ends", "on the loop: true"])
  }

  @Test func `N-09 N-10 runs scheduled work after the call, and before a tick that is queued later`() throws {
    let history = Locked<[String]>([])
    try withRealLoop { loop in
      let handle = loop.handle
      loop.addTimer(after: .zero) {
        onAnotherThread { handle.schedule { _ in history.withLock { $0.append("scheduled") } } }
        history.withLock { $0.append("timer ends") }
        loop.nextTick {
          history.withLock { $0.append("tick") }
          loop.stop()
        }
      }
    }
    #expect(history.withLock { $0 } == ["timer ends", "scheduled", "tick"])
  }

  @Test(arguments: EventLoop.PollerKind.available, [1, 3])
  func `wakes a loop that sleeps, every time and for each thread`(_ poller: EventLoop.PollerKind, _ count: Int) throws {
    let rounds = scaled(20_000 / count)
    let ran = (0..<count).map { _ in Locked(0) }
    try withRealLoop(stopAfter: .seconds(300), poller: poller) { loop in
      let handle = loop.handle
      // Each round trip waits for the one before, and one that finds another's work in the queue leaves the ringing to it:
      // a lost wake-up hangs until the watchdog.
      let threads = startThreads(count) { thread in
        for round in 1...rounds {
          handle.schedule { _ in
            ran[thread].withLock { $0 += 1 }
            ran[thread].wakeAll()
          }
          _ = ran[thread].wait { $0 >= round ? true : nil }
        }
      }
      _ = startThreads(1) { _ in
        threads.join()
        handle.stop()
      }
    }
    #expect(ran.map { $0.withLock { $0 } } == Array(repeating: rounds, count: count))
  }

  @Test(arguments: EventLoop.PollerKind.available)
  func `A1-run-18 runs a million pieces of work of each of four threads, in order for each`(
    _ poller: EventLoop.PollerKind
  ) throws {
    final class Counts: @unchecked Sendable {  // touched on the loop's thread only
      var next = [0, 0, 0, 0]
      var disorder = 0
    }
    let counts = Counts()
    let each = scaled(1_000_000)
    try withRealLoop(stopAfter: .seconds(600), poller: poller) { loop in
      let handle = loop.handle
      let threads = startThreads(4) { thread in
        for number in 0..<each {
          handle.schedule { _ in
            if counts.next[thread] != number { counts.disorder += 1 }
            counts.next[thread] += 1
          }
        }
      }
      _ = startThreads(1) { _ in
        threads.join()
        handle.stop()
      }
    }
    #expect(counts.disorder == 0)
    #expect(counts.next == [each, each, each, each])
  }

  @Test func `A1-run-17 A5-closing-2 answers false while the loop closes and once it is gone`() throws {
    var history: [String] = []
    var loop: EventLoop? = EventLoop.virtual()
    let handle = try #require(loop?.handle)
    func note(_ place: String) { history.append("\(place): \(handle.schedule { _ in }) \(handle.stop())") }
    do {
      let loop = try #require(loop)
      loop.onStop { note("hook") }
      loop.addTimer(after: .seconds(1), releasing { note("release") })
      try loop.run { loop in
        loop.nextTick {
          history.append("tick: \(handle.schedule { _ in })")
          loop.stop()
          note("stopped")
        }
      }
    }
    history.append("closed: \(handle.schedule { _ in })")
    loop = nil
    note("gone")
    #expect(
      history == [
        "tick: true", "stopped: false false", "hook: false false", "release: false false", "closed: true",
        "gone: false false",
      ])
  }

  @Test func `A1-run-17 answers true for work that a stop then drops`() throws {
    let ran = Locked(false)
    var answer: Bool?
    let loop = EventLoop.virtual()
    loop.nextTick {
      answer = loop.handle.schedule { _ in ran.withLock { $0 = true } }
      loop.stop()
    }
    try loop.run()
    try loop.run(until: .idle)
    #expect(answer == true)
    #expect(!ran.withLock { $0 })
  }

  @Test func `A5-closing-1 A1-api-21 queues for the next run, which a stop then ends in its first turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    #expect(loop.handle.stop())
    loop.addTimer(after: .zero) { history.append("timer") }
    loop.nextTick { history.append("tick") }
    loop.onStop { history.append("hook, turn \(loop.statistics.turns)") }
    try loop.run()
    #expect(history == ["timer", "hook, turn 1"])
  }

  @Test func `hands work the loop that it belongs to`() throws {
    let loop = EventLoop.virtual()
    let handle = loop.handle
    let isSame = Locked(false)
    handle.schedule { loop in isSame.withLock { $0 = loop.handle == handle && EventLoop.current === loop } }
    try loop.run(until: .idle)
    #expect(isSame.withLock { $0 })
  }

  @Test func `is equal to another one of the same loop only`() {
    let first = EventLoop.virtual(), second = EventLoop.virtual()
    #expect(first.handle == first.handle)
    #expect(first.handle != second.handle)
    #expect(Set([first.handle, first.handle, second.handle]).count == 2)
  }

  @Test func `keeps no loop alive`() {
    weak var gone: EventLoop?
    let handle: LoopHandle
    do {
      let loop = EventLoop.virtual()
      gone = loop
      handle = loop.handle
    }
    #expect(gone == nil)
    #expect(!handle.isOnLoop)
  }
}

@Suite struct `A background loop` {
  @Test func `A1-api-3 is returned when its body has run, on its own thread`() throws {
    let history = Locked<[String]>([])
    let here = threadNumber()
    let background = try EventLoop.inBackground(PollerUnderTest.configuration) { loop in
      history.withLock { $0.append("body, here \(threadNumber() == here), running \(loop.isRunning)") }
    }
    history.withLock { $0.append("returned") }
    background.handle.schedule { loop in
      history.withLock { $0.append("scheduled, on loop \(loop.handle.isOnLoop)") }
      loop.stop()
    }
    try background.join()
    #expect(
      history.withLock { $0 } == ["body, here false, running true", "returned", "scheduled, on loop true"])
  }

  @Test func `A1-api-3 A1-run-11 throws what its body throws, when the loop is closed`() {
    let history = Locked<[String]>([])
    let error = thrown {
      _ = try EventLoop.inBackground { loop in
        loop.onStop { history.withLock { $0.append("hook") } }
        throw Trouble("of the body")
      }
    }
    #expect(error == Trouble("of the body"))
    #expect(history.withLock { $0 } == ["hook"])
  }

  @Test func `throws where it can't have its poller`() {
    let missing: EventLoop.PollerKind = EventLoop.PollerKind.available.contains(.epoll) ? .kqueue : .epoll
    #expect(throws: SystemError.self) {
      _ = try EventLoop.inBackground(EventLoop.Configuration(poller: missing)) { _ in }
    }
  }

  @Test func `joins with what its run threw, each time`() throws {
    let background = try EventLoop.inBackground { loop in
      loop.nextTick { loop.stop(throwing: Trouble("of a tick")) }
    }
    #expect(thrown { try background.join() } == Trouble("of a tick"))
    #expect(thrown { try background.join() } == Trouble("of a tick"))
  }

  @Test func `may have ended before it is returned`() throws {
    let background = try EventLoop.inBackground { $0.stop() }
    try background.join()
    #expect(!background.handle.schedule { _ in })
  }

  @Test func `stops from any thread, any number of times, also after its end`() throws {
    let background = try EventLoop.inBackground(PollerUnderTest.configuration) { _ in }
    background.stop()
    background.stop()
    try background.join()
    background.stop()
    #expect(!background.handle.schedule { _ in })
  }

  @Test func `A1-api-26 serves async code`() async throws {
    let background = try EventLoop.inBackground(PollerUnderTest.configuration) { _ in }
    let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
      background.handle.schedule { loop in
        loop.addTimer(after: .milliseconds(1)) { continuation.resume(returning: 42) }
      }
    }
    background.stop()
    #expect(answer == 42)
  }

  @Test func `runs a loop of virtual time as well`() throws {
    let end = Locked<Instant?>(nil)
    let background = try EventLoop.inBackground(EventLoop.Configuration(clock: .virtual)) { loop in
      loop.addTimer(after: .seconds(3600)) {
        end.withLock { $0 = loop.now }
        loop.stop()
      }
    }
    try background.join()
    #expect(end.withLock { $0 } == .zero + .seconds(3600))
  }
}
