// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `A one-shot timer` {
  @Test func `T-01 fires once`() throws {
    var history: [Instant] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(5)) { history.append(loop.now) }
    try loop.run(for: .seconds(20))
    #expect(history == [.zero + .seconds(5)])
  }

  @Test func `T-02 takes a function`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    func work() { history.append("fired") }
    loop.addTimer(after: .seconds(5), work)
    try loop.run(until: .idle)
    #expect(history == ["fired"])
  }

  @Test func `T-03 that is cancelled never fires`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(1)) { history.append("fired") }
    loop.addTimer(after: .milliseconds(500)) { timer.cancel() }
    try loop.run(for: .seconds(10))
    #expect(history == [])
  }

  @Test func `B-04 of zero seconds fires, and the run returns`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.addTimer(after: .zero) {
        history.append("fired")
        loop.stop()
      }
    }
    #expect(history == ["fired"])
  }

  @Test func `T-10 A1-timers-7 of 378 years doesn't fire, doesn't keep idle waiting and disturbs nobody`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let far = loop.addTimer(after: .seconds(11_948_602_000)) { history.append("far") }
    loop.addTimer(after: .milliseconds(20)) { history.append("near") }
    #expect(far.isPending)
    #expect(far.deadline == .never)
    try loop.run(until: .idle)
    #expect(history == ["near"])
    #expect(loop.now == .zero + .milliseconds(20))
  }

  @Test(arguments: [Duration.seconds(Int64.max), .nanoseconds(Int64.max), .seconds(9_300_000_000)])
  func `A1-timers-7 of a huge delay is never due`(_ delay: Duration) throws {
    let loop = try EventLoop(PollerUnderTest.configuration)
    let timer = loop.addTimer(after: delay) {}
    #expect(timer.deadline == .never)
    #expect(loop.nextDeadline == nil)
    try loop.run(until: .idle)
    #expect(!timer.isPending)
  }

  @Test func `A1-timers-7 moved to never lets the loop go idle, and may come back`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(1)) { history.append("fired at \(loop.now)") }
    #expect(timer.reset(at: .never))
    #expect(loop.nextDeadline == nil)
    #expect(loop.statistics.keptFromIdleBy == [])
    #expect(timer.reset(after: .seconds(2)))
    #expect(loop.statistics.keptFromIdleBy == ["1 timer"])
    try loop.run(until: .idle)
    #expect(history == ["fired at 2.000000000 s"])
  }

  @Test func `T-11 raises the count of pending timers by one`() {
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(3)) {}
    let before = loop.statistics.timersPending
    let timer = loop.addTimer(after: .seconds(3)) {}
    #expect(loop.statistics.timersPending == before + 1)
    timer.cancel()
    #expect(loop.statistics.timersPending == before)
  }

  @Test func `T-12 doesn't count as pending inside its own callback`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    history.append(loop.statistics.timersPending)
    loop.addTimer(after: .seconds(1)) { history.append(loop.statistics.timersPending) }
    history.append(loop.statistics.timersPending)
    try loop.run(until: .idle)
    #expect(history == [0, 1, 0])
  }

  @Test func `A1-timers-6 with a negative delay is due at once`() throws {
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(-5)) {}
    #expect(timer.deadline == .zero)
    loop.addTimer(after: .nanoseconds(Int64.min)) {}
    loop.addTimer(after: .seconds(Int64.min)) {}
    try loop.run(for: .zero)
    #expect(loop.statistics.timersFired == 3)
  }

  @Test func `fires in the next turn if its instant has passed`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(5)) {
      loop.addTimer(at: .zero) { history.append("at zero, now \(loop.now)") }
      loop.addTimer(at: Instant(nanoseconds: .min)) { history.append("long ago, now \(loop.now)") }
    }
    try loop.run(until: .idle)
    #expect(history == ["long ago, now 5.000000000 s", "at zero, now 5.000000000 s"])
  }

  @Test func `A1-timers-2 rounds its delay to the nearest nanosecond`() {
    let loop = EventLoop.virtual()
    let deadlines = [
      Duration.seconds(2.2), Duration(secondsComponent: 0, attosecondsComponent: 1_500_000_000),
      Duration(secondsComponent: 0, attosecondsComponent: 1_499_999_999), .seconds(7200) + .nanoseconds(1),
    ].map { loop.addTimer(after: $0) {}.deadline }
    #expect(
      deadlines == [2_200_000_000, 2, 1, 7_200_000_000_001].map { Instant(nanoseconds: $0) })
    #expect(Duration.seconds(2.2) == Duration(secondsComponent: 2, attosecondsComponent: 200_000_000_000_000_192))
  }

  @Test func `A1-timers-2 counts its delay from the call, not from the look`() throws {
    var late = Duration.zero
    try withRealLoop { loop in
      loop.nextTick {
        spin(for: .milliseconds(20))
        let called = loop.now
        let timer = loop.addTimer(after: .milliseconds(5)) {
          late = loop.now - called
          loop.stop()
        }
        #expect(timer.deadline.map { $0 >= called + .milliseconds(5) } == true)
      }
    }
    #expect(late >= .milliseconds(5))
  }

  @Test func `A1-timers-3 fires after those of the same deadline that were armed before it`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    for number in 0..<100 { loop.addTimer(at: .zero + .seconds(number % 2 == 0 ? 2 : 1)) { history.append(number) } }
    try loop.run(until: .idle)
    let odd = stride(from: 1, to: 100, by: 2), even = stride(from: 0, to: 100, by: 2)
    #expect(history == Array(odd) + Array(even))
  }

  @Test func `A1-timers-4 armed during a turn never fires in that turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1)) {
      history.append("first, turn \(loop.statistics.turns)")
      loop.addTimer(after: .zero) { history.append("armed there, turn \(loop.statistics.turns)") }
      loop.addTimer(at: .zero) { history.append("armed for the past, turn \(loop.statistics.turns)") }
    }
    loop.addTimer(after: .seconds(1)) { history.append("second, turn \(loop.statistics.turns)") }
    try loop.run(until: .idle)
    #expect(
      history == [
        "first, turn 1", "second, turn 1", "armed for the past, turn 2", "armed there, turn 2",
      ])
  }

  @Test func `A1-timers-4 armed for the past while ticks run fires in the next turn of a real loop`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.nextTick {
        let turn = loop.statistics.turns
        loop.addTimer(after: .zero) {
          history.append("fired \(loop.statistics.turns - turn) turns later")
          loop.stop()
        }
      }
    }
    #expect(history == ["fired 1 turns later"])
  }

  @Test func `A1-api-28 A1-own-3 frees its closure at once when it is cancelled, and twice is once`() {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(1), releasing { history.append("released") })
    history.append("armed")
    history.append("cancelled: \(timer.cancel())")
    history.append("cancelled: \(timer.cancel())")
    #expect(history == ["armed", "released", "cancelled: true", "cancelled: false"])
  }

  @Test func `A1-api-28 may cancel others when its closure is released`() {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let other = loop.addTimer(after: .seconds(2), releasing { history.append("other released") })
    let timer = loop.addTimer(
      after: .seconds(1),
      releasing {
        history.append("released")
        other.cancel()
        loop.addTimer(after: .seconds(3)) { history.append("fired") }
      })
    timer.cancel()
    #expect(history == ["released", "other released"])
    #expect(loop.statistics.timersPending == 1)
  }

  @Test func `A1-own-3 frees its closure when it has fired`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .seconds(1), releasing { history.append("released") })
    loop.addTimer(after: .seconds(1)) { history.append("next") }
    try loop.run(until: .idle)
    #expect(history == ["released", "next"])
  }

  @Test func `A1-api-29 tells whether it is pending and when it is due`() throws {
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(1)) {}
    var history = ["\(timer.isPending) \(timer.deadline?.description ?? "-")"]
    let other = loop.addTimer(after: .seconds(1)) {}
    loop.addTimer(after: .seconds(1)) {
      history.append("\(timer.isPending) \(timer.deadline?.description ?? "-")")
      history.append("\(other.isPending)")
    }
    try loop.run(until: .idle)
    #expect(history == ["true 1.000000000 s", "false -", "false"])
  }

  @Test func `A1-api-29 isn't pending in its own callback`() throws {
    var history: [Bool] = []
    let loop = EventLoop.virtual()
    var timer: OneShotTimer?
    timer = loop.addTimer(after: .seconds(1)) {
      history += [timer?.isPending, timer?.cancel(), timer?.reset(after: .seconds(1))].compactMap { $0 }
    }
    try loop.run(until: .idle)
    #expect(history == [false, false, false])
  }

  @Test func `A1-own-1 A1-own-2 that nobody holds fires`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    do { _ = loop.addTimer(after: .seconds(1)) { history.append("fired") } }
    try loop.run(until: .idle)
    #expect(history == ["fired"])
  }

  @Test func `finds nothing when another timer has its place`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let old = loop.addTimer(after: .seconds(1)) { history.append("old") }
    old.cancel()
    let new = loop.addTimer(after: .seconds(2)) { history.append("new") }
    history.append("\(old.isPending) \(old.cancel()) \(old.reset(after: .zero)) \(new.isPending)")
    try loop.run(until: .idle)
    #expect(history == ["false false false true", "new"])
  }

  @Test func `does nothing once its loop is gone`() {
    var loop: EventLoop? = EventLoop.virtual()
    let timer = loop?.addTimer(after: .seconds(1)) {}
    loop = nil
    #expect(timer?.isPending == false)
    #expect(timer?.cancel() == false)
    #expect(timer?.reset(after: .seconds(1)) == false)
    #expect(timer?.deadline == nil)
  }
}

@Suite struct `Cancelling a timer that is due in the same turn` {
  @Test func `works from a timer`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var second: OneShotTimer?
    loop.addTimer(after: .seconds(1)) {
      history.append("first")
      history.append("cancelled: \(second?.cancel() == true)")
    }
    second = loop.addTimer(after: .seconds(1), releasing { history.append("second released") })
    loop.addTimer(after: .seconds(1)) { history.append("third") }
    try loop.run(until: .idle)
    #expect(history == ["first", "second released", "cancelled: true", "third"])
  }

  @Test func `works from itself, where it is no longer pending`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var timer: OneShotTimer?
    timer = loop.addTimer(after: .seconds(1)) { history.append("cancelled: \(timer?.cancel() == true)") }
    try loop.run(until: .idle)
    #expect(history == ["cancelled: false"])
    #expect(loop.statistics.timersPending == 0)
  }

  @Test func `works from a tick, for a timer that the next look would find due`() throws {
    var history: [String] = []
    try withRealLoop { loop in
      loop.nextTick {
        let timer = loop.addTimer(after: .zero) { history.append("fired") }
        loop.nextTick {
          // The timer step of this turn is over: a real loop that passed looks over has not fired it yet.
          history.append("pending: \(timer.isPending)")
          loop.stop()
        }
        timer.cancel()
      }
    }
    #expect(history == ["pending: false"])
  }

  @Test(arguments: EventLoop.PollerKind.available)
  func `works from a watch, for a timer that came due during it`(_ poller: EventLoop.PollerKind) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send()
    try withRealLoop(poller: poller) { loop in
      let timer = loop.addTimer(after: .milliseconds(1)) { history.append("timer fired") }
      try loop.watch(pipe.readEnd, for: .readable) { _ in
        // If the loop was so slow that it fired first, there is nothing to cancel.
        if !timer.isPending { history.removeAll() }
        spin(for: .milliseconds(2))
        timer.cancel()
        _ = pipe.receive()
        loop.addTimer(after: .milliseconds(1)) { loop.stop() }
      }
    }
    #expect(history == [])
  }

  @Test func `and arming another in its place fires that one only, in the next turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var second: OneShotTimer?
    loop.addTimer(after: .seconds(1)) {
      second?.cancel()
      loop.addTimer(after: .zero) { history.append("new, turn \(loop.statistics.turns)") }
    }
    second = loop.addTimer(after: .seconds(1)) { history.append("second") }
    loop.addTimer(after: .seconds(1)) { history.append("third, turn \(loop.statistics.turns)") }
    try loop.run(until: .idle)
    #expect(history == ["third, turn 1", "new, turn 2"])
  }
}

@Suite struct `Resetting a timer` {
  /// Two timers, at 1 s and 2 s; the second is moved from outside.
  private func history(moving delay: Duration) throws -> [String] {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let moved = loop.addTimer(after: .seconds(2)) { history.append("moved at \(loop.now)") }
    loop.addTimer(after: .seconds(2)) { history.append("other at \(loop.now)") }
    history.append("\(moved.reset(after: delay))")
    try loop.run(until: .idle)
    return history
  }

  @Test func `A1-api-29 to earlier makes it fire earlier`() throws {
    #expect(try history(moving: .seconds(1)) == ["true", "moved at 1.000000000 s", "other at 2.000000000 s"])
  }

  @Test func `A1-api-29 to later makes it fire later`() throws {
    #expect(try history(moving: .seconds(3)) == ["true", "other at 2.000000000 s", "moved at 3.000000000 s"])
  }

  @Test func `A1-timers-3 to the same deadline makes it the last armed`() throws {
    #expect(try history(moving: .seconds(2)) == ["true", "other at 2.000000000 s", "moved at 2.000000000 s"])
  }

  @Test func `to later and back to earlier leaves the last word`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(2)) { history.append("\(loop.now)") }
    for seconds in [5, 3, 9, 1, 4] { timer.reset(at: .zero + .seconds(seconds)) }
    #expect(timer.deadline == .zero + .seconds(4))
    #expect(loop.nextDeadline == .zero + .seconds(4))
    try loop.run(until: .idle)
    #expect(history == ["4.000000000 s"])
  }

  @Test func `A1-timers-8 that has fired or was cancelled does nothing and answers false`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let fired = loop.addTimer(after: .seconds(1)) { history.append("fired") }
    let cancelled = loop.addTimer(after: .seconds(1)) { history.append("never") }
    cancelled.cancel()
    try loop.run(for: .seconds(1))
    history.append("\(fired.reset(after: .seconds(1))) \(cancelled.reset(after: .seconds(1)))")
    history.append("\(fired.reset(at: .zero)) \(cancelled.reset(at: .zero))")
    #expect(loop.statistics.timersPending == 0)
    try loop.run(until: .idle)
    #expect(history == ["fired", "false false", "false false"])
  }

  @Test(arguments: [Duration.seconds(1), .nanoseconds(1)])
  func `A1-timers-5 to later in the step in which it is due makes it wait`(_ delay: Duration) throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var moved: OneShotTimer?
    loop.addTimer(after: .seconds(1)) { moved?.reset(after: delay) }
    moved = loop.addTimer(after: .seconds(1)) { history.append("moved at \(loop.now)") }
    loop.addTimer(after: .seconds(1)) { history.append("other at \(loop.now)") }
    try loop.run(until: .idle)
    #expect(history == ["other at 1.000000000 s", "moved at \(Instant.zero + .seconds(1) + delay)"])
  }

  @Test(arguments: [Instant.zero, .zero + .seconds(1), Instant(nanoseconds: -5)])
  func `A1-timers-4 to earlier or equal in the step in which it is due arms it anew, for the next turn`(
    _ deadline: Instant
  ) throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var moved: OneShotTimer?
    loop.addTimer(after: .seconds(1)) { moved?.reset(at: deadline) }
    moved = loop.addTimer(after: .seconds(1)) { history.append("moved, turn \(loop.statistics.turns)") }
    loop.addTimer(after: .seconds(1)) { history.append("other, turn \(loop.statistics.turns)") }
    try loop.run(until: .idle)
    #expect(history == ["other, turn 1", "moved, turn 2"])
  }

  @Test func `to earlier, into the step that runs, makes it wait for the next turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let moved = loop.addTimer(after: .seconds(9)) {
      history.append("moved at \(loop.now), turn \(loop.statistics.turns)")
    }
    loop.addTimer(after: .seconds(1)) { moved.reset(after: .zero) }
    loop.addTimer(after: .seconds(1)) { history.append("other at \(loop.now), turn \(loop.statistics.turns)") }
    try loop.run(until: .idle)
    #expect(history == ["other at 1.000000000 s, turn 1", "moved at 1.000000000 s, turn 2"])
  }

  @Test func `in the step in which it is due, to never, keeps it pending and lets the loop go idle`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var moved: OneShotTimer?
    loop.addTimer(after: .seconds(1)) { moved?.reset(at: .never) }
    moved = loop.addTimer(after: .seconds(1)) { history.append("moved") }
    try loop.run(for: .seconds(2))
    #expect(moved?.isPending == true)
    #expect(loop.statistics.keptFromIdleBy == [])
    try loop.run(until: .idle)
    #expect(history == [])
  }

  @Test func `over and over, as a timeout is, keeps the table of timers small`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(1)) { history.append("timed out at \(loop.now)") }
    for step in 1...scaled(100_000) {
      timer.reset(at: .zero + .seconds(1) + .nanoseconds(step))
      timer.reset(at: .zero + .seconds(1) - .nanoseconds(step))
    }
    timer.reset(after: .seconds(1))
    try loop.run(until: .idle)
    #expect(history == ["timed out at 1.000000000 s"])
  }
}

@Suite struct `A million timers` {
  @Test func `A1-own-3 free their closures at once when they are cancelled`() {
    let loop = EventLoop.virtual()
    let count = scaled(1_000_000)
    var released = 0
    final class Counter {
      let count: () -> Void
      init(_ count: @escaping () -> Void) { self.count = count }
      deinit { count() }
    }
    var timers: [OneShotTimer] = []
    timers.reserveCapacity(count)
    for number in 0..<count {
      let counter = Counter { released += 1 }
      timers.append(loop.addTimer(after: .seconds(1 + number % 97)) { withExtendedLifetime(counter) {} })
    }
    #expect(loop.statistics.timersPending == count)
    #expect(released == 0)
    for timer in timers { timer.cancel() }
    #expect(released == count)
    #expect(loop.statistics.timersPending == 0)
    #expect(loop.nextDeadline == nil)
  }

  @Test func `fire by deadline, equal ones in the order armed`() throws {
    let loop = EventLoop.virtual()
    let count = scaled(200_000)
    var numbers = SeededNumbers(seed: 7)
    var fired: [(deadline: Int, order: Int)] = []
    for order in 0..<count {
      let deadline = Int.random(in: 0..<1000, using: &numbers)
      loop.addTimer(at: Instant(nanoseconds: Int64(deadline))) { fired.append((deadline, order)) }
    }
    try loop.run(until: .idle)
    #expect(fired.count == count)
    #expect(zip(fired, fired.dropFirst()).allSatisfy { $0 < $1 })
  }
}
