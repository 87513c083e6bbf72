// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

@Suite struct `A delivery` {
  @Test func `A1-own-1 A1-run-19 brings a value to its receiver, which may capture anything, as an arrival`() throws {
    final class Plain { var history: [String] = [] }
    let plain = Plain()
    let loop = EventLoop.virtual()
    let delivery = loop.expect { (value: Int) in plain.history.append("received \(value)") }
    plain.history.append("delivered: \(delivery.deliver(4))")
    loop.nextTick { plain.history.append("tick") }
    try loop.run(until: .idle)
    #expect(plain.history == ["delivered: true", "received 4", "tick"])
  }

  @Test func `A1-run-19 brings one value only`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let delivery = loop.expect { history.append($0) }
    #expect(delivery.deliver(1))
    #expect(!delivery.deliver(2))
    try loop.run(until: .idle)
    #expect(!delivery.deliver(3))
    #expect(history == [1])
  }

  @Test func `A1-run-19 takes the first of several threads`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let delivery = loop.expect { history.append($0) }
    let accepted = Locked<[Int]>([])
    startThreads(4) { thread in if delivery.deliver(thread) { accepted.withLock { $0.append(thread) } } }.join()
    try loop.run(until: .idle)
    #expect(history.count == 1)
    #expect(history == accepted.withLock { $0 })
  }

  @Test func `A1-run-20 is outstanding until its value is received`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let delivery = loop.expect { (_: Int) in history.append(loop.statistics.outstanding) }
    history.append(loop.statistics.outstanding)
    delivery.deliver(1)
    history.append(loop.statistics.outstanding)
    try loop.run(until: .idle)
    #expect(history == [1, 1, 0])
  }

  @Test func `A1-run-19 A1-run-21 dropped on the loop releases its receiver at once`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick {
      let canary = Canary { history.append("released") }
      do { _ = loop.expect { (_: Int) in withExtendedLifetime(canary) {} } }
      history.append("outstanding \(loop.statistics.outstanding)")
    }
    try loop.run(until: .idle)
    #expect(history.contains("released"))
    #expect(history.contains("outstanding 0"))
  }

  @Test func `A1-run-21 dropped elsewhere releases its receiver on the loop's thread, and is outstanding until then`()
    throws
  {
    var history: [String] = []
    let loop = try EventLoop(PollerUnderTest.configuration)
    let box: Locked<Delivery<Int>?>
    do {
      let canary = Canary { history.append("released on the loop: \(loop.handle.isOnLoop)") }
      box = Locked(loop.expect { (_: Int) in withExtendedLifetime(canary) { history.append("received") } })
    }
    onAnotherThread { box.withLock { $0 = nil } }
    history.append("dropped, outstanding \(loop.statistics.outstanding)")
    try watched(loop) { try loop.run(until: .idle) }
    history.append("outstanding \(loop.statistics.outstanding)")
    #expect(history == ["dropped, outstanding 1", "released on the loop: true", "outstanding 0"])
  }

  @Test func `A1-run-21 dropped with an undelivered value when the loop closes releases its receiver there`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let delivery: Delivery<Int>
    do {
      let canary = Canary { history.append("released, running \(loop.isRunning)") }
      delivery = loop.expect { (_: Int) in withExtendedLifetime(canary) { history.append("received") } }
    }
    delivery.deliver(1)
    loop.stop()
    history.append("stopped")
    #expect(history == ["released, running true", "stopped"])
  }

  @Test func `A1-run-19 answers false after closing, and drops the value`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let delivery = loop.expect { history.append($0) }
    loop.stop()
    #expect(!delivery.deliver(1))
    try loop.run(until: .idle)
    #expect(history == [])
  }

  @Test func `answers false once the loop is gone`() {
    let delivery: Delivery<Int>
    do { delivery = EventLoop.virtual().expect { (_: Int) in } }
    #expect(!delivery.deliver(1))
  }

  @Test func `may be dropped by its own receiver's captures`() throws {
    final class Node { var delivery: Delivery<Int>? }
    let loop = EventLoop.virtual()
    weak var gone: Node?
    do {
      let node = Node()
      gone = node
      node.delivery = loop.expect { (_: Int) in node.delivery = nil }
      node.delivery?.deliver(1)
    }
    try loop.run(until: .idle)
    #expect(gone == nil)
  }

  @Test func `in thousands may come in any order`() throws {
    let count = scaled(10_000)
    var sum = 0
    let loop = try EventLoop(PollerUnderTest.configuration)
    let deliveries = (0..<count).map { _ in loop.expect { (value: Int) in sum += value } }
    var numbers = SeededNumbers(seed: 3)
    let shuffled = deliveries.shuffled(using: &numbers)
    let threads = startThreads(4) { thread in
      for place in stride(from: thread, to: count, by: 4) where place % 10 != 0 { shuffled[place].deliver(1) }
    }
    let left = Locked<[Delivery<Int>]>(deliveries)
    threads.join()
    left.withLock { $0 = [] }
    _ = shuffled
    // Those at every tenth place are still held here, and dropped by closing.
    try loop.run(for: .zero)
    #expect(sum == count - (count + 9) / 10)
    #expect(loop.statistics.outstanding == (count + 9) / 10)
    loop.stop()
    #expect(loop.statistics.outstanding == 0)
  }
}
