// SPDX-License-Identifier: Apache-2.0

#if DEBUG  // a release build has no testable imports
import TestSupport
import Testing

@testable import Concurrency

@Suite struct `The crew of a pool` {
  @Test func `ends when its pool goes with a job that was cancelled in the queue`() throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    for _ in 0..<50 {
      weak var crew: PoolCrew?
      do {
        let pool = DeferPool(threads: 1, name: "going")
        crew = pool.crew
        loop.defer(on: pool) { 1 }.cancel()
      }
      // Whoever passes over the cancelled job is the last to hold the pool, unless it was taken before.
      try watched(loop) { try loop.run(until: .idle) }
      eventually { crew == nil }
    }
  }

  @Test func `ends when its pool goes with a job whose loop has closed`() throws {
    for _ in 0..<50 {
      weak var crew: PoolCrew?
      do {
        let pool = DeferPool(threads: 1, name: "going")
        crew = pool.crew
        let loop = try EventLoop(PollerUnderTest.configuration)
        try watched(loop) {
          try loop.run { loop in
            loop.defer(on: pool) { 1 }
            loop.stop()
          }
        }
      }
      eventually { crew == nil }
    }
  }

  @Test func `serves others while a worker lets go of a value that nobody wants, however long that takes`() throws {
    final class Slow: Sendable {
      let gate: Gate
      let history: SharedHistory
      init(_ gate: Gate, _ history: SharedHistory) {
        self.gate = gate
        self.history = history
      }
      deinit {
        history.append("letting go")
        gate.wait()
      }
    }
    let (gate, begun, history) = (Gate(), Gate(), SharedHistory())
    let pool = DeferPool(threads: 2, name: "letting go")
    let gone = try EventLoop(PollerUnderTest.configuration)
    gone.defer(on: pool) { () -> Slow in
      history.append("begun")
      begun.wait()
      return Slow(gate, history)
    }
    history.wait(for: 1)
    gone.stop()
    begun.open()
    history.wait(for: 2)
    let loop = try EventLoop(PollerUnderTest.configuration)
    for number in 1...20 {
      loop.defer(on: pool) {
        number
      } callback: {
        history.append("heard \($0)")
      }
    }
    loop.defer(on: pool) {
    } callback: {
      gate.open()
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(history.all.count == 22)
  }

  @Test func `with a limited queue needs one thread for jobs that come one at a time`() throws {
    let pool = DeferPool(threads: 8, name: "limited", queueLimit: 10)
    let loop = try EventLoop(PollerUnderTest.configuration)
    var left = scaled(20_000)
    func next() {
      guard left > 0 else { return }
      left -= 1
      loop.defer(on: pool) {
      } callback: {
        next()
      }
    }
    next()
    try watched(loop) { try loop.run(until: .idle) }
    #expect(pool.statistics.threads == 1)
  }
}

@Suite struct `A race that is left` {
  @Test func `is not abandoned while one of its parts may still settle it`() throws {
    var lost: DefaultDeferrable<Int, Never>? = DefaultDeferrable()
    let left = DefaultDeferrable<Int, Never>()
    var derived = lost?.map { $0 }
    derived?.callback { _ in }
    let race = derived.map { DefaultDeferrable<Int, Never>.race([$0, left]) }
    try EventLoop.virtual().run { loop in
      // Once as left by its source, and once more when it is reported itself.
      lost = nil
      derived = nil
      loop.stop()
    }
    #expect(race?.deferral.flags.contains(.abandoned) == false)
    left.succeed(1)
    #expect(race?.status == .succeeded(1))
    withExtendedLifetime((lost, derived)) {}
  }
}
#endif
