// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

/// What was reported, since `listen()`; in a process of its own, since the hook is the process's.
private enum Reports {
  private static let lines = Locked<[String]>([])

  static func listen() {
    LostDeferrable.onReport { report in
      let name = report.label ?? "?"
      let line =
        switch report.kind {
        case .failed(let error): "\(name) failed \(error)"
        case .unsettled: "\(name) unsettled"
        }
      lines.withLock { $0.append(line) }
    }
  }

  static var all: [String] { lines.withLock { $0 } }
}

private typealias Answer = DefaultDeferrable<Int, Upset>

/// Runs `body` on a virtual loop until it is idle.
private func onLoop(_ body: (EventLoop) -> Void) {
  attempt {
    let loop = EventLoop.virtual()
    withoutActuallyEscaping(body) { body in
      loop.nextTick { body(loop) }
      attempt { try loop.run(until: .idle) }
    }
  }
}

// Each test is a process of its own.
@Suite struct `A lost deferrable` {
  @Test func `A2-7 is reported once if its failure was never taken`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      do {
        let answer = Answer().label("answer")
        answer.callback { _ in }
        answer.fail(.large)
        expectEqual(Reports.all, [])
      }
      do { _ = Answer.failed(.small).label("made so") }
      do {
        let wish = Wish().label("wish")
        wish.fail(.late)
      }
      expectEqual(Reports.all, ["answer failed large", "made so failed small", "wish failed late"])
    }
  }

  @Test func `A2-7 is not reported if an errback, a completion, a derived one or ignoreFailure took the failure`() async
  {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      for late in [false, true] {
        for way in 0..<6 {
          let answer = Answer().label("\(way)")
          if late { answer.fail(.small) }
          switch way {
          case 0: answer.errback { _ in }
          case 1: answer.completion { _ in }
          case 2: answer.map { $0 }.ignoreFailure()
          case 3: answer.addErrback { _ in }
          case 4: answer.recover { _ in 0 }
          default: answer.ignoreFailure()
          }
          answer.fail(.small)
        }
      }
      expectEqual(Reports.all, [])
    }
  }

  @Test func `A2-7 a failure that a derived one took is that one's to report`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      do {
        let answer = Answer().label("source")
        answer.map { $0 }.label("first").map { $0 }.label("second")
        answer.flatMap { Answer.succeeded($0) }.label("handled").errback { _ in }
        answer.fail(.small)
      }
      expectEqual(Reports.all, ["second failed small"])
    }
  }

  @Test func `A5-deferrables-5 is counted per value: a failure set later that no entry hears is reported`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      do {
        let answer = Answer().label("again")
        answer.errback { error in if error == .small { answer.fail(.large) } }
        answer.fail(.small)
      }
      do {
        let answer = Answer().label("heard again")
        answer.errback { error in if error == .small { answer.fail(.large) } }
        answer.errback { _ in }
        answer.fail(.small)
      }
      do {
        let answer = Answer().label("turned")
        answer.callback { _ in answer.fail(.late) }
        answer.succeed(1)
      }
      do {
        let answer = Answer().label("turned back")
        answer.callback { _ in
          answer.fail(.late)
          answer.succeed(2)
        }
        answer.succeed(1)
      }
      expectEqual(Reports.all, ["again failed large", "turned failed late"])
    }
  }

  @Test func `A2-7 losers of race and any, and later failures of parts of all and zip, are not reported`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      func parts() -> [Answer] { (0..<3).map { Answer().label("part \($0)") } }
      do {
        let parts = parts()
        _ = DefaultDeferrable.race(parts)
        parts[0].succeed(1)
        parts[1].fail(.small)
      }
      do {
        let parts = parts()
        _ = DefaultDeferrable.any(parts)
        parts[1].fail(.small)
        parts[0].succeed(1)
        parts[2].fail(.small)
      }
      do {
        let parts = parts()
        DefaultDeferrable.all(parts).errback { _ in }
        parts[1].fail(.small)
        parts[0].fail(.large)
        parts[2].fail(.late)
      }
      do {
        let parts = parts()
        DefaultDeferrable.zip(parts[0], parts[1]).errback { _ in }
        parts[1].fail(.small)
        parts[0].fail(.large)
      }
      expectEqual(Reports.all, [])
      do {
        let parts = parts()
        DefaultDeferrable.all(parts).label("all")
        parts[1].fail(.small)
        parts[0].fail(.large)
      }
      expectEqual(Reports.all, ["all failed small"])
    }
  }

  @Test func `A2-7 is reported if it goes unsettled with callbacks waiting while a loop runs`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      onLoop { _ in
        do { Answer().label("callback").callback { _ in } }
        do { Answer().label("errback").errback { _ in } }
        do { Answer().label("completion").completion { _ in } }
        do { Answer().label("numbered").addCallback { _ in } }
        do { Answer().label("nobody waits") }
        do {
          let answer = Answer().label("cancelled")
          answer.cancel(answer.addCallback { _ in })
        }
        do { Answer().label("settled").callback { _ in }.succeed(1) }
      }
      expectEqual(
        Reports.all, ["callback unsettled", "errback unsettled", "completion unsettled", "numbered unsettled"])
    }
  }

  @Test func `A2-7 is not reported as unsettled where no loop runs, or closes`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      do { Answer().label("no loop").callback { _ in } }
      onLoop { loop in
        let ticked = Answer().label("tick that never runs")
        ticked.callback { _ in }
        let hooked = Answer().label("hook")
        hooked.callback { _ in }
        loop.onStop { withExtendedLifetime(hooked) {} }
        loop.addTimer(after: .seconds(1)) { ticked.succeed(1) }
        loop.stop()
        do { Answer().label("after stop").callback { _ in } }
      }
      expectEqual(Reports.all, [])
    }
  }

  @Test func `A5-deferrables-6 a dropped chain is one report`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      onLoop { _ in
        do { Answer().label("source").map { $0 }.label("middle").map { $0 }.label("end").callback { _ in } }
        do {
          let source = Answer().label("source with callback")
          source.callback { _ in }
          source.map { $0 }.label("middle").callback { _ in }.map { $0 }.label("end").callback { _ in }
        }
        do {
          let source = Answer().label("source of two")
          source.map { $0 }.label("left").callback { _ in }.map { $0 }.label("left end").callback { _ in }
          source.map { $0 }.label("right").callback { _ in }
        }
        do { Answer().map { $0 } }
      }
      expectEqual(
        Reports.all,
        ["end unsettled", "source with callback unsettled"]
          + Reports.all.dropFirst(2).sorted())
      expectEqual(Reports.all.dropFirst(2).sorted(), ["left unsettled", "right unsettled"])
    }
  }

  @Test func `A5-deferrables-6 a derived one that outlives its reported source is not reported again`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      onLoop { loop in
        var kept: Answer?
        do {
          let source = Answer().label("source")
          source.callback { _ in }
          kept = source.map { $0 }.label("kept")
          kept?.map { $0 }.label("kept's").callback { _ in }
        }
        kept?.callback { _ in }
        loop.nextTick { kept = nil }
      }
      expectEqual(Reports.all, ["source unsettled"])
    }
  }

  @Test func `A5-deferrables-4 an abandoned one may still be settled, by its timeout or its user`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      let history = Locked<[String]>([])
      onLoop { loop in
        do {
          let source = Answer().label("source")
          source.map { $0 }.label("timed").timeout(after: .seconds(1), on: loop, failingWith: .late)
            .errback { error in history.withLock { $0.append("timed \(error)") } }
        }
        var kept: Answer?
        do { kept = Answer().map { $0 } }
        kept?.callback { value in history.withLock { $0.append("kept \(value)") } }
        kept?.map { $0 + 1 }.callback { value in history.withLock { $0.append("kept's \(value)") } }
        kept?.succeed(1)
      }
      expectEqual(history.withLock { $0 }, ["kept 1", "kept's 2", "timed late"])
      expectEqual(Reports.all, [])
    }
  }

  @Test func `A5-deferrables-6 what closing ended is never reported, whenever it is released`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      let loop = EventLoop.virtual()
      let timed = Answer().label("timed")
      timed.callback { _ in }
      var kept: [Answer] = []
      do {
        let source = Answer().label("source")
        loop.addTimer(after: .seconds(9)) { source.succeed(1) }
        kept = [timed, source.map { $0 }.label("derived of what closing released")]
        kept[1].callback { _ in }
        source.map { $0 }.label("nobody's").callback { _ in }
      }
      timed.timeout(after: .seconds(5), on: loop, failingWith: .late)
      attempt { try loop.run { $0.stop() } }
      // Released in a later run.
      onLoop { _ in kept = [] }
      withExtendedLifetime(timed) {}
      expectEqual(Reports.all, [])
    }
  }

  @Test func `A2-7 a failure by its own cancel is not reported, nor is it further down`() async {
    await #expect(processExitsWith: .success) {
      Reports.listen()
      onLoop { loop in
        let chunker = loop.chunk(1...10, .elements(1)) { _ in }
        chunker.map { $0 }.label("derived").map { $0 }.label("derived of that")
        chunker.cancel()
      }
      expectEqual(Reports.all, [])
    }
  }

  @Test func `is told to a hook any number of times, on a stack of 512 KiB`() async {
    await #expect(processExitsWith: .success) {
      let heard = Locked(0)
      let gate = Gate()
      LostDeferrable.onReport { _ in heard.withLock { $0 += 1 } }
      do {
        try SystemThread.start(name: "small stack", stackSize: 512 * 1024) {
          for _ in 0..<20_000 { Answer().fail(.small) }
          gate.open()
        }
      } catch {
        fatalError("\(error)")
      }
      gate.wait()
      guard heard.withLock({ $0 }) == 20_000 else { fatalError("only \(heard.withLock { $0 }) reports were heard") }
    }
  }

  @Test func `writes one line on standard error unless a hook is set, with the place that made it`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      do { Answer(file: "Shop/Till.swift", line: 42).fail(.small) }
      Reports.listen()
      do { Answer().fail(.large) }
      LostDeferrable.onReport(nil)
      do {
        let wish = Wish().label("wish")
        wish.fail(.late)
      }
      onLoop { _ in
        do { Answer(file: "Shop/Till.swift", line: 43).callback { _ in } }
      }
    }
    let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    let lines = output.split(separator: "\n").filter { $0.hasPrefix("lost: ") }
    #expect(
      lines == [
        "lost: a deferrable made at Shop/Till.swift:42 failed with small, and nobody heard of it",
        "lost: a deferrable (wish) made at ConcurrencyTests/DeferrableTests.swift:14 failed with late, and nobody heard of it",
        "lost: a deferrable made at Shop/Till.swift:43 was released unsettled, and its callbacks will never run",
      ])
  }

  @Test func `names the place that derived it`() async {
    await #expect(processExitsWith: .success) {
      let places = Locked<[String]>([])
      LostDeferrable.onReport { report in places.withLock { $0.append("\(report.file):\(report.line)") } }
      do {
        let answer = Answer()
        answer.map(file: "A", line: 1) { $0 }
        answer.flatMap(file: "B", line: 2) { Answer.succeeded($0) }
        answer.mapError(file: "C", line: 3) { $0 }
        answer.erasingFailure(file: "D", line: 4)
        _ = DefaultDeferrable.all([answer], file: "E", line: 5)
        answer.fail(.small)
      }
      expectEqual(places.withLock { $0 }.sorted(), ["A:1", "B:2", "C:3", "D:4", "E:5"])
    }
  }

  @Test func `may set another hook inside the hook`() async {
    await #expect(processExitsWith: .success) {
      LostDeferrable.onReport { _ in Reports.listen() }
      do { Answer().label("first").fail(.small) }
      do { Answer().label("second").fail(.large) }
      expectEqual(Reports.all, ["second failed large"])
    }
  }
}
