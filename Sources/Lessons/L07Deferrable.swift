// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 7: a value that is not there yet.
public struct Deferrables: Lesson {
  /// Why there is no value.
  public enum Failure: Error, CustomStringConvertible {
    /// Somebody said so.
    case refused
    /// It took too long.
    case timedOut
    /// In words.
    public var description: String { self == .refused ? "refused" : "timed out" }
  }

  /// What it is about.
  public static let card = Card(
    7, "deferrable", "Deferrable: callbacks and errbacks", minutes: 5, length: .seconds(4),
    text: """
      A deferrable stands for something that will succeed or fail later. It
      has two lines of closures: callbacks and errbacks. Settling it runs the
      one line, in order of adding, and drops the other.

      Once settled it stays so: a callback that comes late runs at once, and a
      second `succeed` returns false.

      But while its line still runs it is open: a callback that sets another
      status changes what the rest of the line hears.

      A timeout fails it, unless any status comes first.
      """,
    actions: [
      "s": "succeed with 1", "x": "fail", "l": "add a callback late", "t": "give it 2 s",
      "a": "set a status again",
    ],
    question: "s succeeds with 1, and B sets the status to 10. What does C hear?",
    options: ["1", "10", "nothing: it never runs"],
    why: "While the line runs, its value may be changed for those behind.",
    press: "s", script: "t@0.5 s@1 l@2 a@3")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    let d = DefaultDeferrable<Int, Failure>()
    d.callback { io.log("A \($0)") }
    d.callback { value in
      io.log("B \(value)")
      d.succeed(value * 10)
    }
    d.callback { io.log("C \($0)") }
    d.errback { io.log("E \($0)") }

    io.onKey("s") { d.succeed(1) }
    io.onKey("x") { d.fail(.refused) }
    io.onKey("l") { d.callback { io.log("late \($0)") } }
    io.onKey("a") { io.log("set again: \(d.succeed(5))") }
    io.onKey("t") {
      let two = Duration.seconds(2)
      d.timeout(after: two, on: loop, failingWith: .timedOut)
    }
    // snippet.hide
  }

  /// Order, one line only, the re-set value, late callbacks, and what the timeout does.
  public func checks(_ trace: Trace) -> [Check] {
    let statuses = trace.events(.statusSet)
    let settled = statuses.first
    let entries = trace.lines.filter { ["A ", "B ", "C ", "E "].contains($0.text.prefix(2)) }
    return [
      Check("the line runs once, in the order of adding, and the other never") {
        let order = entries.map { $0.text.prefix(1) }.joined()
        guard let settled else { return order.isEmpty ? nil : "\(order) ran before there was a status" }
        let wanted = settled.first == 1 ? "ABC" : "E"
        return order == wanted ? nil : "\(order) ran, not \(wanted)"
      },
      Check("a status that a callback sets reaches the rest of the line") {
        let values = entries.compactMap { line in Int(line.text.dropFirst(2)) }
        guard values.count == 3 else { return nil }
        return values[0] == values[1] && values[2] == values[1] * 10 ? nil : "A, B and C heard \(values)"
      },
      Check("a callback that is added late runs at once") {
        for key in trace.presses("l") {
          guard let settled, settled.first == 1, settled.sequence < key.begin.sequence else { continue }
          let isInside = trace.lines("late").contains { line in
            line.inside.contains { trace.runs[$0].begin.sequence == key.begin.sequence }
          }
          if !isInside { return "that of \(key.begin.time) did not" }
        }
        return nil
      },
      Check("once settled it doesn't change") {
        let again = trace.lines("set again: true").first { $0.event.sequence > settled?.sequence ?? .max }
        // The first press may be what settles it.
        let isFirst = again.map { line in
          line.inside.contains { trace.runs[$0].begin.sequence < settled?.sequence ?? 0 }
        }
        return again != nil && isFirst != true ? "a later status was taken" : nil
      },
      Check("the timeout fails it after 2 s, unless a status comes first") {
        let timedOut = trace.lines("E timed out").first?.event.time
        let first = settled?.sequence ?? .max
        guard let asked = trace.presses("t").last(where: { $0.begin.sequence < first }) else {
          return timedOut == nil ? nil : "it timed out without a timeout"
        }
        let due = asked.begin.time + .seconds(2)
        if let timedOut {
          return timedOut == due || !trace.isExact ? nil : "it timed out at \(timedOut), not at \(due)"
        }
        let end = trace.events.last?.time ?? .zero
        return settled == nil && end > due && trace.isExact ? "it did not time out at \(due)" : nil
      },
    ]
  }

  /// What C heard.
  public func answer(_ trace: Trace) -> Int? {
    guard let settled = trace.events(.statusSet).first, settled.first == 1 else { return nil }
    guard let line = trace.lines("C").first else { return 3 }
    return line.text == "C 10" ? 2 : 1
  }
}
