// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The command line: finds the command, and turns what goes wrong into a message and an exit code.
enum Playground {
  private static let commands = [
    "list", "show", "run", "sandbox", "screen", "doctor", "reset", "replay", "eject", "help",
  ]

  /// Runs the command that the arguments name.
  static func main(_ arguments: [String]) -> ExitCode {
    let closed = Descriptors.fillStandardOnes()
    let output = Output()
    guard !closed.contains(1) else {
      output.tell("playground: standard output is closed, so nothing could be shown")
      return .environment
    }
    LostReports.becomeEvents()
    defer { output.flush() }
    do throws(UsageError) {
      return try run(arguments, output)
    } catch {
      output.tell("playground: \(error)")
      return .usage
    }
  }

  private static func run(_ arguments: [String], _ output: Output) throws(UsageError) -> ExitCode {
    let (options, words) = Options.leading(arguments)
    // Wrong ones are told whatever the command is.
    _ = try Options(options)
    guard let command = words.first else { return try withoutArguments(options, output) }
    let rest = Array(words.dropFirst())
    let preset = preset + options
    switch command {
    case "list": return try ListCommand.run(rest, output: output)
    case "show": return try ShowCommand.run(rest, output: output)
    case "run": return RunCommand.run(preset + rest, output: output)
    case "sandbox": return SandboxCommand.run(preset + rest, output: output)
    case "screen": return try ScreenCommand.run(rest, output: output)
    case "replay": return ReplayCommand.run(preset + rest, output: output)
    case "eject": return EjectCommand.run(rest, output: output)
    case "doctor": return DoctorCommand.run(rest, output: output)
    case "reset" where rest == ["--progress"]: return ResetProgress.run(output)
    case "reset": return ResetCommand.run(rest, output: output)
    case "dev": return DevCommand.run(rest, output: output)
    case "help", "--help", "-h": return HelpCommand.run(output)
    case "--version":
      output.print(HelpCommand.version)
      return .success
    default:
      let nearest = Nearest.match(for: command, among: commands + Course.all.map { $0.card.id })
      let meant = nearest.map { commands.contains($0) ? $0 : "run \($0)" }
      throw UsageError(
        message: "unknown command '\(command)'",
        hint: meant.map { "Did you mean playground \($0)?" } ?? "'playground help' lists them.")
    }
  }

  private static func withoutArguments(_ given: [String], _ output: Output) throws(UsageError) -> ExitCode {
    let said = try Options(given)
    for (option, file) in [("--trace", said.trace), ("--record", said.record)] {
      guard let file else { continue }
      throw UsageError(
        message: "\(option) goes with a command", hint: "For example: playground run timers \(option) \(file)")
    }
    guard Descriptors.isTerminal(1) else {
      ListCommand.print(output)
      output.tell("playground: 'playground run ID' plays one of them; 'playground help' tells more")
      return .success
    }
    let options = try Options(preset + given)
    let terminal = Terminal.detect()
    guard FullScreenCommand.fits(terminal, options) else { return MenuCommand.run(options, output: output) }
    return FullScreenCommand.run(options, output: output)
  }

  /// The options that the environment puts first.
  static var preset: [String] {
    (ProcessFacts.variable("PLAYGROUND_OPTS") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
  }
}
