// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 5: long work, three ways.
public struct Chunking: Lesson {
  /// What it is about.
  public static let card = Card(
    5, "chunking", "Blocking vs chunking", minutes: 4, length: .seconds(11.5), usesPool: true,
    text: """
      A loop has one thread. A job of 2 s on that thread stops timers, keys
      and connections alike: nothing is broken, and nothing happens.

      Cut into 200 slices of 10 ms, each handed back to the loop, the same job
      leaves the loop alive: nobody waits for longer than one slice.

      Work that can't be cut goes to another thread with `defer`; only its
      result comes back to the loop.
      """,
    actions: [
      "b": "2 s of work in one piece", "c": "the same in 200 slices", "d": "the same on another thread",
      "+": "slices twice as long", "-": "slices half as long",
    ],
    question: "While the slices of 10 ms run, how late is the beat at most?",
    options: ["not at all", "by one slice: 10 ms", "by the whole work: 2 s"],
    why: "Between two slices the loop gets a turn, and the beat with it.",
    press: "c", script: "b@1.25 c@4.105 d@7.1 -@9.6 c@9.705 +@11")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    loop.addPeriodicTimer(every: .seconds(0.25)) { beat in
      io.log("beat \(beat.firings)")
    }
    io.onKey("b") { loop.block(for: .seconds(2)) }

    var slice = Duration.milliseconds(10)
    io.onKey("c") {
      loop.chunk(1...200, .elements(1)) { _ in
        loop.block(for: slice)
      }.callback { io.log("\($0) slices done") }
    }
    io.onKey("d") {
      loop.defer(on: io.pool) {
        try DeferPool.sleep(for: .seconds(2))
      }.callback { io.log("done elsewhere") }
    }
    io.onKey("+") { slice *= 2 }
    io.onKey("-") { slice /= 2 }
    // snippet.hide
  }

  /// Who makes the beat late, by how much, and that all work gets done.
  public func checks(_ trace: Trace) -> [Check] {
    let beats = trace.runs("timer").map { (due: Int64($0.begin.first), came: $0.begin.time) }
    return [
      Check("a block of the loop makes the next beat late by what was left of it") {
        for block in trace.blocks where block.end - block.begin >= .seconds(1) {
          guard let next = beats.first(where: { $0.came >= block.end }) else { continue }
          let late = next.came - Instant(nanoseconds: next.due)
          let left = block.end - block.begin - .milliseconds(250)
          if late < left { return "after \(block.end) it was late by \(late) only" }
        }
        return nil
      },
      Check("no beat waits for longer than one slice or block, and 5 ms") {
        let busy = trace.blocks
        for beat in beats where trace.isExact {
          let due = Instant(nanoseconds: beat.due)
          let block = busy.first { $0.begin <= due && due < $0.end }
          let allowed = block.map { $0.end - due } ?? .zero
          if beat.came - due > allowed + .milliseconds(5) { return "the one due at \(due) came at \(beat.came)" }
        }
        return nil
      },
      Check("all work gets done, whichever way") {
        for line in trace.lines where line.text.hasSuffix("slices done") && line.text != "200 slices done" {
          return "a chunker ended with \(line.text)"
        }
        let slices = trace.runs("block").count { trace.subjects($0.inside).contains("tick") }
        let chunks = trace.lines("200 slices").count
        if slices < 200 * chunks { return "\(chunks) times 200 slices were done in \(slices) blocks" }
        let jobs = trace.events(.jobEnd).count { $0.first == 0 }
        let results = trace.lines("done elsewhere").count
        return jobs == results ? nil : "\(jobs) jobs ended, and \(results) results came"
      },
    ]
  }

  /// How late the beat was during the slices of 10 ms.
  public func answer(_ trace: Trace) -> Int? {
    let slices = trace.runs("block").filter { $0.begin.first == 10_000_000 }
    guard let begin = slices.first?.begin.time, let end = slices.last?.end?.time else { return nil }
    let late = trace.runs("timer").filter { begin <= $0.begin.time && $0.begin.time <= end }
      .map { $0.begin.time.nanoseconds - Int64($0.begin.first) }.max()
    guard let late else { return nil }
    return late == 0 ? 1 : late < 1_000_000_000 ? 2 : 3
  }
}
