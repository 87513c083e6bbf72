// SPDX-License-Identifier: Apache-2.0

@testable import playground

/// Somebody in front of the course, who has done lesson 1 and begun lesson 2, and whose home is gone afterwards.
final class Learner {
  let sitting: Sitting
  private let folder: String

  init(_ arguments: String..., columns: Int = 80, rows: Int = 24, with more: [String: String] = [:]) {
    folder = Built.shell("printf %s $(mktemp -d)").output
    let progress = "\(folder)/reactor-playground"
    _ = Built.shell("mkdir \(progress); printf 'loop done\\ntimers started\\n' > \(progress)/progress")
    sitting = Sitting(
      running: [Built.path] + arguments, Size(columns: columns, rows: rows),
      Sitting.usual.merging(["XDG_STATE_HOME": folder, "HOME": folder]) { $1 }.merging(more) { $1 })
  }

  deinit { _ = Built.shell("rm -r \(folder)") }

  /// A path in the home.
  func path(_ name: String) -> String { "\(folder)/\(name)" }

  func type(_ text: String) { sitting.type(text) }
  func sees(_ text: String) -> Bool { sitting.sees(text) }
  var lines: [String] { sitting.screen.lines }

  /// Opens a lesson by its number or id, from the course.
  func open(_ lesson: String) {
    _ = sees("done 1 of")
    type(":\(lesson)\r")
    _ = sees("While it runs")
  }

  /// Opens a lesson and runs it, with a prediction or without.
  func play(_ lesson: String, predicting option: String = "\r") {
    open(lesson)
    if sitting.screen.size.columns < 110 {
      type("\r")
      _ = sees("Predict:")
    }
    type(option)
    _ = sees("RUN 1x")
  }

  /// The lesson's time, as the title has it.
  var time: Double? { lines.first?.split(separator: " ").last.flatMap { Double($0) } }

  /// The number of the turn, as the title has it.
  var turn: Int {
    let words = lines.first?.split(separator: " ") ?? []
    return words.firstIndex(of: "turn").flatMap { Int(words[$0 + 1]) } ?? 0
  }

  /// Leaves, and the exit code.
  func leave() -> Int {
    type("\u{3}")
    return sitting.end()
  }
}
