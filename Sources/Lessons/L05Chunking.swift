// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 5: long work, three ways.
public struct Chunking: Lesson {
  /// What it is about.
  public static let card = Card(
    5, "chunking", "Blocking vs chunking", minutes: 4, length: .seconds(14), usesPool: true,
    text: """
      A loop has one thread. A job of 2 s on that thread stops timers, keys
      and connections alike: nothing is broken, and nothing happens.

      Cut into 200 slices of 10 ms, each handed back to the loop, the same job
      leaves the loop alive: nobody waits for longer than one slice.

      Work that can't be cut goes to another thread with `defer`; only its
      result comes back to the loop. All three get the same sum.
      """,
    actions: [
      "b": "2 s of work in one piece", "c": "the same in 200 slices", "d": "the same on another thread",
      "+": "slices twice as long", "-": "slices half as long",
    ],
    question: "While the slices of 10 ms run, how late is the beat at most?",
    options: ["not at all", "by one slice: 10 ms", "by the whole work: 2 s"],
    script: "b@1.25 c@4.1 d@7.1 -@9.6 c@9.7 +@11")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    loop.addPeriodicTimer(every: .seconds(0.25)) { beat in
      io.log("beat \(beat.firings)")
    }
    io.onKey("b") { loop.block(for: .seconds(2)) }

    var (slice, sum) = (Duration.milliseconds(10), 0)
    io.onKey("c") {
      loop.chunk(1...200, .elements(1)) { number in
        loop.block(for: slice)
        sum += number
      }.callback { io.log("\($0) slices done") }
    }
    io.onKey("d") {
      loop.defer(on: io.pool) { try DeferPool.sleep(for: .seconds(2)) }
        callback: { io.log("done elsewhere") }
    }
    io.onKey("+") { slice *= 2 }
    io.onKey("-") { slice /= 2 }
    // snippet.hide
  }
  /// How late the beat gets, and that the work is done.
  public func checks(_ trace: Trace) -> [Check] { [] }
  /// How late the beat was in slices.
  public func answer(_ trace: Trace) -> Int? { nil }
}
