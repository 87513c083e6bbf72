// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

/// What a random program does to timers; a loop and a naive model both run it.
private protocol TimerMachine: AnyObject {
  var now: Int64 { get }
  func add(at deadline: Int64, _ work: @escaping () -> Void) -> Int
  func cancel(_ timer: Int) -> Bool
  func reset(_ timer: Int, to deadline: Int64) -> Bool
  func advance(by nanoseconds: Int64) throws
}

/// The loop itself.
private final class LoopMachine: TimerMachine {
  private let loop = EventLoop.virtual()
  private var timers: [OneShotTimer] = []
  var now: Int64 { loop.now.nanoseconds }

  func add(at deadline: Int64, _ work: @escaping () -> Void) -> Int {
    timers.append(loop.addTimer(at: Instant(nanoseconds: deadline), work))
    return timers.count - 1
  }

  func cancel(_ timer: Int) -> Bool { timers[timer].cancel() }

  func reset(_ timer: Int, to deadline: Int64) -> Bool {
    timers[timer].reset(at: Instant(nanoseconds: deadline))
  }

  func advance(by nanoseconds: Int64) throws { try loop.run(for: .nanoseconds(nanoseconds)) }
  deinit { loop.stop() }
}

/// The rules written down as simply as possible: a list, searched each time.
private final class ModelMachine: TimerMachine {
  private struct Entry {
    var deadline: Int64
    var order: Int
    var work: () -> Void
  }
  private var pending: [Int: Entry] = [:]
  private var added = 0
  private var orders = 0
  var now: Int64 = 0

  func add(at deadline: Int64, _ work: @escaping () -> Void) -> Int {
    orders += 1
    pending[added] = Entry(deadline: deadline, order: orders, work: work)
    added += 1
    return added - 1
  }

  func cancel(_ timer: Int) -> Bool { pending.removeValue(forKey: timer) != nil }

  func reset(_ timer: Int, to deadline: Int64) -> Bool {
    guard pending[timer] != nil else { return false }
    orders += 1
    pending[timer]?.deadline = deadline
    pending[timer]?.order = orders
    return true
  }

  func advance(by nanoseconds: Int64) {
    let end = now + nanoseconds
    repeat {
      // One turn: the clock moves to the next deadline, and what is due then runs unless it was armed since.
      let next = pending.values.map(\.deadline).min() ?? end
      now = max(now, min(next, end))
      let due = pending.filter { $0.value.deadline <= now }
        .sorted { ($0.value.deadline, $0.value.order) < ($1.value.deadline, $1.value.order) }
      for (timer, entry) in due where pending[timer]?.order == entry.order {
        pending[timer] = nil
        entry.work()
      }
    } while now < end || pending.values.contains { $0.deadline < end }
  }
}

/// The same program on any machine: what happens depends on the seed and on what has fired.
private func history(of machine: any TimerMachine, seed: UInt64, steps: Int) throws -> [String] {
  var numbers = SeededNumbers(seed: seed)
  var history: [String] = []
  var count = 0

  func step(_ depth: Int) {
    let near = Int64.random(in: -3...12, using: &numbers)
    let far = Int64.random(in: 0...1, using: &numbers) == 0 ? near : near * 10
    let deadline = Int64.random(in: 0..<50, using: &numbers) == 0 ? Int64.max : machine.now + far
    let timer = count == 0 ? 0 : Int.random(in: max(0, count - 60)..<count, using: &numbers)
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0..<5:
      let number = count
      count += 1
      let made = machine.add(at: deadline) {
        history.append("\(number) fires at \(machine.now)")
        for _ in 0..<Int.random(in: 0...2, using: &numbers) where count < 20_000 { step(depth + 1) }
      }
      precondition(made == number)
    case 5..<7 where count > 0:
      history.append("cancel \(timer): \(machine.cancel(timer))")
    case 7..<10 where count > 0:
      history.append("reset \(timer): \(machine.reset(timer, to: deadline))")
    default:
      break
    }
  }

  for _ in 0..<steps {
    for _ in 0..<Int.random(in: 0...6, using: &numbers) { step(0) }
    try machine.advance(by: Int64.random(in: 0...9, using: &numbers))
    history.append("now \(machine.now)")
  }
  return history
}

@Suite struct `A random program of timers` {
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func `has the history of a sorted list`(_ seed: UInt64) throws {
    let steps = scaled(1000)
    let real = try history(of: LoopMachine(), seed: seed, steps: steps)
    let model = try history(of: ModelMachine(), seed: seed, steps: steps)
    let difference = zip(real, model).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(difference == nil, "seed \(seed)")
    #expect(real.count == model.count)
    #expect(real.count > steps)
  }
}
