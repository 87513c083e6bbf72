// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `The recorder` {
  @Test func `hands events on in order, once each, from several threads`() throws {
    let taken = Locked<[UInt64]>([])
    let recorder = Recorder { event in taken.withLock { $0.append(event.sequence) } }
    let loop = EventLoop.virtual()
    // At a finite speed jobs really run beside each other.
    loop.virtualTime?.speed = 10
    loop.observer = recorder
    let pool = DeferPool(threads: 4)
    try loop.run { loop in
      var left = 200
      for _ in 0..<200 {
        loop.defer(on: pool) { [handle = loop.handle] in
          for _ in 0..<20 { handle.note(LoopEvent(.log, label: "busy")) }
        } callback: {
          left -= 1
          if left == 0 { loop.stop() }
        }
      }
    }
    recorder.finish()
    let order = taken.withLock { $0 }
    #expect(order == order.sorted() && Set(order).count == order.count)
    #expect(order == recorder.history.map(\.sequence))
    #expect(recorder.history.filter { $0.is(.jobEnd) }.count == 200)
    #expect(recorder.history.filter { $0.is(.log) }.count == 4000)
  }

  @Test func `tells the turn of each event, and nothing after the last one`() throws {
    let loop = EventLoop.virtual()
    let recorder = Recorder(turns: 2, atLastTurn: { [handle = loop.handle] in handle.stop() }) { _ in }
    loop.observer = recorder
    try loop.run { loop in
      loop.addPeriodicTimer(every: .seconds(1)) {}
    }
    #expect(recorder.history.last?.is(.turnEnd) == true)
    #expect(Set(recorder.history.map(\.turn)) == [0, 1, 2])
    #expect(loop.statistics.turns <= 3)
  }
}

@Suite struct `The plain log` {
  private func log(_ isVerbose: Bool = false, _ body: (EventLoop) -> Void) throws -> [String] {
    let loop = EventLoop.virtual()
    let recorder = Recorder()
    loop.observer = recorder
    try loop.run { loop in
      body(loop)
      loop.addTimer(after: .seconds(9), file: "playground", line: 0) { loop.stop() }
    }
    var log = PlainLog(isVerbose: isVerbose)
    return recorder.history.flatMap { log.take($0) }.map { $0.text(LogLine.Layout(showsPlaces: false)) }
  }

  private func say(_ text: String) { EventLoop.note(LoopEvent(.log, label: text)) }

  @Test func `names things by their first appearance, or by their label`() throws {
    let lines = try log { loop in
      loop.addTimer(after: .seconds(2)) { say("second") }
      loop.addTimer(after: .seconds(1)) { say("first") }.label("early")
      loop.addPeriodicTimer(every: .seconds(4)) { timer in
        say("again")
        if timer.firings == 2 { timer.cancel() }
      }
    }
    #expect(
      lines == [
        "   1.000  turn 1    timer  early  first",
        "   2.000  turn 2    timer  t1  second",
        "   4.000  turn 3    timer  t3  again",
        "   8.000  turn 4    timer  t3  again",
        "   8.000  turn 4    cancel t3",
      ])
  }

  @Test func `says when ticks never let the loop wait`() throws {
    let lines = try log { loop in
      func chain() {
        loop.block(for: .milliseconds(50))
        if loop.now < .zero + .seconds(6) { loop.nextTick { chain() } }
      }
      chain()
    }
    #expect(lines.filter { $0.hasPrefix("!") } == ["!  5.050  turn 101  starving ticks for 5.050 without a wait"])
  }

  @Test func `doesn't take what was waited for before the ticks for starving`() throws {
    let lines = try log { loop in
      loop.addTimer(after: .seconds(20)) {
        loop.nextTick { loop.nextTick { loop.nextTick {} } }
      }
    }
    #expect(lines.filter { $0.hasPrefix("!") } == [])
  }

  @Test func `marks a block of more than 100 ms, and no shorter one`() throws {
    let lines = try log { loop in
      loop.addTimer(after: .seconds(1)) { loop.block(for: .milliseconds(100)) }
      loop.addTimer(after: .seconds(2)) { loop.block(for: .milliseconds(101)) }
    }
    #expect(lines.filter { $0.hasPrefix("!") } == ["!  2.101  turn 2    blocked 0.101 (limit 0.100)"])
  }

  @Test func `tells of a job that threw and that nobody listens to, and of no other`() throws {
    struct Late: Error {}
    LostReports.becomeEvents()
    let pool = DeferPool(threads: 1)
    let lines = try log { loop in
      @discardableResult func job() -> DeferredJob<Int> { loop.defer(on: pool) { throw Late() } }
      job()
      job().errback { _ in }
      job().completion { _ in }
      job().ignoreFailure()
      // Somebody may listen when all is over.
      let held = job()
      loop.addTimer(after: .seconds(1)) { held.errback { _ in say("late") } }
      // One that is derived from it has the failure from then on.
      loop.addTimer(after: .seconds(2)) { job().map { $0 + 1 }.recover { _ in 0 } }
      let deferrable = DefaultDeferrable<Int, Late>()
      loop.addTimer(after: .seconds(3)) { deferrable.fail(Late()) }
    }
    #expect(
      lines.filter { $0.hasPrefix("!") } == [
        "!  0.000  turn 1    no-errback nobody heard that it failed: Late()",
        "!  3.000  turn 9    lost   nobody heard that it failed: Late()",
      ])
  }

  @Test func `keeps within 80 columns`() {
    for id in Course.all.map({ $0.card.id }) {
      let lines = Built.playground("run", id).output.split(separator: "\n")
      #expect(lines.filter { $0.count > 80 } == [])
    }
  }
}
