// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground` without arguments, in a terminal: a numbered list; what is chosen runs, and the list's question comes
/// again.
///
/// Lines only: no cursor moves, nothing is overwritten.
enum MenuCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    var input = LineSplitter()
    list(output)
    while true {
      output.write("A lesson's number or id, s for the sandbox, l for the list, q to quit: ")
      output.flush()
      guard let line = nextLine(&input) else {
        output.print()
        return .success
      }
      switch line {
      case "": continue
      case "q", "quit", "exit": return .success
      case "l", "list": list(output)
      case "s", "sandbox": _ = SandboxCommand.run(Playground.preset, output: output)
      default: choose(line, output)
      }
    }
  }

  private static func list(_ output: Output) {
    output.print("Reactor Playground: each lesson is a short program that runs while you watch.")
    output.print()
    let cards = Course.all.map { $0.card }
    let width = cards.map(\.id.count).max() ?? 0
    for card in cards {
      output.print("  \(ListCommand.number(card))  \(LogLine.padded(card.id, to: width))  \(card.title)")
    }
    output.print("   s  \(LogLine.padded("sandbox", to: width))  Try everything by typing commands")
    output.print()
  }

  private static func choose(_ text: String, _ output: Output) {
    let cards = Course.all.map { $0.card }
    let found = cards.first { card in card.id == text || Int(text) == card.number }
    guard let found else {
      let near = Int(text) == nil ? Nearest.match(for: text, among: cards.map(\.id)) : nil
      output.print("There is no lesson \"\(SwiftText.escaped(text))\"." + (near.map { " Did you mean: \($0)?" } ?? ""))
      return
    }
    _ = RunCommand.run(Playground.preset + [found.id], output: output)
    output.print()
  }

  /// The next line that is typed, without blanks around it; `nil` at the end of input.
  private static func nextLine(_ input: inout LineSplitter) -> String? {
    do {
      while true {
        if let line = try input.next() {
          return String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard !input.isAtEnd, let bytes = try Descriptors.read(0, atMost: 4096) else { return nil }
        input.append(bytes)
        if bytes.isEmpty { input.end() }
      }
    } catch {
      return nil
    }
  }
}
