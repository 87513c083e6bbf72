// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 12: signals as ordinary callbacks.
public struct Signals: Lesson {
  /// What it is about.
  public static let card = Card(
    12, "signals", "Signals", minutes: 3, length: .seconds(4),
    text: """
      A signal interrupts a program anywhere, in the middle of any line. What
      a signal handler may do is next to nothing: not even print.

      The loop's own handler only counts, and wakes the loop. `onSignal` runs
      your closure afterwards, as an ordinary callback in step 3 of a turn. It
      may do anything, and never interrupts another callback.

      A signal says that something happened, not how often: raises that come
      quickly may merge into one. Any number of watches hear each.
      """,
    actions: ["u": "raise USR1", "m": "raise it five times at once", "c": "cancel the second watch"],
    question: "Key u raises USR1 and logs a line. Which is first?",
    options: ["the line: the handler waits for the callback to end", "the handler: signals interrupt"],
    why: "A signal becomes a callback of the loop, and callbacks never interrupt each other.",
    press: "u", script: "u@1 m@2 c@2.5 u@3")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    var heard = 0
    loop.onSignal(.user1) {
      heard += 1
      io.log("USR1 heard, \(heard) in all")
    }
    let second = loop.onSignal(.user1) { io.log("heard here, too") }
    loop.onSignal(.windowChange) { io.log("another size") }

    io.onKey("u") {
      io.raise(.user1)
      io.log("raised; \(heard) heard so far")
    }
    io.onKey("m") {
      for _ in 1...5 { io.raise(.user1) }
      io.log("raised 5 times; \(heard) heard so far")
    }
    io.onKey("c") { second.cancel() }
    // snippet.hide
  }

  /// Not inside of anything, in a turn of their own, merged at most.
  public func checks(_ trace: Trace) -> [Check] {
    let heard = trace.lines("USR1 heard")
    let raises = trace.runs("key").filter { ["u", "m"].contains($0.begin.label) }
    return [
      Check("a signal's callback runs inside of nothing else") {
        let nested = trace.runs("signal").first { !$0.inside.isEmpty }
        return nested.map { "it ran inside of another callback at \($0.begin.time)" }
      },
      Check("it runs after the callback that raised it, in a later turn") {
        for raise in raises {
          let first = heard.first { $0.event.sequence > raise.begin.sequence }
          guard let first else {
            return raise.begin.turn < trace.events.last?.turn ?? 0 ? "the one of \(raise.begin.time) was lost" : nil
          }
          if first.event.turn <= raise.begin.turn { return "it ran in turn \(first.event.turn), where it was raised" }
        }
        return nil
      },
      Check("raises may merge, and none is invented") {
        let most = trace.presses("u").count + 5 * trace.presses("m").count
        return heard.count > most ? "\(most) were raised, \(heard.count) heard" : nil
      },
      Check("every watch hears, until it is cancelled") {
        let cancelled = trace.presses("c").first?.begin.sequence ?? .max
        let both = heard.count { $0.event.sequence < cancelled }
        let second = trace.lines("heard here").count
        let isLate = trace.lines("heard here").contains { $0.event.sequence > cancelled }
        return second != both || isLate ? "the one heard \(both), the other \(second)" : nil
      },
    ]
  }

  /// Whether the handler ran before the key's line.
  public func answer(_ trace: Trace) -> Int? {
    guard let line = trace.lines("raised; ").first,
      let heard = trace.lines("USR1 heard").first
    else { return nil }
    return line.event.sequence < heard.event.sequence ? 1 : 2
  }
}
