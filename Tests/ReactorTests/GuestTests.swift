// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

/// A queue of operations on threads of their own, as a pool on a virtual loop would have: each begins where the loop
/// waits, one after the other, and delivers its result.
private final class Operations: Sendable {
  typealias Body = @Sendable (VirtualTime.Guest) throws -> Void

  let history = Locked<[String]>([])
  private let handle: LoopHandle
  private let queued = Locked<[(name: String, hold: Hold, body: Body)]>([])

  func note(_ text: String) {
    history.withLock { $0.append(text) }
    history.wakeAll()
  }

  init(on loop: EventLoop) {
    guard let time = loop.virtualTime else { preconditionFailure("a virtual loop") }
    handle = loop.handle
    time.addStarter { [unowned time] _ in
      guard let (name, hold, body) = self.queued.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
      time.begin { guest in
        _ = startThreads(1) { _ in
          self.note("\(name) begins at \(time.now)")
          do {
            try body(guest)
            self.note("\(name) ends at \(time.now)")
          } catch {
            self.note("\(name) cancelled at \(time.now)")
          }
          self.handle.schedule { loop in
            self.note("\(name) arrives at \(loop.now)")
            hold.release()
          }
          guest.end()
        }
      }
      return true
    }
  }

  /// A hold keeps the loop from going idle until the result has arrived; unlike a delivery it doesn't hold time.
  func queue(_ name: String, _ body: @escaping Body) {
    queued.withLock { $0.append((name, handle.hold(), body)) }
  }
}

@Suite struct `An operation in virtual time` {
  @Test func `A1-virtual-5 begins only where the loop would wait, one at a time, and its result is taken first`() throws
  {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    loop.nextTick {
      operations.queue("a") { _ in }
      operations.queue("b") { _ in }
      loop.nextTick { operations.note("second tick") }
      operations.note("first tick")
    }
    loop.addTimer(after: .seconds(1)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(
      operations.history.withLock { $0 } == [
        "first tick", "second tick", "a begins at 0.000000000 s", "a ends at 0.000000000 s",
        "a arrives at 0.000000000 s", "b begins at 0.000000000 s", "b ends at 0.000000000 s",
        "b arrives at 0.000000000 s", "timer",
      ])
  }

  @Test func `A5-virtual-2 A1-virtual-5 parked goes on at its deadline, before the timers of that instant`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    loop.addTimer(after: .seconds(1)) { operations.note("timer 1") }
    loop.addTimer(after: .seconds(2)) { operations.note("timer 2") }
    operations.queue("a") { try $0.park(for: .seconds(2)) }
    operations.queue("b") { try $0.park(for: .seconds(1)) }
    operations.queue("c") { try $0.park(for: .seconds(1)) }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "b begins at 0.000000000 s", "c begins at 0.000000000 s",
        "b ends at 1.000000000 s", "c ends at 1.000000000 s", "timer 1", "b arrives at 1.000000000 s",
        "c arrives at 1.000000000 s", "a ends at 2.000000000 s", "timer 2", "a arrives at 2.000000000 s",
      ])
  }

  @Test func `A1-virtual-5 parked for nothing still gives the turn back`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    for name in ["a", "b"] {
      operations.queue(name) { guest in
        for _ in 0..<2 {
          try guest.park(for: .seconds(-1))
          operations.note("\(name) goes on")
        }
      }
    }
    loop.addTimer(after: .seconds(1)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    // Whose deadline has come goes on before a queued one begins.
    let history = operations.history.withLock { $0 }
    #expect(history.filter { $0.contains("goes on") }.count == 4)
    #expect(history.last == "timer")
    #expect(history.first == "a begins at 0.000000000 s")
  }

  @Test func `A1-virtual-6 has the same history each time`() throws {
    func history() throws -> [String] {
      let loop = EventLoop.virtual()
      let operations = Operations(on: loop)
      for number in 0..<12 {
        operations.queue("op \(number)") { guest in
          for step in 0..<3 {
            try guest.park(for: .milliseconds((number * 7 + step * 3) % 5))
            operations.note("op \(number) step \(step)")
          }
        }
        loop.addTimer(after: .milliseconds(number)) { operations.note("timer \(number)") }
      }
      try watched(loop) { try loop.run(until: .idle) }
      return operations.history.withLock { $0 }
    }
    let first = try history()
    #expect(first.count == 12 * 7)
    for _ in 0..<20 { #expect(try history() == first) }
  }

  @Test func `A1-virtual-3 that runs holds time`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { _ in spin(for: .milliseconds(10)) }
    loop.addTimer(after: .nanoseconds(1)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "a ends at 0.000000000 s", "a arrives at 0.000000000 s", "timer",
      ])
  }

  @Test func `A1-virtual-7 starts and goes on in a block, and timers and results wait`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    loop.addTimer(after: .seconds(1)) {
      operations.queue("a") { try $0.park(for: .seconds(1)) }
      operations.queue("b") { try $0.park(for: .seconds(4)) }
      operations.note("blocks")
      loop.block(for: .seconds(3))
      operations.note("blocked until \(loop.now)")
    }
    loop.addTimer(after: .seconds(2)) { operations.note("timer at \(loop.now)") }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(
      operations.history.withLock { $0 } == [
        "blocks", "a begins at 1.000000000 s", "b begins at 1.000000000 s", "a ends at 2.000000000 s",
        "blocked until 4.000000000 s", "a arrives at 4.000000000 s", "timer at 4.000000000 s",
        "b ends at 5.000000000 s", "b arrives at 5.000000000 s",
      ])
  }

  @Test func `A5-virtual-3 goes on in a block that ends at its deadline, also outside a run`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { try $0.park(for: .seconds(3)) }
    operations.queue("b") { _ in }
    loop.block(for: .seconds(3))
    operations.note("blocked until \(loop.now)")
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "b begins at 0.000000000 s", "b ends at 0.000000000 s",
        "a ends at 3.000000000 s", "blocked until 3.000000000 s",
      ])
    loop.stop()
  }

  @Test func `cancelled while it is parked ends its sleep at the next waiting place`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    let parked = Locked<VirtualTime.Guest?>(nil)
    operations.queue("a") { guest in
      parked.withLock { $0 = guest }
      try guest.park(for: .seconds(100))
    }
    loop.addTimer(after: .seconds(1)) {
      operations.note("cancel")
      parked.withLock { $0 }?.cancel()
      loop.nextTick { operations.note("tick") }
    }
    loop.addTimer(after: .seconds(5)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "cancel", "tick", "a cancelled at 1.000000000 s", "a arrives at 1.000000000 s",
        "timer",
      ])
  }

  @Test func `cancelled before it parks doesn't sleep`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { guest in
      guest.cancel()
      try guest.park(for: .seconds(100))
    }
    try watched(loop) { try loop.run(for: .seconds(1)) }
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "a cancelled at 0.000000000 s", "a arrives at 0.000000000 s",
      ])
    loop.stop()
  }

  @Test func `A5-closing-6 parked is handed the thread at closing, in order of parking, and waited for`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    for (name, seconds) in [("a", 30), ("b", 10), ("c", 20)] {
      operations.queue(name) { guest in
        do { try guest.park(for: .seconds(seconds)) } catch {
          spin(for: .milliseconds(2))
          operations.note("\(name) cleans up")
          try guest.park(for: .seconds(1))
        }
      }
    }
    loop.onStop { operations.note("hook") }
    loop.addTimer(after: .seconds(1)) { loop.stop() }
    try watched(loop) { try loop.run() }
    operations.note("closed")
    #expect(
      operations.history.withLock { $0 }.dropFirst(3) == [
        "hook", "a cleans up", "a cancelled at 1.000000000 s", "b cleans up", "b cancelled at 1.000000000 s",
        "c cleans up", "c cancelled at 1.000000000 s", "closed",
      ])
  }

  @Test func `A5-virtual-9 starts in a turn with nothing due, even if it may not wait`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { _ in }
    operations.queue("b") { _ in }
    loop.addTimer(after: .seconds(1)) {}
    _ = try loop.turn(waitingAtMost: .zero)
    operations.note("turn ends")
    _ = try loop.turn(waitingAtMost: .zero)
    operations.note("turn ends")
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "a ends at 0.000000000 s", "a arrives at 0.000000000 s", "turn ends",
        "b begins at 0.000000000 s", "b ends at 0.000000000 s", "b arrives at 0.000000000 s", "turn ends",
      ])
    loop.stop()
  }

  @Test func `A5-hosting-2 parked shows in the next deadline`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { try $0.park(for: .seconds(3)) }
    _ = try loop.turn(waitingAtMost: .zero)
    #expect(loop.nextDeadline == .zero + .seconds(3))
    loop.addTimer(after: .seconds(1)) {}
    #expect(loop.nextDeadline == .zero + .seconds(1))
    loop.stop()
    #expect(loop.nextDeadline == nil)
  }

  @Test func `A5-virtual-2 parked is reached by a run for a duration that ends there`() throws {
    let loop = EventLoop.virtual()
    let operations = Operations(on: loop)
    operations.queue("a") { try $0.park(for: .seconds(3)) }
    try loop.run(for: .seconds(2))
    operations.note("2 s")
    try loop.run(for: .seconds(1))
    operations.note("3 s")
    loop.stop()
    #expect(
      operations.history.withLock { $0 } == [
        "a begins at 0.000000000 s", "2 s", "a ends at 3.000000000 s", "a arrives at 3.000000000 s", "3 s",
      ])
  }

  @Test func `A5-virtual-4 at a finite speed begins at once, beside the loop, and really sleeps`() throws {
    let loop = EventLoop.virtual()
    loop.virtualTime?.speed = 10
    let operations = Operations(on: loop)
    let slept = Locked<[Duration]>([])
    let count = 3
    for number in 0..<count {
      operations.queue("op \(number)") { guest in
        let started = machineTime()
        try guest.park(for: .milliseconds(100))
        let ended = machineTime()
        slept.withLock { $0.append(ended - started) }
      }
    }
    try watched(loop) { try loop.run(until: .idle) }
    #expect(slept.withLock { $0.allSatisfy { $0 >= .milliseconds(10) } })
    #expect(slept.withLock { $0.count } == count)
  }

  @Test func `A5-virtual-6 sleeping at a finite speed becomes parked when the speed becomes infinite`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    time.speed = 0.000_001
    let operations = Operations(on: loop)
    operations.queue("a") { try $0.park(for: .seconds(50)) }
    _ = startThreads(1) { _ in
      _ = operations.history.wait { $0.isEmpty ? nil : true }
      spin(for: .milliseconds(5))
      time.speed = .infinity
    }
    loop.addTimer(at: .zero + .seconds(49)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    let kinds = operations.history.withLock { $0 }.map { $0.split(separator: " at ")[0] }
    #expect(kinds == ["a begins", "timer", "a ends", "a arrives"])
    #expect(loop.now >= .zero + .seconds(50))
  }

  @Test func `A5-virtual-6 running at a finite speed holds time when the speed becomes infinite`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    time.speed = 0.000_001
    let operations = Operations(on: loop)
    operations.queue("a") { _ in
      time.speed = .infinity
      spin(for: .milliseconds(10))
      operations.note("a has worked")
    }
    loop.addTimer(after: .seconds(1)) { operations.note("timer") }
    try watched(loop) { try loop.run(until: .idle) }
    let kinds = operations.history.withLock { $0 }.map { $0.split(separator: " at ")[0] }
    #expect(kinds == ["a begins", "a has worked", "a ends", "a arrives", "timer"])
  }

  @Test func `A5-closing-6 that runs at a finite speed while the loop closes doesn't sleep in the next run`() throws {
    let loop = EventLoop.virtual()
    let time = try #require(loop.virtualTime)
    time.speed = 1
    let operations = Operations(on: loop)
    let gate = Locked(false)
    let outcome = Locked<String?>(nil)
    operations.queue("a") { guest in
      _ = gate.wait { $0 ? true : nil }
      do {
        try guest.park(for: .seconds(3600))
        outcome.withLock { $0 = "slept" }
      } catch {
        outcome.withLock { $0 = "cancelled" }
      }
      outcome.wakeAll()
    }
    try watched(loop) { try loop.run(for: .milliseconds(1)) }
    loop.stop()
    gate.withLock { $0 = true }
    gate.wakeAll()
    let end = try EventLoop().now + .seconds(10)
    #expect(outcome.wait(until: end) { $0 } == "cancelled")
  }

  @Test func `A5-closing-6 parked ends when the loop is dropped`() throws {
    let operations: Operations
    do {
      let loop = EventLoop.virtual()
      operations = Operations(on: loop)
      operations.queue("a") { try $0.park(for: .seconds(3)) }
      _ = try loop.turn(waitingAtMost: .zero)
      operations.note("drop")
    }
    #expect(
      operations.history.withLock { $0 } == ["a begins at 0.000000000 s", "drop", "a cancelled at 0.000000000 s"])
  }
}
