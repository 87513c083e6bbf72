// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground run ID…`: plays lessons as text, and says whether what they claim was so.
enum RunCommand {
  /// Runs the command; what is wrong with the arguments is told on standard error.
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    do throws(UsageError) {
      return try play(arguments, output)
    } catch {
      output.tell("playground run: \(error)")
      return .usage
    }
  }

  private static func play(_ arguments: [String], _ output: Output) throws(UsageError) -> ExitCode {
    let options = try Options(arguments, own: ["--all": false, "--watch": true])
    if let folder = options.own["--watch"] { return try WatchCommand.run(folder, options, output) }
    if options.own["--all"] != nil { return try RunAll.run(options, output) }
    guard !options.arguments.isEmpty else {
      throw UsageError(
        message: "run takes a lesson, or --all", hint: "'playground list' lists them; try: playground run timers")
    }
    var lessons: [any Lesson.Type] = []
    for name in options.arguments { lessons.append(try Course.lesson(name)) }
    if lessons.count > 1 {
      let single = [
        "--do": !options.presses.isEmpty, "--trace": options.trace != nil, "--record": options.record != nil,
      ]
      if let option = single.filter(\.value).keys.min() {
        throw UsageError(message: "\(option) goes with one lesson, and here are \(lessons.count)")
      }
    }
    try check(options.presses, lessons[0].card)

    var code = ExitCode.success
    for lesson in lessons {
      let one = PlainRun(lesson, options, output).play()
      code = code.then(one)
      if [.interrupted, .terminated].contains(one) { return one }
    }
    return code
  }

  /// Refuses keys that the lesson doesn't have.
  static func check(_ presses: [Options.Press], _ card: Card) throws(UsageError) {
    for press in presses where !card.actions.contains(where: { $0.key == press.key }) {
      let keys = card.actions.map(\.key).joined(separator: ", ")
      throw UsageError(message: "lesson \(card.id) has no key '\(press.key)'", hint: "It has \(keys).")
    }
  }
}
