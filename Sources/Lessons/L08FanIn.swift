// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 8: functions that return a deferrable, and two of them joined.
public struct FanIn: Lesson {
  /// What the parts of this lesson fail with.
  public struct Refused: Error, CustomStringConvertible {
    /// `refused`.
    public var description: String { "refused" }
  }

  /// What it is about.
  public static let card = Card(
    8, "default-deferrable", "DefaultDeferrable, joined", minutes: 4, length: .seconds(4),
    text: """
      A function that can't answer yet returns a deferrable; whoever calls it
      adds what should happen. Any number may listen to one, and each hears
      the outcome once, also those who come late.

      `all` joins several: it succeeds with all values when the last part has,
      and fails as soon as one part fails. It doesn't wait for the others
      then: nothing can make it succeed any more.

      In the script part B fails. Press a and b to see both succeed, or:
      playground run default-deferrable --do a@1 --do b@2 --do l@3
      """,
    actions: ["a": "finish part A", "b": "finish part B", "x": "part B fails", "l": "listen late"],
    question: "Part B fails. Who hears of it?",
    options: ["the first listener", "every listener, also a late one", "nobody, before part A is done"],
    why: "A failure reaches each errback once, also one that is added later.",
    press: "x, then l", script: "x@1 a@2 l@3")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    func part(_ key: String) -> DefaultDeferrable<String, Refused> {
      let part = DefaultDeferrable<String, Refused>()
      io.onKey(key) { part.succeed("part \(key)") }
      return part
    }
    let (a, b) = (part("a"), part("b"))
    let both = DefaultDeferrable.all([a, b])

    func listen(_ name: String) {
      both.callback { io.log("\(name): \($0)") }
      both.errback { io.log("\(name): \($0)") }
    }
    listen("one")
    listen("two")
    io.onKey("x") { b.fail(Refused()) }
    io.onKey("l") { listen("late") }
    // snippet.hide
  }

  /// Each listener once, after the last part or at the first failure.
  public func checks(_ trace: Trace) -> [Check] {
    let keys = trace.runs("key").filter { ["a", "b", "x"].contains($0.begin.label) }
    let a = keys.first { $0.begin.label == "a" }
    let b = keys.first { $0.begin.label != "a" }
    let isFailed = b?.begin.label == "x"
    let parts = [a, b].compactMap { $0 }
    let last = parts.max { $0.begin.sequence < $1.begin.sequence }
    let settling = isFailed ? b : parts.count == 2 ? last : nil
    let heard = trace.lines.filter { $0.text.contains(": ") }
    return [
      Check("each listener hears once") {
        let late = settling.map { settling in
          trace.presses("l").count + 2 - (settling.end == nil ? 2 : 0)
        }
        let names = heard.map { $0.text.prefix { $0 != ":" } }
        for name in ["one", "two"] where names.count(where: { $0 == name }) > 1 { return "\(name) heard twice" }
        return settling == nil || names.count == late ? nil : "\(names.count) heard, and \(late ?? 0) listen"
      },
      Check("they hear when the last part is done, or at the first failure") {
        guard let settling else { return heard.isEmpty ? nil : "they heard before there was anything to hear" }
        let wrong = heard.first { line in
          let listening = line.text.hasPrefix("late") ? trace.presses("l").map(\.begin.turn) : []
          return !(listening + [settling.begin.turn]).contains(line.event.turn)
        }
        return wrong.map { "\"\($0.text)\" came at \($0.event.time)" }
      },
      Check("what they hear is the same for all") {
        let told = Set(heard.map { $0.text.drop { $0 != ":" } })
        guard told.count <= 1 else { return "they heard \(told.count) different things" }
        guard let text = told.first, settling != nil else { return nil }
        return text.contains("refused") == isFailed ? nil : "it was \(text.dropFirst(2))"
      },
    ]
  }

  /// How many heard the failure, and when.
  public func answer(_ trace: Trace) -> Int? {
    guard let failure = trace.presses("x").first else { return nil }
    let heard = trace.lines.filter { $0.text.hasSuffix("refused") }
    guard heard.contains(where: { $0.event.turn == failure.begin.turn }) else { return 3 }
    guard trace.isExact || !trace.presses("l").isEmpty else { return nil }
    return heard.count == trace.presses("l").count + 2 ? 2 : 1
  }
}
