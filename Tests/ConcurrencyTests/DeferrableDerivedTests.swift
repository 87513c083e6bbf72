// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// Another class with the mix-in, with other types.
private final class Page: Deferrable {
  var deferral = Deferral<String, Upset>()
}

@Suite struct `A derived deferrable` {
  @Test func `map succeeds with what its body makes, or fails with what it throws`() {
    var history: [String] = []
    let wish = Wish()
    wish.map { $0 * 2 }.callback { history.append("doubled \($0)") }
    wish.map { value throws(Upset) -> Int in throw .large }
      .callback { _ in history.append("never") }
      .errback { history.append("thrown \($0)") }
    wish.succeed(21)
    #expect(history == ["doubled 42", "thrown large"])
  }

  @Test func `map passes a failure on without its body`() {
    var history: [String] = []
    let wish = Wish()
    wish.map { _ in history.append("never") }.errback { history.append("failed \($0)") }
    wish.fail(.small)
    #expect(history == ["failed small"])
  }

  @Test func `map with a body that throws anything fails with any error`() {
    struct Other: Error {}
    var history: [String] = []
    let wish = Wish()
    let derived: DefaultDeferrable<Int, any Error> = wish.map { value in
      if value == 1 { throw Other() }
      return value
    }
    derived.errback { history.append("\(type(of: $0))") }
    wish.succeed(1)
    let failed = Wish()
    failed.map { _ in try Result<Int, any Error>.failure(Other()).get() }.errback { history.append("\($0)") }
    failed.fail(.small)
    #expect(history == ["Other", "small"])
  }

  @Test func `flatMap takes the outcome of what its body makes, settled or not`() {
    var history: [String] = []
    let later = DefaultDeferrable<String, Upset>()
    for inner in [.succeeded("at once"), .failed(.large), later] as [DefaultDeferrable<String, Upset>] {
      let wish = Wish()
      wish.flatMap { _ in inner }.callback { history.append($0) }.errback { history.append("\($0)") }
      wish.succeed(1)
    }
    later.succeed("later")
    #expect(history == ["at once", "large", "later"])
  }

  @Test func `flatMap fails with the source's failure, or with what its body throws`() {
    var history: [String] = []
    let wish = Wish()
    wish.flatMap { _ in Page() }.errback { history.append("1 \($0)") }
    wish.fail(.small)
    let second = Wish()
    second.flatMap { _ throws(Upset) -> Page in throw .late }.errback { history.append("2 \($0)") }
    second.succeed(1)
    #expect(history == ["1 small", "2 late"])
  }

  @Test func `flatMap with a body that throws anything takes inner ones of any failure`() {
    struct Other: Error {}
    var history: [String] = []
    let later = DefaultDeferrable<Int, Other>()
    for number in 1...3 {
      let wish = Wish()
      let derived: DefaultDeferrable<Int, any Error> = wish.flatMap { value in
        if value == 1 { throw Upset.large }
        return value == 2 ? .failed(Other()) : later
      }
      derived.callback { history.append("\($0)") }.errback { history.append("\(type(of: $0))") }
      wish.succeed(number)
    }
    later.succeed(3)
    #expect(history == ["Upset", "Other", "3"])
  }

  @Test func `mapError and erasingFailure change the failure alone`() {
    struct Other: Error, Equatable { let cause: Upset }
    var history: [String] = []
    for succeeds in [true, false] {
      let wish = Wish()
      wish.mapError { Other(cause: $0) }
        .callback { history.append("value \($0)") }.errback { history.append("other \($0.cause)") }
      let erased: DefaultDeferrable<Int, any Error> = wish.erasingFailure()
      erased.callback { history.append("value \($0)") }.errback { history.append("any \($0)") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    }
    #expect(history == ["value 1", "value 1", "other small", "any small"])
  }

  @Test func `recover makes a value of the failure, and then nothing is left to fail`() {
    var history: [String] = []
    for succeeds in [true, false] {
      let wish = Wish()
      let sure: DefaultDeferrable<Int, Never> = wish.recover { _ in 0 }
      sure.callback { history.append("sure \($0)") }
      wish.recover { error throws(Upset) -> Int in throw .late }
        .callback { history.append("value \($0)") }.errback { history.append("again \($0)") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    }
    #expect(history == ["sure 1", "value 1", "sure 0", "again late"])
  }

  @Test func `flatMapError tries something else`() {
    var history: [String] = []
    for succeeds in [true, false] {
      let wish = Wish()
      wish.flatMapError { error in DefaultDeferrable<Int, Never>.succeeded(99) }
        .callback { history.append("\($0)") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
    }
    #expect(history == ["1", "99"])
  }

  @Test func `of a settled one is settled at once`() {
    var history: [String] = []
    let wish = Wish()
    wish.succeed(1)
    let derived = wish.map { $0 + 1 }
    #expect(derived.status == .succeeded(2))
    derived.map { $0 + 1 }.flatMap { DefaultDeferrable<Int, Upset>.succeeded($0 + 1) }.callback {
      history.append("\($0)")
    }
    #expect(history == ["4"])
  }

  @Test func `A2-4 is settled depth first, as if nested`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { _ in history.append("source, before") }
    let child = wish.map { _ in history.append("child body") }
    child.callback { history.append("child, before") }
    let grandchild = child.map { history.append("grandchild body") }
    grandchild.callback { history.append("grandchild") }
    grandchild.map { history.append("great-grandchild body") }
    child.map { history.append("second grandchild body") }.callback { history.append("second grandchild") }
    child.callback { history.append("child, after") }
    wish.callback { _ in history.append("source, after") }
    wish.map { _ in history.append("second child body") }
    wish.succeed(1)
    #expect(
      history == [
        "source, before", "child body", "child, before", "grandchild body", "grandchild", "great-grandchild body",
        "second grandchild body", "second grandchild", "child, after", "source, after", "second child body",
      ])
  }

  @Test func `A2-4 is settled once, with the value of that moment`() {
    var history: [String] = []
    let wish = Wish()
    wish.map { $0 }.callback { history.append("before: \($0)") }
    wish.callback { _ in wish.succeed(2) }
    wish.map { $0 }.callback { history.append("between: \($0)") }
    wish.callback { _ in wish.fail(.large) }
    wish.map { $0 }.callback { _ in history.append("never") }.errback { history.append("after: \($0)") }
    wish.errback { _ in wish.succeed(3) }
    wish.map { $0 }.callback { history.append("last: \($0)") }
    wish.succeed(1)
    #expect(history == ["before: 1", "between: 2", "after: large", "last: 3"])
  }

  @Test func `A5-deferrables-1 a status set below takes effect when the whole subtree has returned`() {
    var history: [String] = []
    let wish = Wish()
    let child = wish.map { value in
      history.append("child body")
      return value
    }
    child.map { value in
      history.append("grandchild body")
      #expect(wish.fail(.late))
      #expect(wish.status == .failed(.late))
      return value
    }
    .callback { history.append("grandchild \($0)") }
    child.callback { history.append("child \($0)") }
    wish.callback { _ in history.append("never") }
    wish.errback { history.append("source \($0)") }
    wish.succeed(1)
    #expect(history == ["child body", "grandchild body", "grandchild 1", "child 1", "source late"])
  }

  @Test func `A5-deferrables-1 what is added below goes to the end of the open source's line`() {
    var history: [String] = []
    let wish = Wish()
    wish.map { $0 }.callback { _ in wish.callback { history.append("added below: \($0)") } }
    wish.callback { history.append("second \($0)") }
    wish.succeed(1)
    #expect(history == ["second 1", "added below: 1"])
  }

  @Test func `A5-deferrables-2 that was settled first does not run its body, and its source goes on`() {
    var history: [String] = []
    let wish = Wish()
    let derived = wish.map { value -> Int in
      history.append("body")
      return value
    }
    derived.callback { history.append("derived \($0)") }
    #expect(derived.succeed(5))
    #expect(wish.status.isUnknown)
    wish.callback { history.append("source \($0)") }
    wish.succeed(1)
    #expect(history == ["derived 5", "source 1"])
  }

  @Test func `may be settled by its own body, which then has no more say`() {
    var history: [String] = []
    let wish = Wish()
    var derived: DefaultDeferrable<Int, Upset>?
    derived = wish.map { value in
      derived?.succeed(50)
      return value
    }
    derived?.callback { history.append("\($0)") }
    wish.succeed(1)
    #expect(history == ["50"])
  }

  @Test func `may turn like any other`() {
    var history: [String] = []
    let wish = Wish()
    let derived = wish.map { $0 }
    derived.callback { _ in derived.fail(.large) }
    derived.callback { _ in history.append("never") }
    derived.errback { history.append("derived \($0)") }
    wish.callback { history.append("source \($0)") }
    wish.succeed(1)
    #expect(history == ["derived large", "source 1"])
  }

  @Test func `of an open one runs in its place in the line`() {
    var history: [String] = []
    let wish = Wish()
    wish.callback { _ in
      wish.map { history.append("derived \($0)") }
      history.append("first")
    }
    wish.callback { _ in history.append("second") }
    wish.succeed(1)
    #expect(history == ["first", "second", "derived 1"])
  }

  @Test func `stands where it was added, among callbacks and errbacks with and without numbers`() {
    for succeeds in [true, false] {
      var history: [String] = []
      let wish = Wish()
      wish.errback { _ in history.append("errback 1") }
      wish.recover { _ in 0 }.callback { _ in history.append("derived 1") }
      wish.callback { _ in history.append("callback 1") }
      wish.addErrback { _ in history.append("errback 2") }
      wish.recover { _ in 0 }.callback { _ in history.append("derived 2") }
      wish.addCallback { _ in history.append("callback 2") }
      if succeeds { wish.succeed(1) } else { wish.fail(.small) }
      #expect(
        history
          == (succeeds
            ? ["derived 1", "callback 1", "derived 2", "callback 2"]
            : ["errback 1", "derived 1", "errback 2", "derived 2"]))
    }
  }
}

/// Most of this is checked by the compiler: that each line finds an overload, one alone, and the right one.
///
/// Behind `all`, `mapError` and the like it has yet to find the source's failure when it chooses.
@Suite struct `The failure type of a derived deferrable` {
  private typealias Kept<Success> = DefaultDeferrable<Success, Upset>
  private typealias Sure<Success> = DefaultDeferrable<Success, Never>
  private typealias Erased<Success> = DefaultDeferrable<Success, any Error>
  private struct Other: Error {}

  /// Asks for no type, and so leaves the choice to the line that is asked about.
  private func failure<Success, Failure>(_ derived: DefaultDeferrable<Success, Failure>) -> any Error.Type {
    derived.ignoreFailure()
    return Failure.self
  }

  private func text(_ number: Int) -> String { "\(number)" }
  private func textOrUpset(_ number: Int) throws(Upset) -> String { "\(number)" }
  private func textOrOther(_ number: Int) throws(Other) -> String { "\(number)" }
  private func textOrAny(_ number: Int) throws -> String { "\(number)" }
  private func later(_ number: Int) -> Kept<Int> { .succeeded(number) }
  private func laterOrUpset(_ number: Int) throws(Upset) -> Kept<Int> { .succeeded(number) }
  private func laterOrAny(_ number: Int) throws -> Kept<Int> { .succeeded(number) }

  @Test func `map with a body that doesn't throw keeps it, behind anything`() {
    let loop = EventLoop.virtual()
    let part = Kept<Int>.succeeded(20)
    let wish = Wish()
    wish.succeed(20)
    let kept: [Kept<Int>] = [
      part.map { $0 + 1 }, wish.map { $0 + 1 }, part.map { $0 }.map { $0 + 1 }, part.flatMap(later).map { $0 + 1 },
      part.flatMap { later($0) }.map { $0 + 1 }, part.callback { _ in }.map { $0 + 1 },
      part.timeout(after: .seconds(1), on: loop, failingWith: .late).map { $0 + 1 },
    ]
    let all: Kept<Int> = DefaultDeferrable.all([part]).map { $0[0] + 1 }
    let allOfAnyClass: Kept<Int> = DefaultDeferrable.all([part, wish] as [any Deferrable<Int, Upset>]).map { $0[1] + 1 }
    let race: Kept<Int> = DefaultDeferrable.race([part]).map { $0 + 1 }
    let zip: Kept<Int> = DefaultDeferrable.zip(part, wish).map { $0 + $1 - 19 }
    let mapped: Kept<Int> = part.mapError { $0 }.map { $0 + 1 }
    let recovered: Kept<Int> = part.recover { error throws(Upset) in throw error }.map { $0 + 1 }
    let tried: Kept<Int> = part.flatMapError { _ in later(1) }.map { $0 + 1 }
    let any: DefaultDeferrable<Int, AllFailed<Upset>> = DefaultDeferrable.any([part]).map { $0 + 1 }
    let sure: Sure<Int> = part.recover { _ in 0 }.map { $0 + 1 }
    let surelyTried: Sure<Int> = part.flatMapError { _ in Sure<Int>.succeeded(1) }.map { $0 + 1 }
    let erased: Erased<Int> = part.erasingFailure().map { $0 + 1 }
    let statuses = (kept + [all, allOfAnyClass, race, zip, mapped, recovered, tried]).map(\.status)
    #expect(statuses == Array(repeating: .succeeded(21), count: 14))
    #expect(any.status == .succeeded(21))
    #expect([sure, surelyTried].map(\.status) == [.succeeded(21), .succeeded(21)])
    #expect(erased.status.isSucceeded)
  }

  @Test func `flatMap with a body that doesn't throw keeps it, behind anything`() {
    let part = Kept<Int>.succeeded(21)
    let all: Kept<Int> = DefaultDeferrable.all([part]).flatMap { later($0[0]) }
    let race: Kept<Int> = DefaultDeferrable.race([part]).flatMap { later($0) }
    let zip: Kept<Int> = DefaultDeferrable.zip(part, part).flatMap { first, _ in later(first) }
    let mapped: Kept<Int> = part.mapError { $0 }.flatMap { later($0) }
    let recovered: Kept<Int> = part.recover { error throws(Upset) in throw error }.flatMap { later($0) }
    let tried: Kept<Int> = part.flatMapError { _ in later(1) }.flatMap { later($0) }
    let twice: Kept<Int> = part.flatMap { later($0) }.flatMap { later($0) }
    let sure: Sure<Int> = part.recover { _ in 0 }.flatMap { Sure<Int>.succeeded($0) }
    let page: Kept<String> = DefaultDeferrable.race([part]).flatMap { _ in Page() }
    page.ignoreFailure()
    let statuses = [all, race, zip, mapped, recovered, tried, twice].map(\.status)
    #expect(statuses == Array(repeating: .succeeded(21), count: 7))
    #expect(sure.status == .succeeded(21))
    #expect(page.status.isUnknown)
  }

  @Test func `is found without a hint, from the body alone`() {
    let part = Kept<Int>.succeeded(1)
    let sure = Sure<Int>.succeeded(1)
    let erased = Erased<Int>.succeeded(1)
    let opaque: any Deferrable<Int, Upset> = part
    let kept = [
      failure(part.map { $0 }), failure(part.map(text)), failure(part.map(textOrUpset)),
      failure(part.map(\.description)),
      failure(part.map { number throws(Upset) in try textOrUpset(number) }), failure(opaque.map { $0 }),
      failure(DefaultDeferrable.race([part]).map { $0 }), failure(DefaultDeferrable.race([part]).map(text)),
      failure(DefaultDeferrable.race([part]).map(textOrUpset)), failure(DefaultDeferrable.all([part]).map(\.count)),
      failure(DefaultDeferrable.all([part]).map { numbers throws(Upset) in try textOrUpset(numbers[0]) }),
      failure(
        DefaultDeferrable.all([part]).map { numbers -> Int in
          let sum = numbers.reduce(0, +)
          return sum
        }),
      failure(part.flatMap { later($0) }), failure(part.flatMap(later)), failure(part.flatMap(laterOrUpset)),
      failure(DefaultDeferrable.race([part]).flatMap { later($0) }),
      failure(DefaultDeferrable.race([part]).flatMap(later)),
      failure(DefaultDeferrable.race([part]).flatMap(laterOrUpset)),
      failure(DefaultDeferrable.race([part]).flatMap { number throws(Upset) in try laterOrUpset(number) }),
    ]
    let wide = [
      failure(part.map { try textOrAny($0) }), failure(part.map(textOrAny)), failure(part.map(textOrOther)),
      failure(part.map { number in if number == 0 { throw Upset.small } }), failure(sure.map { try textOrAny($0) }),
      failure(erased.map { $0 }), failure(erased.map { try textOrAny($0) }),
      failure(DefaultDeferrable.race([part]).map { try textOrAny($0) }),
      failure(DefaultDeferrable.race([part]).map(textOrAny)), failure(DefaultDeferrable.race([part]).map(textOrOther)),
      failure(DefaultDeferrable.all([part]).map { numbers in if numbers == [] { throw Upset.small } }),
      failure(part.flatMap { try laterOrAny($0) }), failure(part.flatMap(laterOrAny)),
      failure(part.flatMap { _ in sure }), failure(DefaultDeferrable.race([part]).flatMap { _ in sure }),
      failure(DefaultDeferrable.race([part]).flatMap { try laterOrAny($0) }),
      failure(DefaultDeferrable.race([part]).flatMap(laterOrAny)),
    ]
    let none = [
      failure(sure.map { $0 }), failure(part.recover { _ in 0 }.map { $0 }), failure(sure.flatMap { _ in sure }),
    ]
    #expect(kept.filter { $0 != Upset.self }.isEmpty)
    #expect(wide.filter { $0 != (any Error).self }.isEmpty)
    #expect(none.filter { $0 != Never.self }.isEmpty)
  }

  @Test func `may be widened where a wider one is asked for`() {
    let part = Kept<Int>.succeeded(1)
    let mapped: Erased<Int> = part.map { $0 }
    let raced: Erased<Int> = DefaultDeferrable.race([part]).map { $0 }
    let chained: Erased<Int> = DefaultDeferrable.race([part]).flatMap { later($0) }
    #expect([mapped, raced, chained].map(\.status.isSucceeded) == [true, true, true])
  }

  @Test func `is what callbacks and errbacks behind it get`() {
    var history: [String] = []
    let part = Wish()
    DefaultDeferrable.all([part]).map { $0.count }.errback { (error: Upset) in history.append("map \(error)") }
    DefaultDeferrable.race([part]).flatMap { later($0) }.map { $0 }
      .errback { (error: Upset) in history.append("flatMap \(error)") }
    DefaultDeferrable.all([part]).map { _ in }.callback {}.errback { history.append("Void \($0)") }
    part.fail(.small)
    #expect(history == ["map small", "flatMap small", "Void small"])
  }
}

@Suite struct `A combined deferrable` {
  private func three() -> [DefaultDeferrable<Int, Upset>] { (0..<3).map { _ in DefaultDeferrable() } }

  @Test func `all succeeds with all values in the order of the parts`() {
    var history: [String] = []
    let parts = three()
    DefaultDeferrable.all(parts).callback { history.append("\($0)") }.errback { history.append("\($0)") }
    parts[2].succeed(3)
    parts[0].succeed(1)
    #expect(history == [])
    parts[1].succeed(2)
    #expect(history == ["[1, 2, 3]"])
  }

  @Test func `all fails with the first failure`() {
    var history: [String] = []
    let parts = three()
    DefaultDeferrable.all(parts).callback { history.append("\($0)") }.errback { history.append("\($0)") }
    parts[2].fail(.large)
    parts[1].fail(.small)
    parts[0].succeed(1)
    #expect(history == ["large"])
  }

  @Test func `all takes parts of different classes`() {
    var history: [String] = []
    let wish = Wish()
    let answer = DefaultDeferrable<Int, Upset>()
    let parts: [any Deferrable<Int, Upset>] = [wish, answer, wish.map { $0 + 1 }]
    DefaultDeferrable.all(parts).callback { history.append("\($0)") }
    answer.succeed(5)
    wish.succeed(1)
    #expect(history == ["[1, 5, 2]"])
  }

  @Test func `A2-7 all of nothing succeeds, any of nothing fails`() {
    let none: [DefaultDeferrable<Int, Upset>] = []
    #expect(DefaultDeferrable.all(none).status == .succeeded([]))
    #expect(DefaultDeferrable.all([any Deferrable<Int, Upset>]()).status == .succeeded([]))
    let failed: DefaultDeferrable<Int, AllFailed<Upset>> = .any(none)
    failed.ignoreFailure()
    #expect(failed.status == .failed(AllFailed([])))
  }

  @Test func `A2-7 race of nothing is a misuse`() async {
    await #expect(processExitsWith: .failure) {
      _ = DefaultDeferrable.race([DefaultDeferrable<Int, Upset>]())
    }
  }

  @Test func `A2-7 any gives the first success`() {
    var history: [String] = []
    let parts = three()
    DefaultDeferrable.any(parts).callback { history.append("\($0)") }.errback { history.append("\($0)") }
    parts[1].fail(.small)
    parts[2].succeed(3)
    parts[0].succeed(1)
    #expect(history == ["3"])
  }

  @Test func `A2-7 any fails with every failure, in the order of the parts`() {
    var history: [String] = []
    let parts = three()
    DefaultDeferrable.any(parts).errback { history.append("\($0.failures), \($0)") }
    parts[1].fail(.small)
    parts[2].fail(.late)
    parts[0].fail(.large)
    #expect(history == ["\([Upset.large, .small, .late]), all failed: large, small, late"])
  }

  @Test(arguments: [true, false])
  func `race takes the first outcome`(_ succeeds: Bool) {
    var history: [String] = []
    let parts = three()
    DefaultDeferrable.race(parts).callback { history.append("\($0)") }.errback { history.append("\($0)") }
    if succeeds { parts[1].succeed(2) } else { parts[1].fail(.small) }
    parts[0].succeed(1)
    parts[2].fail(.late)
    #expect(history == [succeeds ? "2" : "small"])
  }

  @Test func `zip succeeds with both values, or fails with the first failure`() {
    var history: [String] = []
    for failing in 0...2 {
      let wish = Wish()
      let page = DefaultDeferrable<String, Upset>()
      DefaultDeferrable.zip(wish, page)
        .callback { number, text in history.append("\(number) \(text)") }.errback { history.append("\($0)") }
      if failing == 1 { page.fail(.small) } else { page.succeed("page") }
      if failing == 2 { wish.fail(.large) } else { wish.succeed(1) }
    }
    #expect(history == ["1 page", "small", "large"])
  }

  @Test func `of settled parts is settled inside the call`() {
    let parts: [DefaultDeferrable<Int, Upset>] = [.succeeded(1), .succeeded(2)]
    #expect(DefaultDeferrable.all(parts).status == .succeeded([1, 2]))
    #expect(DefaultDeferrable.race(parts).status == .succeeded(1))
    let any: DefaultDeferrable<Int, AllFailed<Upset>> = .any(parts)
    #expect(any.status == .succeeded(1))
    let pair = DefaultDeferrable.zip(parts[0], parts[1])
    #expect(pair.status.isSucceeded)
  }
}
