// SPDX-License-Identifier: Apache-2.0

import Lessons

/// `playground show ID`: the code of a lesson, which is the code that runs.
enum ShowCommand {
  static func run(_ arguments: [String], output: Output) throws(UsageError) -> ExitCode {
    let options = try Options(arguments, own: ["--numbers": false], only: [])
    guard let id = options.arguments.first, options.arguments.count == 1 else {
      throw UsageError(message: "show takes one lesson", hint: "For example: playground show timers")
    }
    let lesson = try Course.lesson(id)
    for line in LessonText.region(of: lesson.card.file) {
      guard options.own["--numbers"] != nil else {
        output.print(line.text)
        continue
      }
      let numbered = "\(LogLine.padded("\(line.number)", to: 4, onTheLeft: true))  \(line.text)"
      output.print(line.text.isEmpty ? LogLine.padded("\(line.number)", to: 4, onTheLeft: true) : numbered)
    }
    return .success
  }
}
