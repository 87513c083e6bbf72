// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// An error that is one object.
private final class Oops: Error, Sendable {}

@Suite struct `A deferred operation` {
  @Test func `D-01 runs exactly once, and its callback runs on the loop and may stop it`() throws {
    let ran = Locked<[Int]>([])
    var heard: [Int] = []
    var elsewhere = 0
    let loopThread = threadNumber()
    try withRealLoop { loop in
      for number in 0..<20 {
        loop.defer {
          ran.withLock { $0.append(number) }
          return (number, threadNumber())
        } callback: { number, thread in
          #expect(loop.handle.isOnLoop)
          if thread != loopThread { elsewhere += 1 }
          heard.append(number)
          if heard.count == 20 { loop.stop() }
        }
      }
    }
    #expect(ran.withLock { $0.sorted() } == Array(0..<20))
    #expect(heard.sorted() == Array(0..<20))
    #expect(elsewhere == 20)
  }

  @Test func `D-02 hands its result to the callback`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.defer {
        2 + 2
      } callback: { count in
        history.append("2 + 2 == \(count)")
        loop.stop()
      }
    }
    #expect(history == ["2 + 2 == 4"])
  }

  @Test func `D-03 hands its error to the errback, the same object`() throws {
    let error = Oops()
    var heard: Oops?
    try withRealLoop { loop in
      loop.defer {
        throw error
      } callback: {
        Issue.record("the callback ran")
      } errback: { error in
        heard = error as? Oops
        loop.stop()
      }
    }
    #expect(heard === error)
  }

  @Test func `D-04 D-05 runs one of callback and errback, and is finished when all have run`() throws {
    let pool = DeferPool(name: "d04")
    var results: [Int] = []
    var errors = 0
    var finished: [Bool] = []
    #expect(pool.statistics.isFinished)
    try withRealLoop { loop in
      for number in 0..<10 {
        loop.defer(on: pool) {
          number
        } callback: {
          results.append($0)
        }
      }
      for _ in 0..<10 {
        loop.defer(on: pool) {
          throw Oops()
        } errback: { _ in
          errors += 1
        }
      }
      finished.append(pool.statistics.isFinished)
      loop.addPeriodicTimer(every: .milliseconds(1)) {
        guard pool.statistics.isFinished else { return }
        finished.append(true)
        loop.stop()
      }
    }
    #expect(results.sorted() == Array(0..<10))
    #expect(errors == 10)
    #expect(finished == [false, true])
    #expect(pool.statistics.completed == 20)
  }

  @Test func `D-05 A2-pool-11 is not finished while it is queued, runs, or its outcome is not heard`() throws {
    let pool = DeferPool(threads: 1, name: "d05")
    let (gate, started) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    var history: [String] = []
    func note(_ text: String) {
      let now = pool.statistics
      history.append("\(text): \(now.queued) queued, \(now.running) running, \(now.isFinished)")
    }
    note("new")
    loop.defer(on: pool) {
      started.append("first")
      gate.wait()
    } callback: {
      note("in the callback of the first")
    }
    started.wait(for: 1)
    note("one runs")
    loop.defer(on: pool) {
    } callback: {
      note("in the callback of the second")
    }
    note("another waits")
    gate.open()
    eventually { pool.statistics.running == 0 && pool.statistics.queued == 0 }
    note("both on their way home")
    try watched(loop) { try loop.run(until: .idle) }
    note("idle")
    #expect(
      history == [
        "new: 0 queued, 0 running, true", "one runs: 0 queued, 1 running, false",
        "another waits: 1 queued, 1 running, false", "both on their way home: 0 queued, 0 running, false",
        "in the callback of the first: 0 queued, 0 running, false",
        "in the callback of the second: 0 queued, 0 running, true", "idle: 0 queued, 0 running, true",
      ])
  }

  @Test func `A1-run-13 A2-pool-12 keeps its loop from idle until its outcome is heard`() throws {
    var history: [String] = []
    let gate = Gate()
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.defer {
      gate.wait()
    } callback: { _ in
      history.append("callback")
    }
    loop.addTimer(after: .milliseconds(2)) {
      history.append("timer")
      gate.open()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["timer", "callback"])
  }

  @Test func `A2-6 never settles before the call returns`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.nextTick {
        let (done, job) = (SharedHistory(), DeferPool(threads: 1, name: "settle"))
        let deferred = loop.defer(on: job) {
          done.append("ran")
        } callback: {
          history.append("callback")
          loop.stop()
        }
        // It has run, and yet nothing is settled inside this callback.
        done.wait(for: 1)
        history.append("\(deferred.status.isUnknown)")
      }
    }
    #expect(history == ["true", "callback"])
  }

  @Test func `D-01 hands its result over as an arrival, before ticks queued later`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.defer {
      1
    } callback: { _ in
      history.append("callback")
      loop.nextTick { history.append("tick") }
      loop.addTimer(after: .zero) { history.append("timer") }
    }
    try loop.run(until: .idle)
    #expect(history == ["callback", "tick", "timer"])
  }

  @Test func `A2-job-3 may return what is not Sendable: it is moved to the loop`() throws {
    final class Box { var values: [Int] = [] }
    var history: [[Int]] = []
    try withRealLoop { loop in
      loop.defer {
        let box = Box()
        box.values.append(1)
        return box
      } callback: { box in
        box.values.append(2)
        history.append(box.values)
        loop.stop()
      }
    }
    #expect(history == [[1, 2]])
  }

  @Test func `D-02 may be a stored function, as may its callback`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let operation: @Sendable () throws -> Int = { 2 + 2 }
    let callback = { (count: Int) in history.append("2 + 2 == \(count)") }
    loop.defer(operation, callback: callback)
    try loop.run(until: .idle)
    #expect(history == ["2 + 2 == 4"])
  }

  @Test func `A2-job-1 is a deferrable: callbacks, errbacks and what is derived hear of it`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let job = loop.defer { 20 }
    job.callback { history.append("first \($0)") }.callback { history.append("second \($0)") }
    job.map { $0 + 1 }.callback { history.append("mapped \($0)") }
    loop.defer { throw Oops() }.errback { _ in history.append("failed") }
    try loop.run(until: .idle)
    #expect(history == ["first 20", "second 20", "mapped 21", "failed"])
    #expect(job.description == "DeferredJob(succeeded(20))")
  }

  @Test func `A2-job-2 whose error nobody takes is reported as lost, with the place of the call`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      attempt {
        let loop = EventLoop.virtual()
        loop.defer(line: 42) { throw Trouble("unheard") }
        loop.defer(line: 43) {
          throw Trouble("heard")
        } errback: { _ in
        }
        loop.defer(line: 44) { throw Trouble("ignored") }.ignoreFailure()
        try loop.run(until: .idle)
      }
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(
      output == """
        lost: a deferrable made at ConcurrencyTests/DeferTests.swift:42 failed with \
        Trouble(name: "unheard"), and nobody heard of it

        """)
  }

  @Test func `releases what it captured on its worker, before its outcome comes home`() throws {
    final class Witness: Sendable {
      let history: SharedHistory
      init(_ history: SharedHistory) { self.history = history }
      deinit { history.append("released") }
    }
    let history = SharedHistory()
    let loop = EventLoop.virtual()
    do {
      let witness = Witness(history)
      loop.defer {
        withExtendedLifetime(witness) { history.append("ran") }
      } callback: {
        history.append("callback")
      }
    }
    try loop.run(until: .idle)
    #expect(history.all == ["ran", "released", "callback"])
  }

  @Test func `is kept by the loop until it has settled, and released then`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    weak var gone: DeferredJob<Int>?
    do {
      let job = loop.defer { 1 }
      job.callback { history.append("callback \($0)") }
      gone = job
    }
    #expect(gone != nil)
    try loop.run(until: .idle)
    #expect(gone == nil)
    #expect(history == ["callback 1"])
  }

  @Test func `may be deferred by the callback of another, a thousand times over`() throws {
    let count = scaled(1_000)
    let loop = try EventLoop(PollerUnderTest.configuration)
    var sum = 0
    func next(_ left: Int) {
      guard left > 0 else { return loop.stop() }
      loop.defer {
        left
      } callback: { value in
        sum += value
        next(value - 1)
      }
    }
    loop.nextTick { next(count) }
    try watched(loop) { try loop.run() }
    #expect(sum == count * (count + 1) / 2)
  }
}

@Suite struct `Cancelling a job` {
  @Test func `A5-jobs-1 that is queued fails it inside the call, and its operation never runs`() throws {
    var history: [String] = []
    let pool = DeferPool(threads: 1, name: "cancel")
    let (gate, ran) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.defer(on: pool) {
      ran.append("first")
      gate.wait()
    }
    ran.wait(for: 1)
    let job = loop.defer(on: pool) { ran.append("second") }
    job.callback { history.append("callback") }.errback { history.append("failed \($0)") }
    job.cancel()
    history.append("cancelled, \(pool.statistics.queued) queued")
    job.cancel()
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["failed CancellationError()", "cancelled, 0 queued"])
    #expect(ran.all == ["first"])
    #expect(pool.statistics.isFinished)
  }

  @Test func `A5-jobs-1 that is queued releases its operation at once`() throws {
    final class Witness: Sendable {
      let history: SharedHistory
      init(_ history: SharedHistory) { self.history = history }
      deinit { history.append("released") }
    }
    let history = SharedHistory()
    let loop = EventLoop.virtual()
    let job: DeferredJob<Void>
    do {
      let witness = Witness(history)
      job = loop.defer { withExtendedLifetime(witness) {} }
    }
    job.cancel()
    history.append("cancelled")
    #expect(history.all == ["released", "cancelled"])
    try loop.run(until: .idle)
  }

  @Test func `A5-jobs-2 that runs sets a flag that the operation can read; its own outcome settles it`() throws {
    var history: [String] = []
    let (gate, started) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    let job = loop.defer {
      started.append("before \(DeferPool.isCancelled)")
      gate.wait()
      started.append("after \(DeferPool.isCancelled)")
      return 4
    }
    job.completion { history.append("\($0)") }
    started.wait(for: 1)
    job.cancel()
    history.append("cancelled, \(job.status)")
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(started.all == ["before false", "after true"])
    #expect(history == ["cancelled, unknown", "success(4)"])
  }

  @Test func `A2-pool-7 that sleeps wakes it, with an error that is not reported when it leaves`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      attempt {
        let started = SharedHistory()
        let loop = try EventLoop()
        let job = loop.defer {
          started.append("sleeps")
          try DeferPool.sleep(for: .seconds(3600))
        }
        started.wait(for: 1)
        job.cancel()
        try loop.run(until: .idle)
        expectEqual("\(job.status)", "failed(CancellationError())")
      }
    }
    #expect(String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == "")
  }

  @Test func `A2-pool-7 makes every later sleep throw at once`() throws {
    let (gate, history) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    let job = loop.defer {
      history.append("started")
      gate.wait()
      for _ in 0..<2 {
        do {
          try DeferPool.sleep(for: .seconds(3600))
          history.append("slept")
        } catch {
          history.append("\(error)")
        }
      }
    }
    history.wait(for: 1)
    job.cancel()
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.all == ["started", "CancellationError()", "CancellationError()"])
  }

  @Test func `leaves others that sleep in the same pool asleep`() throws {
    let (history, pool) = (SharedHistory(), DeferPool(threads: 2, name: "sleepers"))
    let loop = try EventLoop(PollerUnderTest.configuration)
    let start = loop.now
    var woken: Instant?
    let victim = loop.defer(on: pool) {
      history.append("sleeps")
      try DeferPool.sleep(for: .seconds(3600))
    }
    loop.defer(on: pool) {
      history.append("sleeps")
      try DeferPool.sleep(for: .milliseconds(20))
    } callback: {
      woken = loop.now
    }
    history.wait(for: 2)
    victim.cancel()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(victim.status.isFailed)
    #expect(try #require(woken) - start >= .milliseconds(20))
  }

  @Test func `A5-jobs-3 that is parked wakes it at the next waiting place of its virtual loop`() throws {
    let history = SharedHistory()
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    let job = loop.defer {
      do {
        try DeferPool.sleep(for: .seconds(10))
      } catch {
        history.append("woken at \(time.now)")
        throw error
      }
    }
    job.errback { _ in history.append("failed at \(loop.now)") }
    loop.addTimer(after: .seconds(4)) {
      job.cancel()
      history.append("cancelled")
      loop.nextTick { history.append("tick") }
    }
    try loop.run(until: .idle)
    #expect(history.all == ["cancelled", "tick", "woken at 4.000000000 s", "failed at 4.000000000 s"])
    #expect(loop.elapsed == .seconds(4))
  }

  @Test func `after it has settled does nothing`() throws {
    let loop = EventLoop.virtual()
    let job = loop.defer { 4 }
    try loop.run(until: .idle)
    job.cancel()
    #expect(job.description == "DeferredJob(succeeded(4))")
  }

  @Test func `A2-6 is what settling it from outside does: a queued operation never runs`() throws {
    let history = SharedHistory()
    let pool = DeferPool(threads: 1, name: "outside")
    let loop = EventLoop.virtual()
    let job = loop.defer(on: pool) { () -> Int in
      history.append("ran")
      return 1
    }
    job.callback { history.append("callback \($0)") }
    #expect(job.succeed(7))
    try loop.run(until: .idle)
    #expect(history.all == ["callback 7"])
    #expect(pool.statistics.isFinished)
    #expect(loop.statistics.keptFromIdleBy == [])
  }

  @Test func `A2-6 is what settling it from outside does: a running operation is told, its outcome discarded`() throws {
    let (gate, history) = (Gate(), SharedHistory())
    let pool = DeferPool(threads: 1, name: "outside")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let job = loop.defer(on: pool) { () -> Int in
      history.append("started")
      gate.wait()
      history.append("cancelled \(DeferPool.isCancelled)")
      return 1
    }
    job.callback { history.append("callback \($0)") }
    history.wait(for: 1)
    job.succeed(7)
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.all == ["started", "callback 7", "cancelled true"])
    #expect(pool.statistics.discarded == 1)
    #expect(pool.statistics.isFinished)
  }

  @Test func `A2-6 is what its timeout does`() throws {
    let history = SharedHistory()
    let loop = EventLoop.virtual()
    loop.defer {
      do {
        try DeferPool.sleep(for: .seconds(10))
      } catch {
        history.append("operation: \(error)")
      }
      return 1
    }
    .timeout(after: .seconds(3), on: loop, failingWith: Trouble("too late"))
    .completion { history.append("\(loop.elapsed): \($0)") }
    try loop.run(until: .idle)
    #expect(
      history.all == [
        "3.0 seconds: failure(TestSupport.Trouble(name: \"too late\"))", "operation: CancellationError()",
      ])
  }

  @Test func `isCancelled is false outside of an operation`() {
    #expect(!DeferPool.isCancelled)
    onAnotherThread { #expect(!DeferPool.isCancelled) }
  }

  @Test func `sleep is a misuse outside of an operation`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      attempt { try DeferPool.sleep(for: .zero) }
    }
    expectMessage(
      result, "DeferPool.sleep(for:) was called outside a deferred operation: call it inside loop.defer { }")
  }
}
