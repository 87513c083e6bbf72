// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 3: a timer that goes on firing.
public struct PeriodicTimers: Lesson {
  /// What it is about.
  public static let card = Card(
    3, "periodic", "Periodic timers, and cancelling them", minutes: 3, length: .seconds(4.5),
    text: """
      A periodic timer fires again and again until it is cancelled. Its
      deadlines stand on a grid, start + 1, 2, 3 ... intervals, so it doesn't
      drift: what a callback takes is not added to the next deadline.

      If the loop was busy while points of the grid went by, the timer fires
      once, late; the other points are skipped and counted in `missed`. The
      next firing is back on the grid.

      It may be cancelled anywhere, also inside its own callback: after that
      it never fires again.
      """,
    actions: [
      "b": "block the loop for 0.6 s", "+": "double the interval", "-": "halve it",
      "x": "cancel inside the next beat", "c": "cancel at once",
    ],
    question: "b holds the loop for 0.6 s, over two or three beats. How many come late?",
    options: ["none: both are skipped", "one", "all of them, in a burst"],
    why: "What was missed is counted, not made up for; the next beat is on the grid again.",
    press: "b", script: "b@0.6 +@2.1 -@3.1 x@4.1")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    var isLast = false
    let beat = loop.addPeriodicTimer(every: .seconds(0.25)) { me in
      io.log("beat \(me.firings)")
      if isLast { me.cancel() }
    }
    io.onKey("b") { loop.block(for: .seconds(0.6)) }
    io.onKey("+") { beat.interval = beat.interval * 2 }
    io.onKey("-") { beat.interval = beat.interval / 2 }
    io.onKey("x") { isLast = true }
    io.onKey("c") {
      beat.cancel()
      io.log("cancelled after \(beat.firings) beats")
    }
    // snippet.hide
  }

  /// One late beat and not a burst, on the grid, every skipped one counted, silence after the end.
  public func checks(_ trace: Trace) -> [Check] {
    let beats = trace.runs("periodic")
    let deadlines = beats.map { beat in beat.inside.last.map { trace.runs[$0].begin.first } ?? 0 }
    let changes = (trace.presses("+") + trace.presses("-")).map(\.begin.time).min() ?? .never
    let steady = beats.indices.filter { beats[$0].begin.time < changes }
    return [
      Check("no beat comes after the end") {
        let cancelled = trace.presses("c").first?.begin.sequence ?? .max
        let isLast = trace.presses("x").first?.begin.sequence ?? .max
        let rest = beats.filter { $0.begin.sequence > min(cancelled, isLast) }
        let allowed = isLast < cancelled ? 1 : 0
        return rest.count > allowed ? "beat \(rest[allowed].begin.first) did" : nil
      },
      Check("a stall is followed by one late beat, not by a burst") {
        let pair = zip(beats, beats.dropFirst()).first { $0.begin.time >= $1.begin.time }
        return pair.map { "beats \($0.begin.first) and \($1.begin.first) came at \($0.begin.time)" }
      },
      Check("beats stand on the grid, and those that were skipped are counted") {
        let interval = 250_000_000
        for index in steady {
          let passed = index == 0 ? deadlines[0] : deadlines[index] - deadlines[index - 1]
          let skipped = index == 0 ? 0 : beats[index - 1].begin.second
          if passed != interval * (skipped + 1) {
            return "beat \(beats[index].begin.first) was due \(Instant(nanoseconds: Int64(deadlines[index])))"
          }
        }
        return beats.isEmpty ? "there was no beat" : nil
      },
      Check("a beat is as late as the loop was busy, and no later") {
        for (beat, deadline) in zip(beats, deadlines)
        where trace.isExact && beat.begin.time.nanoseconds != deadline {
          let due = Instant(nanoseconds: Int64(deadline))
          let excuse = trace.blocks.contains { $0.begin <= due && due < $0.end && $0.end == beat.begin.time }
          if !excuse { return "beat \(beat.begin.first) was due at \(due) and came at \(beat.begin.time)" }
        }
        return nil
      },
    ]
  }

  /// How many beats came late after the first block.
  public func answer(_ trace: Trace) -> Int? {
    guard let block = trace.blocks.first else { return nil }
    let late = trace.runs("periodic").filter { beat in
      beat.begin.time >= block.end && beat.inside.contains { trace.runs[$0].begin.first < block.end.nanoseconds }
    }
    guard trace.runs("periodic").contains(where: { $0.begin.time >= block.end }) else { return nil }
    return min(late.count, 2) + 1
  }
}
