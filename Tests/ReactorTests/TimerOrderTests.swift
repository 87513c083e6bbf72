// SPDX-License-Identifier: Apache-2.0

#if DEBUG  // a release build has no testable imports
import TestSupport
import Testing

@testable import Reactor

@Suite struct `The order of arming` {
  @Test(arguments: [0, 1, 2, 3, 5, 9, 10] as [UInt32])
  func `A5-timers-1 is numbered anew before its numbers run out`(_ left: UInt32) throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    for number in 0..<5 { loop.addTimer(after: .seconds(1)) { history.append(number) } }
    loop.timers.pointee.setOrders(left: left)
    for number in 5..<15 { loop.addTimer(after: .seconds(1)) { history.append(number) } }
    try loop.run(until: .idle)
    #expect(history == Array(0..<15))
  }

  @Test(arguments: 0...6 as ClosedRange<UInt32>)
  func `A5-timers-1 holds when a reset uses the last number`(_ left: UInt32) throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let names = ["a", "b", "c", "d"]
    let timers = names.map { name in loop.addTimer(after: .seconds(2)) { history.append("\(name) \(loop.now)") } }
    loop.timers.pointee.setOrders(left: left)
    timers[0].reset(after: .seconds(2))
    timers[1].reset(after: .seconds(3))
    timers[2].reset(after: .seconds(1))
    timers[1].reset(after: .seconds(2))
    try loop.run(until: .idle)
    #expect(history == ["c 1.000000000 s", "d 2.000000000 s", "a 2.000000000 s", "b 2.000000000 s"])
  }

  @Test func `A5-timers-1 holds when the numbers run out in the middle of a step`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var timers: [OneShotTimer] = []
    loop.addTimer(after: .seconds(1)) {
      loop.timers.pointee.setOrders(left: 1)
      for number in 0..<3 { loop.addTimer(after: .zero) { history.append("armed \(number)") } }
      timers[1].cancel()
      timers[2].reset(after: .zero)
    }
    timers = ["b", "c", "d", "e"].map { name in loop.addTimer(after: .seconds(1)) { history.append(name) } }
    try loop.run(until: .idle)
    #expect(history == ["b", "e", "armed 0", "armed 1", "armed 2", "d"])
  }
}

@Suite struct `The heap of timers` {
  @Test func `drops stale keys when most are`() {
    let loop = EventLoop.virtual()
    let kept = loop.addTimer(after: .seconds(90)) {}
    let timers = (0..<scaled(100_000)).map { loop.addTimer(after: .seconds(60 + $0 % 7)) {} }
    for timer in timers { timer.cancel() }
    #expect(loop.timers.pointee.keyCount <= 65)
    #expect(kept.isPending)
  }

  @Test func `is empty when the last timer was cancelled`() {
    let loop = EventLoop.virtual()
    let timers = (0..<50).map { loop.addTimer(after: .seconds(60 - $0)) {} }
    for timer in timers { timer.cancel() }
    #expect(loop.timers.pointee.keyCount == 0)
  }

  @Test func `keeps nothing of a timer that is cancelled before another is armed`() {
    let loop = EventLoop.virtual()
    for second in 1...20 { loop.addTimer(after: .seconds(second)) {} }
    for second in 1...40 { loop.addTimer(after: .seconds(second)) {}.cancel() }
    // A key that rose by more than one place is left to be dropped later.
    #expect(loop.timers.pointee.keyCount < 30)
    for second in 21...60 { loop.addTimer(after: .seconds(second)) {}.cancel() }
    #expect(loop.timers.pointee.keyCount < 30)
  }

  @Test func `stays in order whichever of the last timers is cancelled`() throws {
    var numbers = SeededNumbers(seed: 21)
    for _ in 0..<scaled(400) {
      let loop = EventLoop.virtual()
      var history: [Int] = []
      var expected: [(deadline: Int, number: Int)] = []
      var timers: [OneShotTimer] = []
      for number in 0..<60 {
        let deadline = Int.random(in: 1...1000, using: &numbers)
        timers.append(loop.addTimer(after: .nanoseconds(deadline)) { history.append(number) })
        expected.append((deadline, number))
        guard number.isMultiple(of: 3) else { continue }
        let back = Int.random(in: 1...min(6, timers.count), using: &numbers)
        timers.remove(at: timers.count - back).cancel()
        expected.remove(at: expected.count - back)
      }
      try loop.run(until: .idle)
      #expect(history == expected.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }.map(\.number))
    }
  }

  @Test func `drops those that moves to earlier leave behind, too`() {
    let loop = EventLoop.virtual()
    let timer = loop.addTimer(after: .seconds(60)) {}
    for step in 1...scaled(100_000) { timer.reset(at: .zero + .seconds(60) - .nanoseconds(step)) }
    #expect(loop.timers.pointee.keyCount <= 65)
  }
}
#endif
