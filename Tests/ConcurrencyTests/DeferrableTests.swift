// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// What the deferrables of these tests fail with.
enum Upset: Error, Equatable {
  case small, large, late
}

/// A class with the mix-in: each access to its deferral is checked for exclusivity.
final class Wish: Deferrable {
  var deferral = Deferral<Int, Upset>()
}

// Promises that Swift's types keep: callbacks and errbacks get exactly one value of a known type (DF-01, DF-03, C-16: the
// arguments of EventMachine are one Failure value here), and there are no states but the three (C-06, C-09).
@Suite struct `A deferrable` {
  @Test func `C-01 begins as unknown`() {
    let wish = Wish()
    #expect(wish.status == .unknown)
    #expect(wish.status.isUnknown && !wish.status.isSucceeded && !wish.status.isFailed)
    #expect(wish.status.result == nil)
  }

  @Test func `C-02 C-04 C-08 A2-1 runs callbacks and no errbacks when it succeeds`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { history.append("got \($0), \(wish.status)") }
    wish.errback { history.append("failed \($0)") }
    #expect(wish.succeed(3))
    history.append("returned")
    #expect(history == ["got 3, succeeded(3)", "returned"])
    #expect(wish.status == .succeeded(3) && wish.status.isSucceeded)
  }

  @Test func `C-03 C-05 C-08 A2-1 runs errbacks and no callbacks when it fails`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { history.append("got \($0)") }
    wish.errback { history.append("failed \($0), \(wish.status)") }
    #expect(wish.fail(.small))
    history.append("returned")
    #expect(history == ["failed small, failed(small)", "returned"])
    #expect(wish.status == .failed(.small) && wish.status.isFailed)
  }

  @Test func `DF-10 A2-1 runs callbacks in the order added, before setDeferredStatus returns`() {
    var history: [String] = []
    let wish = Wish()
    for number in 1...5 { wish.callback { history.append("\(number): \($0)") } }
    #expect(wish.setDeferredStatus(.succeeded(9)))
    history.append("returned")
    #expect(history == ["1: 9", "2: 9", "3: 9", "4: 9", "5: 9", "returned"])
  }

  @Test func `A2-1 runs errbacks in the order added`() {
    var history: [String] = []
    let wish = Wish()
    for number in 1...5 {
      wish.errback { history.append("\(number): \($0)") }
      wish.callback { _ in history.append("callback \(number)") }
    }
    wish.setDeferredStatus(.failed(.large))
    #expect(history == ["1: large", "2: large", "3: large", "4: large", "5: large"])
  }

  @Test(arguments: [true, false])
  func `A2-1 runs a completion once, in its place in either line`(_ succeeds: Bool) {
    var history: [String] = []
    let wish = Wish()
    wish.callback { _ in history.append("callback 1") }
    wish.errback { _ in history.append("errback 1") }
    wish.completion { history.append("completion 1: \($0)") }
    wish.errback { _ in history.append("errback 2") }
    wish.completion { history.append("completion 2: \($0)") }
    wish.callback { _ in history.append("callback 2") }
    if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    #expect(
      history
        == (succeeds
          ? ["callback 1", "completion 1: success(1)", "completion 2: success(1)", "callback 2"]
          : [
            "errback 1", "completion 1: \(Result<Int, Upset>.failure(.small))", "errback 2",
            "completion 2: \(Result<Int, Upset>.failure(.small))",
          ]))
  }

  @Test func `A2-1 keeps the order of both lines when a completion comes first`() {
    for succeeds in [true, false] {
      var history: [String] = []
      let wish = Wish()
      wish.completion { _ in history.append("completion") }
      wish.errback { _ in history.append("errback") }
      wish.callback { _ in history.append("callback") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
      #expect(history == ["completion", succeeds ? "callback" : "errback"])
    }
  }

  @Test func `A2-1 keeps the order of both lines when an errback comes first`() {
    for succeeds in [true, false] {
      var history: [String] = []
      let wish = Wish()
      wish.errback { _ in history.append("errback") }
      wish.completion { _ in history.append("completion") }
      wish.callback { _ in history.append("callback") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
      #expect(history == (succeeds ? ["completion", "callback"] : ["errback", "completion"]))
    }
  }

  @Test func `DF-12 succeed and fail set the status, and setting it twice is no error`() {
    let first = Wish()
    #expect(first.succeed(1))
    #expect(!first.succeed(2))
    #expect(!first.setDeferredStatus(.succeeded(3)))
    #expect(first.status == .succeeded(1))
    let second = Wish()
    second.ignoreFailure()
    #expect(second.fail(.small))
    #expect(!second.fail(.large))
    #expect(!second.setDeferredStatus(.failed(.large)))
    #expect(second.status == .failed(.small))
  }

  @Test func `DF-13 C-12 A2-3 settled, it never changes`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { history.append("got \($0)") }
    wish.errback { history.append("failed \($0)") }
    #expect(wish.succeed(1))
    #expect(!wish.fail(.small))
    #expect(!wish.succeed(2))
    #expect(history == ["got 1"])
    #expect(wish.status == .succeeded(1))
  }

  @Test func `DF-06 A2-3 runs a callback at once that is added after success`() {
    var history: [String] = []
    let wish = Wish()
    wish.succeed(40)
    wish.callback { history.append("got \($0)") }
    history.append("added")
    #expect(history == ["got 40", "added"])
  }

  @Test func `DF-08 A2-3 runs an errback at once that is added after failure`() {
    var history: [String] = []
    let wish = Wish()
    wish.fail(.large)
    wish.errback { history.append("failed \($0)") }
    history.append("added")
    #expect(history == ["failed large", "added"])
  }

  @Test func `DF-14 C-11 runs a late callback once, and earlier ones not again`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { history.append("early \($0)") }
    wish.succeed(1)
    wish.callback { history.append("late \($0)") }
    wish.succeed(2)
    wish.callback { history.append("later \($0)") }
    #expect(history == ["early 1", "late 1", "later 1"])
  }

  @Test func `DF-15 C-07 C-13 A2-3 drops an errback for good that is added after success, even if fail follows`() {
    var history: [String] = []
    let wish = Wish()
    wish.succeed(1)
    wish.errback { _ in history.append("errback") }
    wish.fail(.small)
    wish.callback { _ in
      history.append("callback")
      wish.fail(.small)
    }
    wish.ignoreFailure()
    #expect(history == ["callback"])
    #expect(wish.status == .failed(.small))
  }

  @Test func `A2-3 drops a callback for good that is added after failure`() {
    var history: [String] = []
    let wish = Wish()
    wish.fail(.small)
    wish.callback { _ in history.append("callback") }
    wish.errback { _ in
      history.append("errback")
      wish.succeed(1)
    }
    #expect(history == ["errback"])
    #expect(wish.status == .succeeded(1))
  }

  @Test(arguments: [true, false])
  func `C-15 runs a completion at once that is added after settling`(_ succeeds: Bool) {
    var history: [Result<Int, Upset>] = []
    let wish = Wish()
    if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    wish.completion { history.append($0) }
    #expect(history == [succeeds ? .success(1) : .failure(.small)])
  }

  @Test func `A2-3 setting it to unknown does nothing and returns false`() {
    let wish = Wish()
    #expect(!wish.setDeferredStatus(.unknown))
    #expect(wish.status == .unknown)
    wish.callback { _ in
      #expect(!wish.setDeferredStatus(.unknown))
    }
    wish.succeed(1)
    #expect(!wish.setDeferredStatus(.unknown))
    #expect(wish.status == .succeeded(1))
  }

  @Test func `returns itself from callback, errback and completion, so that they can be chained`() {
    var history: [String] = []
    let wish = Wish()
      .callback { history.append("got \($0)") }
      .errback { history.append("failed \($0)") }
      .completion { _ in history.append("done") }
    wish.succeed(2)
    #expect(history == ["got 2", "done"])
  }

  @Test func `succeeds without a value where success is the fact`() {
    var history: [String] = []
    let done = DefaultDeferrable<Void, Never>()
    done.callback { history.append("done") }
    #expect(done.succeed())
    DefaultDeferrable<Void, Never>.succeeded().callback { history.append("made so") }
    #expect(history == ["done", "made so"])
  }

  @Test func `may be made settled`() {
    var history: [String] = []
    DefaultDeferrable<Int, Upset>.succeeded(4).callback { history.append("got \($0)") }
    DefaultDeferrable<Int, Upset>.failed(.late).errback { history.append("failed \($0)") }
    #expect(history == ["got 4", "failed late"])
  }

  @Test func `tells its status and place in its description`() {
    let answer = DefaultDeferrable<Int, Upset>(file: "Shop/Till.swift", line: 7)
    #expect(answer.description == "DefaultDeferrable(unknown, made at Shop/Till.swift:7)")
    answer.succeed(3)
    #expect(answer.description == "DefaultDeferrable(succeeded(3), made at Shop/Till.swift:7)")
    #expect(DeferredStatus<Int, Upset>.failed(.late).description == "failed(late)")
    #expect(DeferredStatus<Int, Upset>(.success(1)) == .succeeded(1))
    #expect(DeferredStatus<Int, Upset>(.failure(.late)).result == .failure(.late))
  }

  // Values of every layout: in two words or behind a pointer, with references or without, and one whose bits can't move.
  @Test func `carries values and errors of every size`() {
    struct Large: Equatable {
      var a = 1, b = 2, c = 3, d = "a text that is longer than fifteen bytes"
    }
    struct LargeUpset: Error, Equatable {
      var text = "another text that is longer", a = 1, b = 2
    }
    struct Holder { weak var wish: Wish? }
    let wish = Wish()

    func check<Value>(_ value: Value, _ isSame: @escaping (Value) -> Bool) {
      let answer = DefaultDeferrable<Value, LargeUpset>()
      var heard = 0
      answer.callback { heard += isSame($0) ? 1 : 0 }
      answer.succeed(value)
      answer.callback { heard += isSame($0) ? 1 : 0 }
      if case .succeeded(let value) = answer.status { heard += isSame(value) ? 1 : 0 }
      #expect(heard == 3)
    }
    check(Large()) { $0 == Large() }
    check("short") { $0 == "short" }
    check([Large(), Large()]) { $0 == [Large(), Large()] }
    check(UInt8(7)) { $0 == 7 }
    check(()) { true }
    check((1, 2.5, "three", wish)) { $0.0 == 1 && $0.1 == 2.5 && $0.2 == "three" && $0.3 === wish }
    check(SIMD4<Float>(1, 2, 3, 4)) { $0 == SIMD4(1, 2, 3, 4) }
    check(Holder(wish: wish)) { $0.wish === wish }
    check(wish as AnyObject) { $0 === wish }
    check({ 5 } as () -> Int) { $0() == 5 }
    check(3 as Any) { $0 as? Int == 3 }
    check(Int?.none) { $0 == nil }

    var failures: [LargeUpset] = []
    let failing = DefaultDeferrable<Large, LargeUpset>()
    failing.errback { failures.append($0) }
    failing.fail(LargeUpset())
    #expect(failures == [LargeUpset()])
    var anyFailures: [String] = []
    let failingAny = DefaultDeferrable<Large, any Error>()
    failingAny.errback { anyFailures.append("\($0)") }
    failingAny.fail(Upset.small)
    #expect(anyFailures == ["small"])
  }
}

@Suite struct `A callback's number` {
  @Test func `takes a callback or an errback out of its line`() {
    var history: [String] = []
    for succeeds in [true, false] {
      let wish = Wish()
      wish.callback { _ in history.append("callback 1") }
      wish.errback { _ in history.append("errback 1") }
      let callback = wish.addCallback { _ in history.append("callback 2") }
      let errback = wish.addErrback { _ in history.append("errback 2") }
      wish.callback { _ in history.append("callback 3") }
      wish.errback { _ in history.append("errback 3") }
      wish.cancel(callback)
      wish.cancel(errback)
      wish.cancel(callback)
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    }
    #expect(history == ["callback 1", "callback 3", "errback 1", "errback 3"])
  }

  @Test func `keeps the order of what is added with and without a number`() {
    var history: [Int] = []
    let wish = Wish()
    wish.addCallback { _ in history.append(1) }
    wish.callback { _ in history.append(2) }
    wish.addCallback { _ in history.append(3) }
    wish.callback { _ in history.append(4) }
    wish.succeed(0)
    #expect(history == [1, 2, 3, 4])
  }

  @Test func `cancels an entry of the line that runs`() {
    var history: [String] = []
    let wish = Wish()
    var second: CallbackID?
    let first = wish.addCallback { _ in
      history.append("first")
      if let second { wish.cancel(second) }
    }
    second = wish.addCallback { _ in history.append("second") }
    wish.addCallback { _ in
      history.append("third")
      wish.cancel(first)
    }
    wish.succeed(1)
    #expect(history == ["first", "third"])
  }

  @Test func `releases what it cancels at once, and the release may do anything`() {
    var history: [String] = []
    let wish = Wish()
    func add() -> CallbackID {
      let work = releasing {
        history.append("released")
        wish.callback { _ in history.append("added in a release") }
      }
      return wish.addCallback { _ in work() }
    }
    let id = add()
    wish.cancel(id)
    history.append("cancelled")
    wish.succeed(1)
    #expect(history == ["released", "cancelled", "added in a release"])
  }

  @Test func `means nothing to another deferrable, and nothing when it was dropped`() {
    var history: [String] = []
    let wish = Wish()
    let other = Wish()
    let id = wish.addCallback { _ in history.append("wish") }
    other.addCallback { _ in history.append("other") }
    other.cancel(id)
    other.succeed(1)
    wish.succeed(1)
    let dropped = wish.addErrback { _ in history.append("dropped") }
    wish.cancel(dropped)
    #expect(wish.addCallback { _ in history.append("late") } != id)
    #expect(history == ["other", "wish", "late"])
  }
}
