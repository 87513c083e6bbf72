// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The course as lines: `playground` where no full screen is possible, or wanted.
///
/// A numbered list; what is chosen runs, and the list's question comes again.
///
/// Nothing is overwritten and the cursor never moves, so it can be followed by ear. All that a key does in the full screen
/// is typed here, with Enter behind it.
struct MenuCommand {
  private let options: Options
  private let output: Output
  private let typed = TypedLines()
  private var progress = Progress.load()

  /// Runs it.
  static func run(_ options: Options, output: Output) -> ExitCode {
    var menu = MenuCommand(options, output)
    return menu.run()
  }

  private init(_ options: Options, _ output: Output) {
    self.options = options
    self.output = output
  }

  private mutating func run() -> ExitCode {
    list()
    while true {
      output.write("A lesson's number or id, s for the sandbox, l for the list, q to quit: ")
      output.flush()
      guard let line = typed.wait() else {
        output.print()
        return .success
      }
      switch line {
      case "": continue
      case "q", "quit", "exit": return .success
      case "l", "list": list()
      case "s", "sandbox": _ = SandboxCommand.run(options, output: output)
      default:
        guard let lesson = lesson(line) else { continue }
        if case .failed(let code) = play(lesson) { return code }
        output.print()
      }
    }
  }

  private func list() {
    output.print("Reactor Playground: each lesson is a short program that runs while you watch.")
    output.print()
    let cards = Course.all.map { $0.card }
    let width = cards.map(\.id.count).max() ?? 0
    let titles = cards.map(\.title.count).max() ?? 0
    for card in cards {
      let state = progress.state(of: card.id)
      let title = state == .new ? card.title : "\(LogLine.padded(card.title, to: titles))  \(state)"
      output.print("  \(ListCommand.number(card))  \(LogLine.padded(card.id, to: width))  \(title)")
    }
    output.print("   s  \(LogLine.padded("sandbox", to: width))  Try everything by typing commands")
    output.print()
  }

  private func lesson(_ text: String) -> (any Lesson.Type)? {
    let found = Course.all.first { $0.card.id == text || Int(text) == $0.card.number }
    if let found { return found }
    let near = Int(text) == nil ? Nearest.match(for: text, among: Course.all.map { $0.card.id }) : nil
    output.print("There is no lesson \"\(SwiftText.escaped(text))\"." + (near.map { " Did you mean: \($0)?" } ?? ""))
    return nil
  }

  private mutating func play(_ lesson: any Lesson.Type) -> InteractiveRun.End {
    let id = lesson.card.id
    let wasDone = progress.state(of: id) == .done
    progress.mark(id, .started)
    let end = InteractiveRun(lesson, options, typed, output).play()
    // Who has seen the answer has seen what the lesson is about.
    if end == .played(isAnswered: true) { progress.mark(id, .done) }
    if let complaint = progress.takeComplaint() { output.tell("playground: \(complaint)") }
    if !wasDone, Course.all.allSatisfy({ progress.state(of: $0.card.id) == .done }) {
      output.print()
      output.print("That was the last one. You have seen a whole reactor think: well done!")
    }
    return end
  }
}
