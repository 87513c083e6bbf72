// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

// A2-pool-14: impossible by type: no call ends a thread that has work, and no thread's name or number leads to it
@Suite struct `A pool` {
  @Test func `A2-pool-1 starts no thread before it is needed, and uses one again that has nothing to do`() throws {
    let pool = DeferPool(threads: 4, name: "demand")
    #expect(pool.statistics.threads == 0)
    let loop = try EventLoop(PollerUnderTest.configuration)
    let names = Locked<Set<UInt>>([])
    func next(_ left: Int) {
      guard left > 0 else { return }
      loop.defer(on: pool) {
        _ = names.withLock { $0.insert(threadNumber()) }
      } callback: {
        next(left - 1)
      }
    }
    next(10)
    try watched(loop) { try loop.run(until: .idle) }
    // A worker that has just done its job counts as coming back.
    #expect(pool.statistics.threads == 1)
    #expect(names.withLock { $0.count } == 1)
  }

  @Test func `A2-pool-2 runs as many operations at once as it has threads, and no more`() throws {
    let pool = DeferPool(threads: 3, name: "atmost")
    let (gate, started, peak) = (Gate(), SharedHistory(), Locked((now: 0, most: 0)))
    let loop = try EventLoop(PollerUnderTest.configuration)
    var done: [Int] = []
    for number in 0..<10 {
      loop.defer(on: pool) {
        peak.withLock {
          $0.now += 1
          $0.most = max($0.most, $0.now)
        }
        started.append("\(number)")
        gate.wait()
        peak.withLock { $0.now -= 1 }
      } callback: {
        done.append(number)
      }
    }
    started.wait(for: 3)
    // First in, first out: the first three run.
    #expect(started.sorted == ["0", "1", "2"])
    #expect(pool.statistics.running == 3)
    #expect(pool.statistics.queued == 7)
    #expect(pool.statistics.threads == 3)
    #expect(pool.description == "DeferPool(atmost, 3 of 3 threads, 3 running, 7 queued)")
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(done.sorted() == Array(0..<10))
    #expect(peak.withLock { $0.most } == 3)
  }

  @Test func `A2-pool-3 has 20 threads unless said, and shares one with the name defer`() {
    #expect(DeferPool.shared.threads == 20)
    #expect(DeferPool().threads == 20)
    #expect(DeferPool.shared.description.hasPrefix("DeferPool(defer, "))
    #expect(DeferPool(threads: -1).threads == 1)
  }

  @Test func `A2-pool-1 gives two jobs two threads although one thread is idle`() throws {
    // Each waits for the other: one thread for both would be none for the second.
    let pool = DeferPool(threads: 2, name: "pair")
    let loop = try EventLoop(PollerUnderTest.configuration)
    for round in 0..<scaled(200) {
      let (left, right) = (Gate(), Gate())
      var met = 0
      for (mine, others) in [(left, right), (right, left)] {
        loop.defer(on: pool) {
          mine.open()
          return others.wait()
        } callback: {
          if $0 { met += 1 }
        }
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(met == 2, "round \(round)")
      guard met == 2 else { return }
    }
  }

  @Test func `A2-pool-1 gives twenty jobs that wait for each other twenty threads`() throws {
    let arrived = SharedHistory()
    let pool = DeferPool(name: "twenty")
    let loop = try EventLoop(PollerUnderTest.configuration)
    var met = 0
    for _ in 0..<20 {
      loop.defer(on: pool) {
        arrived.append("here")
        return arrived.wait(for: 20)
      } callback: {
        if $0 { met += 1 }
      }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(met == 20)
    #expect(pool.statistics.threads == 20)
  }

  @Test func `A2-pool-1 gives a job that blocks behind many quick ones a thread, and those behind it another`() throws {
    let gate = Gate()
    let pool = DeferPool(threads: 3, name: "mixed")
    let loop = try EventLoop(PollerUnderTest.configuration)
    var quick = 0
    for round in 0..<40 {
      for _ in 0..<scaled(500) {
        loop.defer(on: pool) {
          1
        } callback: {
          quick += $0
        }
      }
      if round == 20 {
        loop.defer(on: pool) {
          gate.wait()
        } callback: { _ in
        }
      }
    }
    // Heard while the blocked one still waits: others took over what stood behind it.
    loop.defer(on: pool) {
      true
    } callback: { _ in
      gate.open()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(quick == 40 * scaled(500))
    #expect(pool.statistics.isFinished)
  }

  @Test func `A2-pool-4 with its limit raised gives waiting jobs threads at once`() throws {
    let pool = DeferPool(threads: 1, name: "raised")
    let (gate, started) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    for number in 0..<5 {
      loop.defer(on: pool) {
        started.append("\(number)")
        gate.wait()
      }
    }
    started.wait(for: 1)
    #expect(pool.statistics.threads == 1)
    pool.threads = 3
    started.wait(for: 3)
    eventually { pool.statistics.running == 3 && pool.statistics.queued == 2 }
    #expect(pool.threads == 3)
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(pool.statistics.completed == 5)
  }

  @Test func `A2-pool-5 with its limit lowered lets idle threads end, and busy ones when they fall idle`() throws {
    let pool = DeferPool(threads: 4, name: "lowered")
    let (gate, started) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    func run(_ count: Int) {
      for number in 0..<count {
        loop.defer(on: pool) {
          started.append("\(number)")
          gate.wait()
        }
      }
    }
    run(4)
    started.wait(for: 4)
    pool.threads = 2
    #expect(pool.statistics.threads == 4)
    gate.open()
    try watched(loop) { try loop.run(until: .idle) }
    eventually { pool.statistics.threads == 2 }
    pool.threads = 0
    #expect(pool.threads == 1)
    eventually { pool.statistics.threads == 1 }
    run(5)
    try watched(loop) { try loop.run(until: .idle) }
    #expect(pool.statistics.completed == 9)
    #expect(pool.statistics.threads == 1)
  }

  @Test func `A2-pool-5 serves its queue while threads come and go`() throws {
    let pool = DeferPool(threads: 4, name: "changing")
    let count = scaled(2_000)
    var heard = 0
    var numbers = SeededNumbers(seed: 5)
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.addPeriodicTimer(every: .microseconds(200)) { timer in
      pool.threads = Int.random(in: 1...6, using: &numbers)
      if heard == count { timer.cancel() }
    }
    for _ in 0..<count {
      loop.defer(on: pool) {
        spin(for: .microseconds(5))
      } callback: {
        heard += 1
      }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(heard == count)
    eventually { pool.statistics.threads <= pool.threads }
  }

  @Test func `serves several loops, each with its own outcomes`() throws {
    let pool = DeferPool(threads: 2, name: "shared")
    let sums = Locked<[Int: Int]>([:])
    let threads = startThreads(3) { thread in
      attempt {
        let loop = try EventLoop(PollerUnderTest.configuration)
        var sum = 0
        for number in 0..<100 {
          loop.defer(on: pool) {
            number * thread
          } callback: {
            sum += $0
          }
        }
        try loop.run(until: .idle)
        sums.withLock { $0[thread] = sum }
      }
    }
    threads.join()
    #expect(sums.withLock { $0 } == [0: 0, 1: 4950, 2: 9900])
  }

  @Test func `ends its threads when it goes`() throws {
    let ended = SharedHistory()
    weak var gone: DeferPool?
    final class Ending: Sendable {
      let ended: SharedHistory
      init(_ ended: SharedHistory) { self.ended = ended }
      deinit { ended.append("captures released") }
    }
    do {
      let pool = DeferPool(threads: 2, name: "going")
      gone = pool
      let loop = EventLoop.virtual()
      let real = try EventLoop(PollerUnderTest.configuration)
      let ending = Ending(ended)
      real.defer(on: pool) { withExtendedLifetime(ending) {} }
      loop.defer(on: pool) {}
      try watched(real) { try real.run(until: .idle) }
      try loop.run(until: .idle)
    }
    ended.wait(for: 1)
    eventually { gone == nil }
  }

  @Test func `names its threads and describes itself`() throws {
    let pool = DeferPool(threads: 2, name: "disk")
    #expect(pool.description == "DeferPool(disk, 0 of 2 threads, 0 running, 0 queued)")
    let names = SharedHistory()
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.defer(on: pool) { names.append(threadName()) }
    try watched(loop) { try loop.run(until: .idle) }
    let virtual = EventLoop.virtual()
    virtual.defer(on: pool) { names.append(threadName()) }
    try virtual.run(until: .idle)
    #expect(names.all == ["disk-1", "disk-1"])
  }
}

@Suite struct `A full queue` {
  @Test func `A2-pool-6 fails the job in a later turn, and blocks nobody`() throws {
    let pool = DeferPool(threads: 1, name: "full", queueLimit: 1)
    let (gate, started) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    var history: [String] = []
    loop.nextTick {
      loop.defer(on: pool) {
        started.append("first")
        gate.wait()
      } callback: { _ in
        history.append("first")
      }
      loop.defer(on: pool) {
      } callback: {
        history.append("second")
      }
      let turn = loop.turnNumber
      let third = loop.defer(on: pool) {
        started.append("third")
      } callback: {
        history.append("third")
      } errback: { error in
        history.append("\(error), in a later turn \(loop.turnNumber > turn)")
        gate.open()
      }
      history.append("\(third.status)")
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["unknown", "queueFull, in a later turn true", "first", "second"])
    #expect(started.all == ["first"])
    #expect(pool.statistics.isFinished)
    #expect(pool.statistics.queued == 0)
  }

  @Test(arguments: [1, 2, 5], [0, 1, 3])
  func `A2-pool-6 takes as many as there are threads and places, however fast they come`(_ threads: Int, _ limit: Int)
    throws
  {
    for isVirtual in [false, true] {
      let pool = DeferPool(threads: threads, name: "burst", queueLimit: limit)
      let loop = isVirtual ? EventLoop.virtual() : try EventLoop(PollerUnderTest.configuration)
      let gate = Gate()
      var (taken, rejected) = (0, 0)
      for _ in 0..<(threads + limit + 4) {
        loop.defer(on: pool) {
          if !isVirtual { gate.wait() }
        } callback: {
          taken += 1
        } errback: { _ in
          rejected += 1
          if rejected == 4 { gate.open() }
        }
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(taken == threads + limit)
      #expect(rejected == 4)
      #expect(pool.statistics.isFinished)
    }
  }

  @Test func `A2-pool-6 has a place for a job as soon as another one's outcome is heard`() throws {
    let pool = DeferPool(threads: 1, name: "seat", queueLimit: 0)
    let loop = try EventLoop(PollerUnderTest.configuration)
    let count = scaled(1_000)
    var (heard, rejected) = (0, 0)
    func next() {
      guard heard < count, rejected == 0 else { return }
      loop.defer(on: pool) {
      } callback: {
        heard += 1
        next()
      } errback: { _ in
        rejected += 1
      }
    }
    next()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(heard == count)
    #expect(rejected == 0)
  }

  @Test func `A2-pool-6 does not count those that were cancelled in it`() throws {
    for isVirtual in [false, true] {
      let pool = DeferPool(threads: 1, name: "cancelled", queueLimit: 2)
      let (gate, started) = (Gate(), SharedHistory())
      let loop = isVirtual ? EventLoop.virtual() : try EventLoop(PollerUnderTest.configuration)
      var history: [String] = []
      loop.defer(on: pool) {
        started.append("first")
        if !isVirtual { gate.wait() }
      }
      let second = loop.defer(on: pool) { started.append("second") }
      let third = loop.defer(on: pool) { started.append("third") }
      let rejected = loop.defer(on: pool) {
        started.append("rejected")
      } errback: {
        history.append("\($0)")
      }
      second.cancel()
      third.cancel()
      loop.defer(on: pool) {
        started.append("fourth")
      } errback: {
        history.append("fourth \($0)")
      }
      loop.defer(on: pool) {
        started.append("fifth")
      } errback: {
        history.append("fifth \($0)")
      }
      loop.defer(on: pool) {
        started.append("sixth")
      } errback: {
        history.append("sixth \($0)")
      }
      gate.open()
      try watched(loop) { try loop.run(until: .idle) }
      #expect(started.all == ["first", "fourth", "fifth"])
      #expect(history == ["queueFull", "sixth queueFull"])
      withExtendedLifetime(rejected) {}
    }
  }

  @Test func `A2-pool-6 leaves the counts right when the rejected job is cancelled, or its loop closes`() throws {
    for closes in [false, true] {
      let pool = DeferPool(threads: 1, name: "counts", queueLimit: 0)
      let loop = EventLoop.virtual()
      var history: [String] = []
      loop.nextTick {
        loop.defer(on: pool) {
        } callback: {
          history.append("first")
        }
        let job = loop.defer(on: pool) {
        } errback: {
          history.append("\($0)")
        }
        if closes { loop.stop() } else { job.cancel() }
      }
      try loop.run(until: .idle)
      #expect(history == (closes ? [] : ["queueFull", "first"]))
      #expect(pool.statistics.queued == 0)
      #expect(pool.statistics.isFinished)
    }
  }
}

@Suite struct `Shutting a pool down` {
  @Test func `A2-pool-8 by draining lets what is queued run, and waits for it`() throws {
    let pool = DeferPool(threads: 2, name: "drain")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let ran = SharedHistory()
    var heard: [Int] = []
    for number in 0..<10 {
      loop.defer(on: pool) {
        ran.append("\(number)")
        return number
      } callback: {
        heard.append($0)
      }
    }
    let report = pool.shutdown()
    #expect([report.dropped, report.abandoned] == [0, 0])
    #expect(ran.all.count == 10)
    #expect(pool.statistics.threads == 0)
    #expect(pool.statistics.outstanding == 10)
    #expect(heard == [])
    try watched(loop) { try loop.run(until: .idle) }
    #expect(heard.sorted() == Array(0..<10))
    #expect(pool.statistics.isFinished)
  }

  @Test func `A2-pool-9 by cancelling drops what is queued, tells what runs, and reports`() throws {
    let pool = DeferPool(threads: 1, name: "cancel")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let started = SharedHistory()
    var history: [String] = []
    loop.defer(on: pool) {
      started.append("sleeps")
      try DeferPool.sleep(for: .seconds(3600))
    } errback: {
      history.append("running: \($0)")
    }
    for number in 1...3 {
      loop.defer(on: pool) {
        started.append("\(number)")
      } errback: {
        history.append("queued \(number): \($0)")
      }
    }
    started.wait(for: 1)
    let report = pool.shutdown(.cancel)
    history.append("\(report.dropped) dropped, \(report.abandoned) abandoned")
    #expect(pool.statistics.queued == 0)
    try watched(loop) { try loop.run(until: .idle) }
    #expect(started.all == ["sleeps"])
    #expect(
      history == [
        "3 dropped, 0 abandoned", "running: CancellationError()", "queued 1: CancellationError()",
        "queued 2: CancellationError()", "queued 3: CancellationError()",
      ])
    #expect(pool.statistics.isFinished)
  }

  @Test func `A5-jobs-4 fails what it drops in a later turn`() throws {
    let pool = DeferPool(threads: 1, name: "later")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let (gate, started) = (Gate(), SharedHistory())
    var history: [String] = []
    loop.nextTick {
      let turn = loop.turnNumber
      loop.defer(on: pool) {
        started.append("runs")
        gate.wait()
      }
      let job = loop.defer(on: pool) {
      } errback: {
        history.append("\($0), later \(loop.turnNumber > turn)")
      }
      started.wait(for: 1)
      pool.shutdown(.cancel, within: .zero)
      history.append("\(job.status)")
      gate.open()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["unknown", "CancellationError(), later true"])
  }

  @Test func `A2-pool-10 abandons after a deadline what still runs, whose outcome comes home all the same`() throws {
    let pool = DeferPool(threads: 2, name: "abandon")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let (gate, started) = (Gate(), SharedHistory())
    var history: [String] = []
    loop.defer(on: pool) {
      started.append("runs")
      gate.wait()
      return 4
    } callback: {
      history.append("callback \($0)")
    }
    started.wait(for: 1)
    let report = pool.shutdown(within: .milliseconds(5))
    history.append("\(report.dropped) dropped, \(report.abandoned) abandoned")
    gate.open()
    #expect(pool.shutdown().abandoned == 0)
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history == ["0 dropped, 1 abandoned", "callback 4"])
  }

  @Test func `A2-pool-9 may follow draining`() throws {
    let pool = DeferPool(threads: 1, name: "both")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let started = SharedHistory()
    var history: [String] = []
    loop.defer(on: pool) {
      started.append("sleeps")
      try DeferPool.sleep(for: .seconds(3600))
    } errback: { _ in
      history.append("running")
    }
    loop.defer(on: pool) {
    } errback: { _ in
      history.append("queued")
    }
    started.wait(for: 1)
    var report = pool.shutdown(.drain, within: .milliseconds(2))
    #expect([report.dropped, report.abandoned, report.queued] == [0, 1, 1])
    report = pool.shutdown(.cancel)
    #expect([report.dropped, report.abandoned, report.queued] == [1, 0, 0])
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.sorted() == ["queued", "running"])
  }

  @Test func `A2-pool-8 makes it refuse later jobs, in a later turn`() throws {
    for isVirtual in [false, true] {
      let pool = DeferPool(threads: 1, name: "refuse")
      let loop = isVirtual ? EventLoop.virtual() : try EventLoop(PollerUnderTest.configuration)
      var history: [String] = []
      #expect(pool.shutdown().abandoned == 0)
      loop.nextTick {
        let turn = loop.turnNumber
        loop.defer(on: pool) {
        } callback: {
          history.append("ran")
        } errback: {
          history.append("\($0), later \(loop.turnNumber > turn)")
        }
        history.append("returned")
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(history == ["returned", "shutDown, later true"])
      #expect(pool.statistics.isFinished)
    }
  }

  @Test func `A2-pool-9 by cancelling reaches virtual loops at their next waiting place, before time moves on`() throws
  {
    let pool = DeferPool(threads: 1, name: "virtual")
    let loop = EventLoop.virtual()
    let history = SharedHistory()
    loop.defer(on: pool) {
      do {
        try DeferPool.sleep(for: .seconds(5))
      } catch {
        history.append("parked: \(error)")
      }
    } callback: {
      history.append("first home at \(loop.elapsed)")
    }
    loop.defer(on: pool) {
      history.append("second ran")
    } errback: {
      history.append("second \($0) at \(loop.elapsed)")
    }
    loop.addTimer(after: .seconds(1)) {
      pool.shutdown(.cancel)
      history.append("shut down")
    }
    loop.addTimer(after: .seconds(2)) { history.append("timer") }
    try loop.run(until: .idle)
    #expect(
      history.sorted == [
        "first home at 1.0 seconds", "parked: CancellationError()", "second CancellationError() at 1.0 seconds",
        "shut down", "timer",
      ])
    #expect(history.all.first == "shut down")
    #expect(history.all.last == "timer")
    #expect(pool.statistics.isFinished)
  }

  @Test func `A2-pool-8 by draining lets the queue of a virtual loop run`() throws {
    let pool = DeferPool(threads: 1, name: "virtual")
    let loop = EventLoop.virtual()
    var history: [Int] = []
    for number in 0..<3 {
      loop.defer(on: pool) {
        number
      } callback: {
        history.append($0)
      }
    }
    pool.shutdown(.drain)
    try loop.run(until: .idle)
    #expect(history == [0, 1, 2])
  }
}

@Suite struct `Closing a loop with jobs` {
  @Test func `A2-pool-13 whose loop is gone discards and counts the outcome`() throws {
    let pool = DeferPool(threads: 1, name: "gone")
    let (gate, started) = (Gate(), SharedHistory())
    do {
      let loop = try EventLoop(PollerUnderTest.configuration)
      loop.defer(on: pool) {
        started.append("runs")
        gate.wait()
      } callback: { _ in
        started.append("callback")
      }
      loop.defer(on: pool) { started.append("second runs") }
      started.wait(for: 1)
    }
    gate.open()
    eventually { pool.statistics.isFinished }
    #expect(pool.statistics.discarded == 1)
    #expect(pool.statistics.queued == 0)
    #expect(started.all == ["runs"])
  }

  @Test
  func `A5-closing-6 A5-closing-7 doesn't wait for what runs on a real loop, but flags it; what is queued never runs`()
    throws
  {
    let pool = DeferPool(threads: 1, name: "closing")
    let (gate, history) = (Gate(), SharedHistory())
    try withRealLoop { loop in
      loop.defer(on: pool) {
        history.append("runs")
        gate.wait()
        history.append("goes on, cancelled \(DeferPool.isCancelled)")
      } callback: {
        history.append("callback")
      }
      loop.defer(on: pool) { history.append("second runs") }
      loop.nextTick {
        history.wait(for: 1)
        loop.stop()
      }
    }
    history.append("closed")
    #expect(pool.statistics.queued == 0)
    gate.open()
    eventually { pool.statistics.isFinished }
    #expect(history.all == ["runs", "closed", "goes on, cancelled true"])
    #expect(pool.statistics.discarded == 1)
  }

  @Test func `A1-run-8 drops an outcome that comes in the next run, and counts it`() throws {
    let pool = DeferPool(threads: 1, name: "leak")
    let (gate, history) = (Gate(), SharedHistory())
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.defer(on: pool) {
      history.append("runs")
      gate.wait()
    } callback: { _ in
      history.append("leaked")
    }
    history.wait(for: 1)
    loop.stop()
    #expect(loop.statistics.keptFromIdleBy == [])
    gate.open()
    eventually { pool.statistics.running == 0 }
    loop.defer(on: pool) {
    } callback: {
      history.append("second run")
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.all == ["runs", "second run"])
    #expect(pool.statistics.isFinished)
    #expect(pool.statistics.discarded == 1)
    #expect(pool.statistics.completed == 1)
  }

  @Test func `A1-run-8 counts the next run's jobs alone, whatever comes home from the one before`() throws {
    let (first, second, history) = (Gate(), Gate(), SharedHistory())
    let pool = DeferPool(threads: 2, name: "rounds")
    let loop = try EventLoop(PollerUnderTest.configuration)
    let job = loop.defer(on: pool) { () -> Int in
      history.append("began")
      first.wait()
      return 1
    }
    history.wait(for: 1)
    // Settled from outside it still runs, and counts; the loop closes meanwhile.
    job.succeed(7)
    loop.nextTick { loop.stop() }
    try watched(loop) { try loop.run() }
    loop.defer(on: pool) {
      second.wait()
    } callback: { _ in
      history.append("heard")
    }
    loop.nextTick {
      first.open()
      eventually { pool.statistics.running == 1 }
      loop.nextTick { loop.nextTick { second.open() } }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.all == ["began", "heard"])
  }

  @Test func `A2-pool-13 drops an outcome that waited for its turn, and counts it`() throws {
    let pool = DeferPool(threads: 1, name: "unheard")
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.defer(on: pool) {
    } callback: {
      Issue.record("leaked")
    }
    eventually { pool.statistics.running == 0 && pool.statistics.queued == 0 }
    #expect(!pool.statistics.isFinished)
    loop.stop()
    eventually { pool.statistics.isFinished }
    #expect(pool.statistics.discarded == 1)
  }

  @Test(arguments: [false, true])
  func `A2-pool-13 counts an outcome that is sent while its loop closes, and releases it`(isSettled: Bool) throws {
    /// Holds the worker's thread when it is about to send.
    final class Sending: LoopObserver {
      let interest = LoopInterest.arming
      let (begins, goesOn) = (Gate(), Gate())
      func observe(_ event: LoopEvent) {
        guard event.kind == .arrivalArm else { return }
        begins.open()
        goesOn.wait()
      }
    }
    let (pool, sending, released) = (DeferPool(threads: 1, name: "sending"), Sending(), Gate())
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.observer = sending
    let job = loop.defer(on: pool) {
      Canary { released.open() }
    } callback: { _ in
      Issue.record("leaked")
    }
    sending.begins.wait()
    // From elsewhere: then nobody waits for it, not even the loop that closes.
    if isSettled { job.fail(CancellationError()) }
    loop.stop()
    sending.goesOn.open()
    eventually { pool.statistics.isFinished }
    #expect(released.wait())
    // What was sent arrives in the next run, where it is of no interest and is not counted again.
    try watched(loop) { try loop.run(until: .idle) }
    #expect(pool.statistics.discarded == 1)
    #expect(pool.statistics.completed == 0)
  }

  @Test
  func `A5-closing-6 hands each parked one of a virtual loop the thread, in order of parking, and waits for its end`()
    throws
  {
    let pool = DeferPool(threads: 3, name: "parked")
    let history = SharedHistory()
    let loop = EventLoop.virtual()
    for (name, seconds) in [("a", 30), ("b", 10), ("c", 20)] {
      loop.defer(on: pool) {
        for _ in 0..<2 {
          do {
            try DeferPool.sleep(for: .seconds(seconds))
          } catch {
            history.append("\(name): \(error), cancelled \(DeferPool.isCancelled)")
          }
        }
        history.append("\(name) ends")
      } callback: {
        history.append("\(name): callback")
      }
    }
    loop.defer(on: pool) { history.append("queued one ran") }
    loop.onStop { history.append("hook") }
    loop.addTimer(after: .seconds(5)) { loop.stop() }
    try loop.run()
    history.append("closed")
    #expect(
      history.all == [
        "hook", "a: CancellationError(), cancelled true", "a: CancellationError(), cancelled true", "a ends",
        "b: CancellationError(), cancelled true", "b: CancellationError(), cancelled true", "b ends",
        "c: CancellationError(), cancelled true", "c: CancellationError(), cancelled true", "c ends", "closed",
      ])
    #expect(pool.statistics.isFinished)
    #expect(pool.statistics.discarded == 3)
    // The workers of a virtual loop end with its closing.
    eventually { pool.statistics.threads == 0 }
  }

  @Test func `A5-closing-6 is what dropping a virtual loop does to what is parked there`() throws {
    let pool = DeferPool(threads: 1, name: "dropped")
    let history = SharedHistory()
    do {
      let loop = EventLoop.virtual()
      loop.defer(on: pool) {
        do {
          try DeferPool.sleep(for: .seconds(30))
        } catch {
          history.append("\(error)")
        }
      }
      try loop.run(for: .seconds(1))
    }
    history.wait(for: 1)
    #expect(history.all == ["CancellationError()"])
    eventually { pool.statistics.isFinished && pool.statistics.threads == 0 }
  }

  @Test func `A1-run-8 A5-closing-7 drops a job that is deferred after stop, in a hook, or later in closing`() throws {
    for isVirtual in [false, true] {
      let pool = DeferPool(threads: 1, name: "late")
      let history = SharedHistory()
      let loop = isVirtual ? EventLoop.virtual() : try EventLoop(PollerUnderTest.configuration)
      func submit(_ name: String) {
        loop.defer(on: pool) {
          history.append("\(name) ran")
        } callback: {
          history.append("\(name) leaked")
        }
      }
      loop.defer(on: pool) {
      } callback: {
        history.append("first run")
      }
      try watched(loop) { try loop.run(until: .idle) }
      loop.nextTick {
        loop.stop()
        submit("after stop")
      }
      loop.nextTick(releasing { submit("in a release") })
      loop.onStop { submit("in a hook") }
      var isFirst = true
      loop.whenClosing {
        if isFirst { submit("in a module's hook") }
        isFirst = false
      }
      try watched(loop) { try loop.run() }
      loop.defer(on: pool) {
      } callback: {
        history.append("second run")
      }
      try watched(loop) { try loop.run(until: .idle) }
      #expect(history.all == ["first run", "second run"])
      #expect(pool.statistics.isFinished)
      #expect(loop.statistics.keptFromIdleBy == [])
    }
  }

  @Test func `A2-pool-13 releases what the callbacks hold, on the loop's thread`() throws {
    let pool = DeferPool(threads: 1, name: "release")
    let (gate, started) = (Gate(), SharedHistory())
    var history: [String] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    let here = threadNumber()
    do {
      let canary = Canary { history.append("released here \(threadNumber() == here)") }
      loop.defer(on: pool) {
        started.append("runs")
        gate.wait()
      } callback: { _ in
        withExtendedLifetime(canary) {}
      }
    }
    started.wait(for: 1)
    loop.stop()
    history.append("closed")
    #expect(history == ["released here true", "closed"])
    gate.open()
    eventually { pool.statistics.isFinished }
  }
}

@Suite struct `A pool under stress` {
  @Test func `hears every outcome once, of jobs that succeed, fail, are cancelled and change threads`() throws {
    let pool = DeferPool(threads: 4, name: "stress", queueLimit: 200)
    let count = scaled(20_000)
    let loop = try EventLoop(PollerUnderTest.configuration)
    var numbers = SeededNumbers(seed: 9)
    var outcomes = Array(repeating: 0, count: count)
    var kinds: [String: Int] = [:]
    var submitted = 0
    func hear(_ number: Int, _ kind: String) {
      outcomes[number] += 1
      kinds[kind, default: 0] += 1
    }
    loop.tickLoop {
      for _ in 0..<20 where submitted < count {
        let number = submitted
        submitted += 1
        let draw = Int.random(in: 0..<10, using: &numbers)
        let job = loop.defer(on: pool) { () throws -> Int in
          if draw == 1 { throw Trouble("drawn") }
          if draw == 2 { try DeferPool.sleep(for: .microseconds(50)) }
          return number
        } callback: { value in
          #expect(value == number)
          hear(number, "success")
        } errback: { error in
          hear(number, "\(error)")
        }
        if draw == 3 { job.cancel() }
        if draw == 4 { loop.nextTick { job.cancel() } }
        if draw == 5, number % 100 == 0 { pool.threads = Int.random(in: 1...6, using: &numbers) }
      }
      return submitted < count ? .again : .stop
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(outcomes == Array(repeating: 1, count: count))
    #expect(kinds["success", default: 0] > 0)
    #expect(pool.statistics.isFinished)
    #expect(pool.statistics.queued == 0)
    #expect(pool.statistics.running == 0)
    pool.shutdown()
    #expect(pool.statistics.threads == 0)
  }

  @Test func `survives loops that close while their jobs are on every way`() throws {
    let pool = DeferPool(threads: 3, name: "rounds")
    let rounds = scaled(300)
    let threads = startThreads(2) { thread in
      attempt {
        var numbers = SeededNumbers(seed: UInt64(thread))
        for _ in 0..<rounds {
          let loop = try EventLoop(PollerUnderTest.configuration)
          var heard = 0
          for _ in 0..<20 {
            let job = loop.defer(on: pool) {
              spin(for: .microseconds(3))
            } callback: {
              heard += 1
            }
            if Bool.random(using: &numbers) { loop.nextTick { job.cancel() } }
          }
          let stopAfter = Int.random(in: 0...12, using: &numbers)
          loop.tickLoop {
            if heard >= stopAfter || pool.statistics.isFinished { loop.stop() }
            return .again
          }
          try loop.run()
        }
      }
    }
    threads.join()
    eventually { pool.statistics.isFinished }
    #expect(pool.statistics.queued == 0)
    #expect(pool.statistics.running == 0)
    #expect(pool.statistics.outstanding == 0)
  }
}
