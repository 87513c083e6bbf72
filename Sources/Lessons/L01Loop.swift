// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 1: what a loop does, and what it does when there is nothing to do.
public struct LoopItself: Lesson {
  /// What it is about.
  public static let card = Card(
    1, "loop", "The loop itself", minutes: 2, length: nil,
    text: """
      A loop waits, and calls back what you registered with it: one callback
      at a time, all on the one thread that called `run`. So `run` blocks; it
      returns when somebody calls `stop`, and your program lives in callbacks.

      One round is a turn. Its steps are always the same: wait, timers, I/O,
      arrivals from other threads, ticks, closing.

      When there is nothing to do the loop sleeps in the wait: no turns, no
      CPU. Watch the number of turns between the two presses of i.
      """,
    actions: ["t": "add a timer of 1 s", "i": "log the number of turns", "s": "stop the loop"],
    question: "The line after `run` logs \"run has returned\". When?",
    options: ["at once: run only registers", "when stop() was called and all is closed", "never"],
    why: "`run` is the program: its callbacks run inside it.",
    press: "s", script: "i@1 t@2 i@9 s@10")

  /// It shows `run` itself.
  public static let runsTheLoop = true

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) throws {
    // snippet.show
    loop.onStop { io.log("closing: this hook runs once") }
    io.onKey("t") {
      loop.addTimer(after: .seconds(1)) { io.log("1 s later") }
    }
    io.onKey("i") {
      io.log("\(loop.statistics.turns) turns so far")
    }
    io.onKey("s") { loop.stop() }

    try loop.run { loop in
      io.log("inside run, before the first turn")
      loop.nextTick { io.log("a tick, in step 5 of turn 1") }
    }
    io.log("run has returned")
    // snippet.hide
  }

  /// Steps in order, no idle turns, and an orderly end.
  public func checks(_ trace: Trace) -> [Check] {
    [
      Check("the steps of a turn come in order") {
        var last = (turn: -1, step: 0)
        for event in trace.events(.stepBegin) {
          if event.turn == last.turn, event.first <= last.step {
            return "step \(event.first) came after step \(last.step) in turn \(event.turn)"
          }
          last = (event.turn, event.first)
        }
        return trace.events(.stepBegin).isEmpty ? "no step was seen" : nil
      },
      Check("an idle loop makes no turns") {
        let busy = Set(trace.runs.map(\.begin.turn))
        // In real time the kernel may wake a loop for nothing.
        let idle = trace.events(.turnBegin).first { trace.isExact && !busy.contains($0.turn) }
        return idle.map { "nothing ran in turn \($0.turn)" }
      },
      Check("stop runs the hook and closes, then run returns") {
        // A recording that ends before the run tells nothing of its end.
        guard let end = trace.events(.loopEnd).first else { return nil }
        guard let stop = trace.events(.loopStop).first else { return "nobody called stop()" }
        guard let hook = trace.lines("closing").first, hook.event.sequence > stop.sequence,
          trace.subjects(hook.inside).last == "hook"
        else { return "the hook did not run while closing" }
        guard hook.event.sequence < end.sequence else { return "run ended before the hook" }
        guard let returned = trace.lines("run has returned").first, returned.event.sequence > end.sequence else {
          return "the line after run did not come after its end"
        }
        return nil
      },
    ]
  }

  /// When the line after `run` was logged.
  public func answer(_ trace: Trace) -> Int? {
    guard let returned = trace.lines("run has returned").first else {
      return trace.events(.loopEnd).isEmpty ? nil : 3
    }
    guard let stop = trace.events(.loopStop).first else { return nil }
    return returned.event.sequence > stop.sequence ? 2 : 1
  }
}
