// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The last line of a lesson's log, and the lines about what is wrong.
enum Verdict {
  /// The last line, as in `ok  chunking  3 checks  max-callback=2.000 max-lag=1.750 turns=25`.
  static func line(_ card: Card, _ outcome: LessonRun.Outcome, _ summary: RunSummary, wall: Duration?) -> String {
    var text = word(outcome) + "  \(card.id)  "
    let checks = count(outcome.checks.count, "check")
    text += outcome.failures.isEmpty ? checks : "\(outcome.failures.count) of \(checks) failed"
    text += "  max-callback=\(Seconds.text(summary.longestCallback)) max-lag=\(Seconds.text(summary.longestLag))"
    text += " turns=\(summary.turns)"
    if let wall { text += " wall=\(wall.roundedNanoseconds / 1_000_000)ms" }
    return text
  }

  /// The same as JSON, for `--format jsonl`.
  static func json(_ card: Card, _ outcome: LessonRun.Outcome, _ summary: RunSummary) -> String {
    var object = JSONObject()
    object.add("verdict", word(outcome))
    object.add("lesson", card.id)
    object.add("checks", outcome.checks.count)
    object.add("failed", outcome.failures.count)
    object.add("turns", summary.turns)
    return object.text
  }

  /// What was otherwise than the lesson says, and what was still alive.
  static func details(_ outcome: LessonRun.Outcome) -> [String] {
    var lines = outcome.failures.map { "\($0.name): \($0.failure ?? "")" }
    if outcome.end == .guardTime {
      let alive = RunSummary(outcome.events).alive
      lines.append("still alive after \(Seconds.text(LessonRun.guardTime)):")
      lines += alive.isEmpty ? ["  the loop itself: nobody called stop()"] : alive.map { "  \($0)" }
    }
    return lines
  }

  /// A number and its word, in singular or plural.
  static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

  private static func word(_ outcome: LessonRun.Outcome) -> String {
    switch outcome.end {
    case .signal: "interrupted"
    case .guardTime: "alive"
    case .itself, .asked: outcome.failures.isEmpty ? "ok" : "not ok"
    }
  }
}
