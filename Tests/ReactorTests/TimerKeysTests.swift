// SPDX-License-Identifier: Apache-2.0

#if DEBUG  // a release build has no testable imports
import TestSupport
import Testing

@testable import Reactor

@Suite struct `A run of keys` {
  @Test func `keeps their order through growth, wherever its head stands`() {
    for taken in [0, 1, 40, 64, 100] {
      var run = TimerRun()
      for number in 0..<taken {
        run.append(key(number))
        run.removeFirst()
      }
      for number in 0..<200 { run.append(key(number)) }
      let last = run.last()
      let third = run.last(but: 2)
      let fourth = run.key(at: 3)
      #expect(last == key(199))
      #expect(third == key(197))
      #expect(fourth == key(3))
      for number in 0..<200 {
        let first = run.first
        #expect(first == key(number))
        run.removeFirst()
      }
      let isEmpty = run.isEmpty
      #expect(isEmpty)
    }
  }

  @Test func `drops those that are not live and no others`() {
    var run = TimerRun()
    for number in 0..<50 {
      run.append(key(number))
      run.removeFirst()
    }
    for number in 0..<60 { run.append(key(number)) }
    run.removeLast()
    run.removeAll(butThose: { $0.slot.isMultiple(of: 3) })
    var left: [Int] = []
    while !run.isEmpty {
      left.append(Int(run.first.slot))
      run.removeFirst()
    }
    #expect(left == Array(stride(from: 0, to: 59, by: 3)))
  }

  private func key(_ number: Int) -> TimerKey { TimerKey(deadline: 7, order: UInt32(number), slot: UInt32(number)) }
}

@Suite struct `The keys of timers` {
  /// How the next deadline follows from the last.
  enum Pattern: CaseIterable { case ascending, equal, descending, random, outliers, twoLengths }

  @Test(arguments: Pattern.allCases)
  func `come out as from a sorted list, whatever is armed and removed meanwhile`(_ pattern: Pattern) {
    var numbers = SeededNumbers(seed: 5)
    var keys = TimerKeys()
    var model: [TimerKey] = []
    var now: Int64 = 0
    for number in 0..<UInt32(scaled(20_000)) {
      let key = TimerKey(deadline: deadline(pattern, number, now, &numbers), order: number + 1, slot: number)
      keys.push(key)
      model.insert(key, at: model.firstIndex { $0.bits > key.bits } ?? model.endIndex)
      switch Int.random(in: 0..<8, using: &numbers) {
      case 0:
        // One that isn't found is there still.
        if keys.removeIfRecent(key) { model.removeAll { $0 == key } }
      case 1, 2:
        let (taken, expected) = (keys.takeFirst(dueAt: now), model.first.flatMap { $0.deadline <= now ? $0 : nil })
        #expect(taken == expected)
        if expected != nil { model.removeFirst() }
      case 3 where !model.isEmpty, 4 where !model.isEmpty:
        let first = keys.first
        #expect(first == model.removeFirst())
        keys.removeFirst()
        now = max(now, first.deadline)
      case 5 where number.isMultiple(of: 50):
        keys.removeAll(butThose: { !$0.slot.isMultiple(of: 5) })
        model.removeAll { $0.slot.isMultiple(of: 5) }
      default:
        now += 1
      }
      let count = keys.count
      #expect(count == model.count)
    }
    while !model.isEmpty {
      let first = keys.first
      #expect(first == model.removeFirst())
      keys.removeFirst()
    }
    let count = keys.count
    #expect(count == 0)
  }

  private func deadline(
    _ pattern: Pattern, _ number: UInt32, _ now: Int64, _ numbers: inout SeededNumbers
  ) -> Int64 {
    switch pattern {
    case .ascending: Int64(number) * 2
    case .equal: 1000
    case .descending: 1_000_000 - Int64(number)
    case .random: now + Int64.random(in: -10...100, using: &numbers)
    case .outliers: now + (Int.random(in: 0..<20, using: &numbers) == 0 ? 100_000 : 100)
    case .twoLengths: now + (number.isMultiple(of: 2) ? 100 : 1000)
    }
  }
}

@Suite struct `Timers of one length` {
  @Test func `fire between those of other lengths, in the order in which they are due`() throws {
    let loop = EventLoop.virtual()
    var history: [Int] = []
    var expected: [(deadline: Int, number: Int)] = []
    for number in 0..<1000 {
      let milliseconds = number % 100 == 7 ? 10_000 - number : number % 100 == 9 ? 500 : 1000 + number / 10
      loop.addTimer(after: .milliseconds(milliseconds)) { history.append(number) }
      expected.append((milliseconds, number))
    }
    try loop.run(until: .idle)
    #expect(history == expected.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }.map(\.number))
  }

  @Test func `that arm themselves anew keep their order, whichever of them is cancelled, moved or armed meanwhile`()
    throws
  {
    let loop = EventLoop.virtual()
    var history: [String] = []
    var timers: [Int: OneShotTimer] = [:]
    func arm(_ number: Int) {
      timers[number] = loop.addTimer(after: .milliseconds(10)) {
        history.append("\(number) at \(loop.now)")
        guard loop.now < .zero + .milliseconds(30) else { return }
        arm(number)
        switch number {
        case 1: timers[2]?.cancel()
        case 3: timers[4]?.reset(after: .milliseconds(5))
        case 4: timers[4]?.cancel()
        case 5: timers[0]?.reset(after: .milliseconds(20))
        default: break
        }
      }
    }
    for number in 0..<6 { arm(number) }
    loop.addTimer(after: .seconds(1)) { history.append("the long one at \(loop.now)") }
    try loop.run(until: .idle)
    #expect(
      history == [
        "0 at 0.010000000 s", "1 at 0.010000000 s", "3 at 0.010000000 s", "5 at 0.010000000 s", "4 at 0.015000000 s",
        "1 at 0.020000000 s", "3 at 0.020000000 s", "5 at 0.020000000 s", "1 at 0.030000000 s", "3 at 0.030000000 s",
        "5 at 0.030000000 s", "0 at 0.040000000 s", "the long one at 1.000000000 s",
      ])
  }
}
#endif
