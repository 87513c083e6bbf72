// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 2: timers that fire once.
public struct OneShotTimers: Lesson {
  /// What it is about.
  public static let card = Card(
    2, "timers", "One-shot timers", minutes: 3, length: .seconds(3),
    text: """
      A timer runs a closure once, when its time has come: never early, not by
      a nanosecond; late only if another callback holds the loop.

      Timers fire by deadline, not in the order of your lines. Equal deadlines
      fire in the order in which they were armed.

      A timer of 0 s is not "now": it fires in the next turn. What a callback
      arms can never run before that callback has returned.

      A cancelled timer never fires, and lets go of its closure at once.
      """,
    actions: ["a": "arm a timer of 0 s", "l": "arm three for one instant", "c": "cancel the next of those three"],
    question: "In which order do the first four lines come?",
    options: ["A B C D: as written", "C B D A: by time, then as armed", "C D B A: by time, the latest armed first"],
    why: "Equal times fire in the order in which they were armed.",
    press: "", script: "a@1.5 l@2 c@2.2")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    loop.addTimer(after: .seconds(1)) { io.log("A: 1 s") }
    loop.addTimer(after: .seconds(0.5)) { io.log("B: 0.5 s") }
    loop.addTimer(after: .zero) { io.log("C: 0 s") }
    loop.addTimer(after: .seconds(0.5)) { io.log("D: 0.5 s") }

    io.onKey("a") {
      loop.addTimer(after: .zero) { io.log("0 s, a turn later") }
      io.log("armed, and not run yet")
    }
    var three: [OneShotTimer] = []
    io.onKey("l") {
      let instant = loop.now + .seconds(0.5)
      three = ["E", "F", "G"].map { name in
        loop.addTimer(at: instant) { io.log(name) }
      }
    }
    io.onKey("c") { three.first(where: \.isPending)?.cancel() }
    // snippet.hide
  }

  /// By deadline, ties as armed, never early, never in the turn that armed it, never after a cancellation.
  public func checks(_ trace: Trace) -> [Check] {
    let armed = Dictionary(trace.events(.timerArm).map { ($0.id, $0) }) { first, _ in first }
    let fired = trace.events(.timerBegin).filter { armed[$0.id] != nil }
    return [
      Check("timers fire by deadline, equal ones in the order of arming") {
        let keys = fired.map { ($0.first, armed[$0.id]?.sequence ?? 0) }
        let index = keys.indices.dropFirst().first { keys[$0 - 1] > keys[$0] }
        return index.map { "the timer of line \(fired[$0].line) came after that of line \(fired[$0 - 1].line)" }
      },
      Check("no timer fires early") {
        fired.first { $0.time.nanoseconds < $0.first }.map { "the timer of line \($0.line) fired at \($0.time)" }
      },
      Check("no timer fires in the turn that armed it") {
        fired.first { $0.turn <= armed[$0.id]?.turn ?? -1 }.map { "that of line \($0.line) did, in turn \($0.turn)" }
      },
      Check("a cancelled timer never fires") {
        let cancelled = Set(trace.events(.timerCancel).map(\.id))
        return fired.first { cancelled.contains($0.id) }.map { "the timer of line \($0.line) did" }
      },
    ]
  }

  /// The order of the four lines.
  public func answer(_ trace: Trace) -> Int? {
    let order = trace.lines.map { $0.text.prefix(1) }.filter { ["A", "B", "C", "D"].contains($0) }.joined()
    return ["ABCD": 1, "CBDA": 2, "CDBA": 3][order]
  }
}
