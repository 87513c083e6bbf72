// SPDX-License-Identifier: Apache-2.0

import Lessons

/// What is read before a lesson runs: its text, its code, its question.
struct LessonPage {
  private let card: Card
  private let paint: Paint

  init(_ card: Card, _ paint: Paint) {
    self.card = card
    self.paint = paint
  }

  /// The text, and the code with the numbers of its lines.
  var text: [String] {
    let code = LessonText.region(of: card.file).map { line in
      line.text.isEmpty
        ? "" : "  \(paint.aside(LogLine.padded("\(line.number)", to: 3, onTheLeft: true)))  \(line.text)"
    }
    let words = card.text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
    return [""] + words + [""] + code + [""]
  }

  /// The question with its numbered options.
  var question: [String] {
    ["  \(card.question.text)"] + card.question.options.enumerated().map { "    \($0.offset + 1)  \($0.element)" } + [
      ""
    ]
  }

  /// What can be done while it runs.
  var keys: [String] {
    let width = max(1, card.actions.map(\.key.count).max() ?? 1)
    return ["  While it runs, type one of these and Enter:"]
      + card.actions.map { "    \(LogLine.padded($0.key, to: width))  \($0.does)" } + [
        "    \(LogLine.padded("q", to: width))  end the lesson", "",
      ]
  }

  /// The right answer, beside what somebody had said.
  func verdict(on said: Int?, _ answer: Int?) -> [String] {
    guard let answer else {
      return said == nil
        ? [] : ["  You said \(option(said)).", "  This run doesn't show whether it is so: play on with other keys."]
    }
    guard let said else { return ["  \(card.question.text)", "    \(option(answer))"] }
    return said == answer
      ? ["  You said \(option(said)).", "  Right: that is what happened."]
      : ["  You said \(option(said)).", "  What happened is \(option(answer))."]
  }

  private func option(_ number: Int?) -> String {
    guard let number, card.question.options.indices.contains(number - 1) else { return "nothing" }
    return "\(number)  \(card.question.options[number - 1])"
  }
}
