// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 4: work for the next opportunity.
public struct NextTick: Lesson {
  /// What it is about.
  public static let card = Card(
    4, "next-tick", "nextTick: later, but soon", minutes: 4, length: .seconds(2),
    text: """
      `nextTick` runs a closure when the callback that runs now has returned:
      in step 5 of a turn, first in, first out.

      Only the ticks that were queued when the step began run in it. A tick
      that queues another one hands the turn back first: timers, descriptors
      and other threads get their chance between any two links of a chain. So
      a chain that never ends starves nobody. (Each link here takes 1 ms.)

      Other threads can't touch the loop: the compiler refuses it. They have
      its handle, and what they schedule arrives in step 4.
      """,
    actions: [
      "a": "log A, queue B, log C", "h": "a chain of 5 ticks", "i": "a chain that never ends",
      "k": "kill that chain", "o": "schedule from another thread",
    ],
    question: "Key a logs A, queues a tick that logs B, logs C. In which order?",
    options: ["A B C", "A C B", "B A C"],
    why: "A tick waits for the callback that queues it to return, and for step 5.",
    press: "a", script: "a@0.1 h@0.3 o@0.6 i@0.8 k@1.4")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    loop.addPeriodicTimer(every: .seconds(0.25)) { io.log("beat") }
    io.onKey("a") {
      io.log("A")
      loop.nextTick { io.log("B") }
      io.log("C")
    }
    var isKilled = false
    func chain(_ links: Int) {
      loop.block(for: .milliseconds(1))
      if links < 6 { io.log("\(links) left") }
      if links > 1, !isKilled { loop.nextTick { chain(links - 1) } }
    }
    io.onKey("h") { loop.nextTick { chain(5) } }
    io.onKey("i") { loop.nextTick { chain(.max) } }
    io.onKey("k") { isKilled = true }
    io.onKey("o") { [handle = loop.handle] in
      loop.defer { handle.schedule { _ in io.log("hello") } }
    }
    // snippet.hide
  }

  /// In order, a turn apart, and nobody starves.
  public func checks(_ trace: Trace) -> [Check] {
    [
      Check("ticks run in the order of queueing, and what a tick queues waits a turn") { trace.tickOrder() },
      Check("a tick runs when the callback that queued it has returned") {
        let ticks = trace.lines("B")
        for (index, key) in trace.presses("a").enumerated() {
          let inside = trace.lines.filter { line in
            line.inside.contains { trace.runs[$0].begin.sequence == key.begin.sequence }
          }
          if inside.map(\.text) != ["A", "C"] { return "inside of the callback came \(inside.map(\.text))" }
          guard let end = key.end else { continue }
          if ticks.count > index, ticks[index].event.sequence < end.sequence { return "B came before the end" }
          if ticks.count <= index, end.turn < trace.events.last?.turn ?? 0 { return "B never came" }
        }
        return nil
      },
      Check("a chain of ticks starves no timer: each beat is late by one link at most") {
        let chains = trace.presses("h").count + trace.presses("i").count
        let late = trace.runs("timer").first {
          trace.isExact && $0.begin.time.nanoseconds - Int64($0.begin.first) > 1_000_000 * Int64(chains)
        }
        return late.map { "the timer due at \(Instant(nanoseconds: Int64($0.begin.first))) fired at \($0.begin.time)" }
      },
      Check("another thread's work arrives on the loop, in step 4") {
        let wrong = trace.lines("hello").first { trace.subjects($0.inside) != ["arrival"] || $0.event.lane != 0 }
        if wrong != nil { return "it was logged elsewhere" }
        let jobs = trace.events(.jobEnd)
        let heard = trace.lines("hello").count
        // What was sent in the last turn may not have been heard when the recording ended.
        let last = trace.events.last?.turn ?? 0
        let due = jobs.count { $0.turn + 1 < last }
        return (due...jobs.count).contains(heard) ? nil : "\(jobs.count) threads said hello, \(heard) were heard"
      },
    ]
  }

  /// The order of A, B and C.
  public func answer(_ trace: Trace) -> Int? {
    let order = trace.lines.map(\.text).filter { ["A", "B", "C"].contains($0) }.prefix(3).joined()
    return ["ABC": 1, "ACB": 2, "BAC": 3][order]
  }
}
