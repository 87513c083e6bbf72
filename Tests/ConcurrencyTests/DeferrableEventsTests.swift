// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

extension LoopEvent {
  /// `kind #id first @line label`, without what is zero; ids counted from the first one.
  fileprivate func text(from base: UInt64) -> String {
    let identity = id == 0 ? "" : " #\(id - base)"
    let owner = first == 0 ? "" : kind == .statusSet ? " \(first)" : " of #\(UInt64(first) - base)"
    return "\(kind)\(identity)\(owner)\(label.map { " \($0)" } ?? "")"
  }
}

@Suite struct `An observed deferrable` {
  /// What the observer of a loop hears of deferrables while `body` runs on it.
  private func events(_ body: @escaping () -> Void) throws -> [LoopEvent] {
    let recorder = Recorder([.runs, .arming, .statuses])
    let loop = EventLoop.virtual()
    loop.nextTick { body() }
    loop.observer = recorder
    try loop.run(until: .idle)
    return recorder.events.filter {
      ["status", "callback", "errback", "completion", "derived"].contains($0.kind.subject)
    }
  }

  @Test func `tells of entries armed, begun and ended, and of statuses`() throws {
    let events = try events {
      let answer = DefaultDeferrable<Int, Upset>().label("answer")
      answer.callback { _ in }
      answer.errback { _ in }
      let id = answer.addCallback { _ in }
      answer.completion { _ in }
      answer.cancel(id)
      answer.succeed(1)
      answer.callback { _ in answer.fail(.small) }
      answer.ignoreFailure()
    }
    let base = UInt64(events.first?.first ?? 0)
    #expect(
      events.map { $0.text(from: base) } == [
        "callback.arm #1 of #0 answer", "errback.arm #2 of #0 answer", "callback.arm #3 of #0 answer",
        "completion.arm #4 of #0 answer", "callback.cancel #3 of #0 answer",
        "status #0 1 answer",
        "callback.begin #1 of #0 answer", "callback.end #1 of #0 answer",
        "completion.begin #4 of #0 answer", "completion.end #4 of #0 answer",
        "callback.arm #5 of #0 answer", "callback.begin #5 of #0 answer", "status #0 answer",
        "callback.end #5 of #0 answer",
      ])
  }

  @Test func `tells of what is derived, and the place of each call`() throws {
    let events = try events {
      let answer = DefaultDeferrable<Int, Upset>(file: "Made", line: 1)
      answer.map(file: "Mapped", line: 2) { $0 }.callback(file: "Called", line: 3) { _ in }
      answer.succeed(1)
    }
    let history = events.map { "\($0.kind) \($0.file):\($0.line)" }
    #expect(
      history == [
        "derived.arm Mapped:2", "callback.arm Called:3", "status Made:1", "derived.begin Mapped:2",
        "status Mapped:2", "derived.end Mapped:2", "callback.begin Called:3", "callback.end Called:3",
      ])
  }

  @Test func `has the running entry as the cause of what it does`() throws {
    let events = try events {
      let answer = DefaultDeferrable<Int, Never>()
      let other = DefaultDeferrable<Int, Never>()
      answer.callback { other.succeed($0) }
      answer.succeed(1)
    }
    let begin = events.first { $0.kind == .callbackBegin }
    let statuses = events.filter { $0.kind == .statusSet }
    #expect(statuses.count == 2)
    #expect(statuses.last?.cause == begin?.id && begin?.id != 0)
  }

  @Test func `says nothing where nobody observes, and runs as ever`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let answer = DefaultDeferrable<Int, Upset>()
    loop.nextTick {
      answer.callback { history.append("got \($0)") }
      answer.succeed(1)
    }
    try loop.run(until: .idle)
    #expect(history == ["got 1"])
  }

  @Test func `made when nobody observed is told of from its status on, also with a timeout, label or number`() throws {
    let recorder = Recorder([.runs, .statuses])
    let loop = EventLoop.virtual()
    let plain = DefaultDeferrable<Int, Upset>(file: "plain")
    let labelled = DefaultDeferrable<Int, Upset>(file: "labelled").label("label")
    let numbered = DefaultDeferrable<Int, Upset>(file: "numbered")
    numbered.cancel(numbered.addCallback { _ in })
    let timed = DefaultDeferrable<Int, Upset>(file: "timed")
    timed.timeout(after: .seconds(9), on: loop, failingWith: .late)
    let late = DefaultDeferrable<Int, Upset>(file: "late")
    late.timeout(after: .seconds(1), on: loop, failingWith: .late)
    let owned = loop.chunk(1..., .elements(1), file: "owned") { _ in }
    for one in [plain, labelled, numbered, timed, late] { one.completion { _ in } }
    owned.callback { _ in }
    loop.nextTick {
      loop.observer = recorder
      for one in [plain, labelled, numbered, timed] { one.succeed(1) }
      owned.succeed(1)
    }
    try loop.run(until: .idle)
    let told = recorder.events.filter { ["status", "completion", "callback"].contains($0.kind.subject) }
    #expect(
      told.map { "\($0.kind)\($0.kind == .statusSet ? " \($0.file) \($0.first)" : "") \($0.label ?? "-")" } == [
        "status plain 1 -", "completion.begin -", "completion.end -",
        "status labelled 1 label", "completion.begin label", "completion.end label",
        "status numbered 1 -", "completion.begin -", "completion.end -",
        "status timed 1 -", "completion.begin -", "completion.end -",
        "status owned 1 -", "callback.begin -", "callback.end -",
        "status late 0 -", "completion.begin -", "completion.end -",
      ])
    let numbers = told.filter { $0.kind == .statusSet }.map(\.id)
    #expect(!numbers.contains(0) && Set(numbers).count == 6)
  }

  @Test func `runs its entries in order when the observer comes or goes between them`() throws {
    var history: [String] = []
    let recorder = Recorder([.runs])
    let loop = EventLoop.virtual()
    let before = DefaultDeferrable<Int, Upset>()
    before.callback { history.append("before \($0)") }
    loop.nextTick {
      loop.observer = recorder
      let during = DefaultDeferrable<Int, Upset>()
      during.callback { history.append("1: \($0)") }
      loop.observer = nil
      during.callback { history.append("2: \($0)") }
      during.errback { _ in history.append("never") }
      during.map { $0 + 1 }.callback { history.append("3: \($0)") }
      before.succeed(0)
      during.succeed(1)
    }
    try loop.run(until: .idle)
    #expect(history == ["before 0", "1: 1", "2: 1", "3: 2"])
  }
}
