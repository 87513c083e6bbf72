// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@Suite struct `A timeout` {
  @Test func `DF-01 DF-02 DF-03 fails the deferrable on the next pass if it is zero, for errbacks added since, too`()
    throws
  {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.schedule {
      let wish = Wish()
      wish.timeout(after: .zero, on: loop, failingWith: .late)
      wish.callback { _ in history.append("callback") }
      wish.errback { history.append("errback \($0) at \(loop.elapsed)") }
      history.append("set")
    }
    try loop.run(until: .idle)
    #expect(history == ["set", "errback late at \(Duration.zero)"])
  }

  @Test func `DF-16 fails a deferrable that nobody completes`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.callback { _ in history.append("callback") }
    wish.errback { history.append("errback \($0) at \(loop.elapsed)") }
    wish.timeout(after: .milliseconds(10), on: loop, failingWith: .late)
    try loop.run(until: .idle)
    #expect(history == ["errback late at \(Duration.milliseconds(10))"])
  }

  @Test func `C-16 fails it with that error, and then completions run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.errback { history.append("errback \($0)") }
    wish.completion { history.append("completion \($0 == .failure(.late))") }
    wish.timeout(after: .milliseconds(10), on: loop, failingWith: .late)
    try loop.run(until: .idle)
    #expect(history == ["errback late", "completion true"])
  }

  @Test func `C-17 A2-5 is cancelled by the first status`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.errback { _ in history.append("errback") }
    wish.callback { history.append("callback \($0), next deadline \(loop.nextDeadline.map { "\($0)" } ?? "none")") }
    wish.timeout(after: .seconds(5), on: loop, failingWith: .late)
    loop.addTimer(after: .seconds(1)) { wish.succeed(1) }
    try loop.run(until: .idle)
    #expect(history == ["callback 1, next deadline none"])
    #expect(loop.elapsed == .seconds(1))
  }

  @Test func `A2-5 replaces the one before`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.errback { history.append("\($0) at \(loop.elapsed)") }
    wish.timeout(after: .seconds(1), on: loop, failingWith: .small)
    wish.timeout(after: .seconds(3), on: loop, failingWith: .large)
    try loop.run(until: .idle)
    #expect(history == ["large at \(Duration.seconds(3))"])
  }

  @Test func `A2-5 does nothing on a settled deferrable`() throws {
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.succeed(1)
    wish.timeout(after: .seconds(1), on: loop, failingWith: .late)
    #expect(loop.nextDeadline == nil)
    wish.callback { _ in wish.timeout(after: .seconds(1), on: loop, failingWith: .late) }
    #expect(loop.nextDeadline == nil)
    wish.cancelTimeout()
  }

  @Test func `can be cancelled, and set again`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.errback { history.append("\($0) at \(loop.elapsed)") }
    wish.cancelTimeout()
    wish.timeout(after: .seconds(1), on: loop, failingWith: .small)
    wish.cancelTimeout()
    wish.cancelTimeout()
    #expect(loop.nextDeadline == nil)
    wish.timeout(after: .seconds(2), on: loop, failingWith: .large)
    try loop.run(until: .idle)
    #expect(history == ["large at \(Duration.seconds(2))"])
  }

  @Test func `A2-5 keeps the deferrable until it is settled, no longer`() throws {
    let loop = EventLoop.virtual()
    weak var kept: Wish?
    do {
      let wish = Wish()
      kept = wish
      wish.errback { _ in }
      wish.timeout(after: .seconds(1), on: loop, failingWith: .late)
    }
    #expect(kept != nil)
    try loop.run(until: .idle)
    #expect(kept == nil)
    do {
      let wish = Wish()
      kept = wish
      wish.timeout(after: .seconds(1), on: loop, failingWith: .late)
      wish.succeed(1)
    }
    #expect(kept == nil)
  }

  @Test func `A5-deferrables-2 of a derived one settles that, and leaves the source alone`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let wish = Wish()
    wish.callback { history.append("source \($0) at \(loop.elapsed)") }
    wish.map { value in
      history.append("body")
      return value
    }
    .timeout(after: .seconds(1), on: loop, failingWith: .late)
    .callback { _ in history.append("derived callback") }
    .errback { history.append("derived \($0) at \(loop.elapsed)") }
    loop.addTimer(after: .seconds(2)) { wish.succeed(1) }
    try loop.run(until: .idle)
    #expect(history == ["derived late at \(Duration.seconds(1))", "source 1 at \(Duration.seconds(2))"])
  }
}
