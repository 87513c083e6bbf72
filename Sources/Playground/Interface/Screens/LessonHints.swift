// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The words around a lesson: its title, which keys do what, and what to say on the last line.
enum LessonHints {
  static func title(_ card: Card) -> String { "\(ListCommand.number(card)) \(card.title)" }

  static func lessonKeys(_ card: Card) -> [KeyRows.Entry] { card.actions.map { KeyRows.Entry($0.key, $0.does) } }

  static func speed(_ speed: Double) -> String {
    guard speed.isFinite else { return "max" }
    return speed == speed.rounded() ? "\(Int(speed))x" : "\(speed)x"
  }

  static func running(speed: Double, isPaused: Bool) -> [KeyRows.Entry] {
    [
      .init("Space", isPaused ? "run" : "pause"), .init(".", "turn"), .init(">", "callback"), .init(",", "back"),
      .init("[ ]", self.speed(speed)), .init("z", "zoom"), .init("?", "help"), .init("q", "leave"),
      .init("Tab", "pane"), .init("r", "again"), .init("n p", "next, previous"), .init(":", "command"),
      .init("w", "save trace"), .init("y", "as a script"),
    ]
  }

  /// When the loop has ended.
  static let ended: [KeyRows.Entry] = [
    .init("r", "again"), .init(",", "back"), .init("z", "zoom"), .init("Tab", "pane"), .init("n p", "next, previous"),
    .init("w", "save trace"), .init("?", "help"), .init("q", "leave"),
  ]

  static let reading: [KeyRows.Entry] = [
    .init("Enter", "the code"), .init("n p", "next, previous lesson"), .init("?", "help"), .init("q", "leave"),
  ]

  static func predicting(_ card: Card) -> [KeyRows.Entry] {
    [
      .init((1...max(1, card.question.options.count)).map(String.init).joined(separator: " "), "answer, and run it"),
      .init("Enter", "run it"), .init("Tab", "read again"), .init("q", "leave"),
    ]
  }

  /// What matters most now: a blocked loop, the answer to the question, the last thing that was wrong.
  static func message(
    _ picture: Picture, card: Card?, predicted: Int?, answer: Int?, isOther: Bool = false
  ) -> (text: String, style: Style) {
    if let blocked = picture.blocked {
      let place = picture.moment.stack.last { $0.place != nil }?.place
      let line = place.map { " Line \($0.line)." } ?? ""
      return ("WARNING a callback has held the loop for \(Amount.text(blocked)) (limit 0.10 s).\(line)", .bad)
    }
    if let card, let answer, card.question.options.indices.contains(answer - 1) {
      let right = "\"\(card.question.options[answer - 1])\""
      let why = card.question.why
      guard let predicted, card.question.options.indices.contains(predicted - 1) else {
        return ("\(card.question.text) It was \(right). \(why)", .good)
      }
      if predicted == answer { return ("You predicted \(right), and so it was. \(why)", .good) }
      return ("You predicted \"\(card.question.options[predicted - 1])\". It was \(right). \(why)", .running)
    }
    if let last = picture.lints.last, picture.now - last.time < .seconds(3) {
      return (
        "WARNING \(last.lint.rule.rawValue) \(last.lint.text)\(last.lint.line > 0 ? ". Line \(last.lint.line)." : "")",
        .bad
      )
    }
    if let card, let predicted, card.question.options.indices.contains(predicted - 1) {
      let press = card.question.press
      let seeing =
        isOther
        ? "This has become another experiment: r, then \(press)."
        : press.isEmpty ? "The run will tell." : "Press \(press) to see."
      return ("You predicted \"\(card.question.options[predicted - 1])\". \(seeing)", .aside)
    }
    if let card { return ("Predict: \(card.question.text)", .aside) }
    return ("", .plain)
  }
}
