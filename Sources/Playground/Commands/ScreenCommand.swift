// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground screen ID --at T`: the full screen of a lesson at a time of its run, as text.
enum ScreenCommand {
  static func run(_ arguments: [String], output: Output) throws(UsageError) -> ExitCode {
    let options = try Options(
      arguments, own: ["--at": true, "--pane": true], only: ["--do", "--ascii", "--for", "--size"])
    guard let name = options.arguments.first, options.arguments.count == 1 else {
      throw UsageError(message: "screen takes a lesson", hint: "For example: playground screen chunking --at 2.5")
    }
    let lesson = try Course.lesson(name)
    try RunCommand.check(options.presses, lesson.card)
    guard let time = Seconds.parse(options.own["--at"] ?? "1") else {
      throw UsageError(message: "--at takes a time such as 2.5, not '\(options.own["--at"] ?? "")'")
    }
    do {
      let frame = try LessonFrame(
        lesson, presses: options.presses.isEmpty ? nil : options.presses, duration: options.duration)
      var canvas = Canvas(options.size ?? Size(columns: 80, rows: 24))
      let panes: [String: LessonView.Pane] = ["log": .log, "objects": .items, "read": .text]
      guard let pane = panes[options.own["--pane"] ?? "log"] else {
        throw UsageError(message: "--pane takes log, objects or read, not '\(options.own["--pane"] ?? "")'")
      }
      frame.view(at: .zero + time, pane: pane).draw(on: &canvas)
      for line in canvas.lines { output.print(options.isASCII ? ASCII.text(line) : line) }
      return .success
    } catch let error as UsageError {
      throw error
    } catch {
      output.tell("playground screen: \(error)")
      return .environment
    }
  }

  /// Reads `80x24`.
  static func size(_ text: String) throws(UsageError) -> Size {
    let numbers = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let columns = numbers[0], let rows = numbers[1], (1...1000).contains(columns),
      (1...1000).contains(rows)
    else {
      throw UsageError(message: "--size takes columns and rows, such as 80x24, not '\(text)'")
    }
    return Size(columns: columns, rows: rows)
  }
}
