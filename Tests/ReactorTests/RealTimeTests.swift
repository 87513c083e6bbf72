// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

/// The only tests whose point is the real clock.
///
/// None has an upper bound on a single time.
@Suite struct `Real time` {
  typealias Poller = EventLoop.PollerKind

  @Test(arguments: Poller.available)
  func `A1-timers-1 is never early, by ten thousand delays`(_ poller: Poller) throws {
    var numbers = SeededNumbers(seed: 11)
    var early: [Duration] = []
    let count = scaled(10_000)
    var left = count
    try withRealLoop(poller: poller) { loop in
      for _ in 0..<count {
        let delay = Duration.nanoseconds(Int64.random(in: 0..<200_000_000, using: &numbers))
        let called = loop.now
        loop.addTimer(after: delay) {
          let late = loop.now - (called + delay)
          if late < .zero { early.append(late) }
          left -= 1
          if left == 0 { loop.stop() }
        }
      }
    }
    #expect(early == [])
    #expect(left == 0)
  }

  @Test(arguments: Poller.available)
  func `A1-timers-1 is never early, where each wait is for one timer`(_ poller: Poller) throws {
    var numbers = SeededNumbers(seed: 12)
    var early: [Duration] = []
    var left = scaled(1000)
    try withRealLoop(poller: poller) { loop in
      func next() {
        left -= 1
        if left == 0 { return loop.stop() }
        let delay = Duration.nanoseconds(Int64.random(in: 0..<1_000_000, using: &numbers))
        let called = loop.now
        loop.addTimer(after: delay) {
          let late = loop.now - (called + delay)
          if late < .zero { early.append(late) }
          next()
        }
      }
      next()
    }
    #expect(early == [])
  }

  @Test(arguments: Poller.available)
  func `fires at once what was due before the clock began`(_ poller: Poller) throws {
    var history: [String] = []
    try withRealLoop(poller: poller) { loop in
      loop.addTimer(at: Instant(nanoseconds: .min)) { history.append("first") }
      loop.addTimer(at: Instant(nanoseconds: .min + 1)) { history.append("second") }
      loop.addTimer(at: Instant(nanoseconds: -1)) {
        history.append("third")
        loop.stop()
      }
    }
    #expect(history == ["first", "second", "third"])
  }

  @Test(arguments: Poller.available)
  func `takes fewer than three turns for a timer`(_ poller: Poller) throws {
    var turns = 0
    try withRealLoop(poller: poller) { loop in
      var left = 100
      func next() {
        left -= 1
        if left == 0 {
          turns = loop.statistics.turns
          return loop.stop()
        }
        loop.addTimer(after: .microseconds(1700)) { next() }
      }
      next()
    }
    #expect(turns < 300)
  }

  @Test(.enabled(if: isFullSpeed), arguments: Poller.available)
  func `costs an idle loop no processor time`(_ poller: Poller) throws {
    let pipe = DescriptorPair.pipe()
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    #expect(loop.pollerKind == poller)
    try loop.watch(pipe.readEnd, for: .readable) { _ in }
    loop.addTimer(after: .seconds(3600)) {}
    try loop.run(for: .milliseconds(1))
    // The best of three: the rest of the machine has its share in what the kernel counts.
    var costs: [Duration] = []
    while costs.count < 3, costs.allSatisfy({ $0 >= .milliseconds(1) }) {
      let before = processorTime()
      let turns = loop.statistics.turns
      try loop.run(for: .seconds(2))
      costs.append(processorTime() - before)
      #expect(loop.statistics.turns - turns < 3)
    }
    #expect(costs.contains { $0 < .milliseconds(1) }, "\(costs)")
    loop.stop()
  }

  @Test(arguments: Poller.available)
  func `A1-api-7 is read afresh, and never goes back`(_ poller: Poller) throws {
    try withRealLoop(poller: poller) { loop in
      loop.nextTick {
        var last = loop.now
        for _ in 0..<10_000 {
          let now = loop.now
          #expect(now >= last)
          last = now
        }
        let before = loop.now
        spin(for: .microseconds(100))
        #expect(loop.now >= before + .microseconds(100))
        loop.stop()
      }
    }
  }
}

@Suite struct `A chain of ticks` {
  typealias Poller = EventLoop.PollerKind

  /// How many turns pass between the call of `cause`, in a tick, and the call of what it is given, again and again at
  /// different places of the chain; ticks take `length`.
  private func delays(
    on poller: Poller, length: Duration? = nil, rounds: Int,
    _ cause: (EventLoop, @escaping () -> Void) throws -> () -> Void
  ) throws -> [Int] {
    var delays: [Int] = []
    try withRealLoop(poller: poller) { loop in
      var began = 0
      var pause = 0
      let go = try cause(loop) {
        delays.append(loop.statistics.turns - began)
        pause = 1 + delays.count * 37 % 150
        if delays.count == rounds { loop.stop() }
      }
      func tick() {
        if let length { spin(for: length) }
        pause -= 1
        if pause == 0 {
          began = loop.statistics.turns
          go()
        }
        loop.nextTick(tick)
      }
      pause = 300
      tick()
    }
    return delays
  }

  @Test(arguments: Poller.available)
  func `D3-turn-6 delays no due timer by more than 64 turns`(_ poller: Poller) throws {
    let found = try delays(on: poller, rounds: scaled(300)) { loop, called in
      return { loop.addTimer(after: .zero, called) }
    }
    #expect(found.allSatisfy { (1...64).contains($0) }, "\(found)")
  }

  @Test(arguments: Poller.available)
  func `D3-turn-6 delays no ready descriptor by more than 64 turns`(_ poller: Poller) throws {
    let pipe = DescriptorPair.pipe()
    let found = try delays(on: poller, rounds: scaled(300)) { loop, called in
      try loop.watch(pipe.readEnd, for: .readable) { _ in
        _ = pipe.receive()
        called()
      }
      return { pipe.send() }
    }
    #expect(found.allSatisfy { (1...64).contains($0) }, "\(found)")
  }

  @Test(arguments: Poller.available)
  func `D3-turn-6 delays no arrival by more than one turn`(_ poller: Poller) throws {
    let found = try delays(on: poller, rounds: scaled(300)) { loop, called in
      return { loop.expect { (_: Int) in called() }.deliver(1) }
    }
    #expect(found.allSatisfy { $0 == 1 }, "\(found)")
  }

  @Test(arguments: Poller.available)
  func `D3-turn-6 delays nothing by more than one turn once ticks take over 50 µs`(_ poller: Poller) throws {
    let pipe = DescriptorPair.pipe()
    let watched = try delays(on: poller, length: .microseconds(60), rounds: 50) { loop, called in
      try loop.watch(pipe.readEnd, for: .readable) { _ in
        _ = pipe.receive()
        called()
      }
      return { pipe.send() }
    }
    #expect(watched.allSatisfy { $0 == 1 }, "\(watched)")
    let timed = try delays(on: poller, length: .microseconds(60), rounds: 50) { loop, called in
      return { loop.addTimer(after: .zero, called) }
    }
    #expect(timed.allSatisfy { $0 == 1 }, "\(timed)")
  }

  @Test(.enabled(if: isFullSpeed), arguments: Poller.available)
  func `D3-turn-6 doubles the turns that pass a look over from 1, up to 64`(_ poller: Poller) throws {
    let recorder = Recorder(.steps)
    try withRealLoop(poller: poller) { loop in
      loop.observer = recorder
      var left = 5000
      func tick() {
        left -= 1
        if left == 0 { loop.stop() } else { loop.nextTick(tick) }
      }
      tick()
    }
    var turn = 0
    var looks: [Int] = []
    for event in recorder.events {
      if event.kind == .turnBegin { turn = event.first }
      if event.kind == .stepBegin, event.first == 1 { looks.append(turn) }
    }
    let distances = zip(looks.dropFirst(), looks).map { $0 - $1 }
    #expect(distances.allSatisfy { (1...64).contains($0) })
    #expect(zip(distances.dropFirst(), distances).allSatisfy { $0 <= 2 * $1 })
    #expect(distances.first == 1)
    #expect(distances.contains { $0 > 1 })
  }

  @Test func `D3-turn-6 looks in every turn that a host makes`() throws {
    let recorder = Recorder(.steps)
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.observer = recorder
    func tick() { loop.nextTick(tick) }
    tick()
    for _ in 0..<50 { _ = try loop.turn() }
    #expect(recorder.events.count { $0.kind == .stepBegin && $0.first == 1 } == 50)
    loop.stop()
  }
}
