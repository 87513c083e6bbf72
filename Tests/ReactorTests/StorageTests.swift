// SPDX-License-Identifier: Apache-2.0

#if DEBUG  // a release build has no testable imports
import Synchronization
import TestSupport
import Testing

@testable import Reactor

@Suite struct `A block of cache lines` {
  @Test func `begins at a line and keeps what it holds, however often it grows`() {
    var block = LineBlock(byteCount: 8)
    block.start.storeBytes(of: 1, as: UInt64.self)
    var size = 8
    for round in 2...18 {
      block.grow(toByteCount: size * 2)
      #expect(UInt(bitPattern: block.start) % 64 == 0)
      for index in 0..<(size / 8) { #expect(block.start.load(fromByteOffset: index * 8, as: UInt64.self) != 0) }
      #expect(block.start.load(as: UInt64.self) == 1)
      for index in (size / 8)..<(size / 4) {
        block.start.storeBytes(of: UInt64(round), toByteOffset: index * 8, as: UInt64.self)
      }
      size *= 2
    }
  }
}

@Suite struct `A queue of arrivals` {
  @Test func `releases each piece of work as soon as it has run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    nonisolated(unsafe) let note = { (line: String) in history.append(line) }
    for number in 1...3 {
      let canary = Canary { note("released \(number)") }
      nonisolated(unsafe) let held = canary
      loop.handle.schedule { _ in
        withExtendedLifetime(held) {}
        note("ran \(number)")
      }
    }
    try loop.run(until: .idle)
    #expect(history == ["ran 1", "released 1", "ran 2", "released 2", "ran 3", "released 3"])
  }

  @Test func `keeps the order through growth, and what is left is released unrun`() {
    var history: [Int] = []
    var released = 0
    let loop = EventLoop.virtual()
    var queue = ArrivalQueue()
    nonisolated(unsafe) let note = { (number: Int) in history.append(number) }
    for number in 0..<1000 {
      nonisolated(unsafe) let canary = Canary { released += 1 }
      queue.append(
        ArrivalQueue.Entry(
          work: { _ in
            withExtendedLifetime(canary) {}
            note(number)
          }, registration: nil))
    }
    for _ in 0..<400 { queue.takeFirst()?.work(loop) }
    #expect(history == Array(0..<400))
    #expect(released == 400)
    queue.removeAll()
    #expect(released == 1000)
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }
}

@Suite struct `The origins of ticks` {
  @Test func `are found by the tick's number, through growth, and only for those that have one`() {
    var origins = TickOrigins()
    #expect(origins.origin(ofTick: 0).id == 0)
    for number in 10..<500 where number % 3 == 0 {
      origins.append(Origin(id: UInt64(number), file: "file", line: 1), ofTick: number, head: 10)
    }
    for number in 10..<500 {
      #expect(origins.origin(ofTick: number).id == (number % 3 == 0 ? UInt64(number) : 0))
    }
    origins.removeAll()
    #expect(origins.origin(ofTick: 30).id == 0)
  }
}

@Suite struct `A look before sleeping` {
  @Test func `finds what is there already`() {
    var spin = SpinWait()
    let found = spin.wait(until: { true })
    #expect(found)
  }

  @Test func `finds what comes while it looks`() {
    var spin = SpinWait()
    var looks = 0
    let found = spin.wait(until: {
      looks += 1
      return looks == 5
    })
    #expect(found)
    #expect(looks == 5)
  }

  @Test func `gives up after failures, but for a look in many`() {
    var spin = SpinWait()
    var longLooks = 0
    for _ in 0..<1000 {
      var looks = 0
      let found = spin.wait(until: {
        looks += 1
        return false
      })
      #expect(!found)
      if looks > 1 { longLooks += 1 }
    }
    // Six times at first, from 50 microseconds down, and as often each time that it tries again.
    #expect((6...30).contains(longLooks))
  }
}
#endif
