// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// Runs `body` on a thread with a stack of 512 KiB, and waits until it has ended.
private func onSmallStack(_ body: @escaping @Sendable () -> Void) throws {
  let isDone = Locked(false)
  try SystemThread.start(name: "small stack", stackSize: 512 * 1024) {
    body()
    isDone.withLock { $0 = true }
    isDone.wakeAll()
  }
  _ = isDone.wait { $0 ? true : nil }
}

@Suite struct `The lifetime of a deferrable` {
  @Test func `A2-4 a derived chain of a million completes and is released on a stack of 512 KiB`() throws {
    let result = Locked(0)
    try onSmallStack {
      let source = DefaultDeferrable<Int, Upset>()
      var last = source
      for _ in 0..<scaled(1_000_000) { last = last.map { $0 &+ 1 } }
      last.callback { value in result.withLock { $0 = value } }
      source.succeed(0)
    }
    #expect(result.withLock { $0 } == scaled(1_000_000))
  }

  @Test func `A2-4 a million of flatMaps, each waiting for the next, complete on a stack of 512 KiB`() throws {
    let result = Locked(0)
    try onSmallStack {
      let innermost = DefaultDeferrable<Int, Upset>()
      var outermost = innermost
      for _ in 0..<scaled(1_000_000) {
        let inner = outermost
        outermost = DefaultDeferrable<Int, Upset>.succeeded(0).flatMap { _ in inner }
      }
      outermost.callback { value in result.withLock { $0 = value } }
      innermost.succeed(7)
    }
    #expect(result.withLock { $0 } == 7)
  }

  @Test func `A2-4 a derived chain of a million is released unsettled on a stack of 512 KiB`() throws {
    let released = Locked(0)
    try onSmallStack {
      var first: DefaultDeferrable<Int, Upset>? = DefaultDeferrable()
      do {
        var last = DefaultDeferrable<Int, Upset>()
        first = last
        for _ in 0..<scaled(1_000_000) { last = last.flatMap { DefaultDeferrable<Int, Upset>.succeeded($0) } }
        let canary = Canary { released.withLock { $0 += 1 } }
        last.callback { _ in withExtendedLifetime(canary) {} }
      }
      first = nil
      withExtendedLifetime(first) {}
    }
    #expect(released.withLock { $0 } == 1)
  }

  @Test func `A2-4 a wide tree is released unsettled, all of it, once`() {
    var released = 0
    do {
      let source = Wish()
      for _ in 0..<10 {
        let child = source.map { $0 }
        for _ in 0..<10 {
          let canary = Canary { released += 1 }
          child.map { $0 }.callback { _ in withExtendedLifetime(canary) {} }
        }
      }
    }
    #expect(released == 100)
  }

  @Test func `settling releases what waited, and the deferrable if nobody else holds it`() {
    var history: [String] = []
    weak var watched: DefaultDeferrable<Int, Upset>?
    do {
      let source = DefaultDeferrable<Int, Upset>()
      do {
        let canary = Canary { history.append("closure released") }
        let derived = source.map { value in
          withExtendedLifetime(canary) {}
          return value
        }
        watched = derived
        derived.callback { history.append("got \($0)") }
      }
      #expect(watched != nil)
      source.succeed(1)
      history.append("settled")
      withExtendedLifetime(source) {}
    }
    #expect(
      history == ["got 1", "closure released", "settled"] || history == ["closure released", "got 1", "settled"])
    #expect(watched == nil)
  }

  @Test func `a chain is held by its source, and a source by nobody in it`() {
    weak var source: Wish?
    weak var derived: DefaultDeferrable<Int, Upset>?
    do {
      let wish = Wish()
      source = wish
      derived = wish.map { $0 }
      #expect(derived != nil)
    }
    #expect(source == nil)
    #expect(derived == nil)
    let kept: DefaultDeferrable<Int, Upset>
    do {
      let wish = Wish()
      source = wish
      kept = wish.map { $0 }
    }
    #expect(source == nil)
    #expect(kept.status.isUnknown)
  }

  @Test func `values, errors and closures are released once`() {
    var alive = 0
    func token() -> Canary {
      alive += 1
      return Canary { alive -= 1 }
    }
    // Unchecked is right: nothing here leaves its thread.
    struct Cause: Error, @unchecked Sendable { let token: Canary, number = 1, text = "long enough to be on the heap" }
    for round in 0..<8 {
      let answer = DefaultDeferrable<Canary, Cause>()
      for _ in 0..<round {
        let token = token()
        answer.callback { _ in withExtendedLifetime(token) {} }
        answer.addErrback { _ in withExtendedLifetime(token) {} }
        answer.completion { _ in withExtendedLifetime(token) {} }
        answer.map { value in withExtendedLifetime(token) { value } }.ignoreFailure()
      }
      if round % 3 == 0 { answer.succeed(token()) }
      if round % 3 == 1 { answer.fail(Cause(token: token())) }
      answer.ignoreFailure()
    }
    #expect(alive == 0)
  }

  @Test func `a deferrable with a callback and an errback is one block of at most 112 bytes`() {
    #expect(MemoryLayout<Deferral<Int, Upset>>.size + 16 <= 112)
    #expect(MemoryLayout<Deferral<String, any Error>>.size == MemoryLayout<Deferral<Int, Never>>.size)
  }
}
