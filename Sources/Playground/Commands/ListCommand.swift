// SPDX-License-Identifier: Apache-2.0

import Lessons

/// `playground list`: the lessons, one a line.
enum ListCommand {
  static func run(_ arguments: [String], output: Output) throws(UsageError) -> ExitCode {
    let options = try Options(arguments, own: ["--json": false], only: [])
    if let argument = options.arguments.first { throw UsageError(message: "list takes no argument, not '\(argument)'") }
    if options.own["--json"] != nil { printJSON(output) } else { print(output) }
    return .success
  }

  /// Prints number, id and title of each.
  static func print(_ output: Output) {
    for card in Course.all.map({ $0.card }) {
      output.print("\(number(card)) \(LogLine.padded(card.id, to: 18))  \(card.title)")
    }
  }

  /// The number of a lesson, with two digits.
  static func number(_ card: Card) -> String { card.number < 10 ? "0\(card.number)" : "\(card.number)" }

  private static func printJSON(_ output: Output) {
    let lessons = Course.all.map { lesson -> String in
      let card = lesson.card
      var object = JSONObject()
      object.add("number", card.number)
      object.add("id", card.id)
      object.add("title", card.title)
      object.add("minutes", card.minutes)
      object.add("file", card.file)
      var actions = JSONObject()
      for action in card.actions { actions.add(action.key, action.does) }
      object.add("actions", actions)
      return "  \(object.text)"
    }
    output.print("[\n\(lessons.joined(separator: ",\n"))\n]")
  }
}

extension Course {
  /// The lesson of that id, or number.
  static func lesson(_ name: String) throws(UsageError) -> any Lesson.Type {
    if let lesson = all.first(where: { $0.card.id == name || $0.card.number == Int(name) }) { return lesson }
    let nearest = Nearest.match(for: name, among: all.map { $0.card.id })
    throw UsageError(
      message: "there is no lesson '\(name)'",
      hint: nearest.map { "Did you mean \($0)?" } ?? "'playground list' lists them.")
  }
}
