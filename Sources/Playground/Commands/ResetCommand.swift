// SPDX-License-Identifier: Apache-2.0

import Reactor

/// `playground reset`: gives back a terminal that a program which was killed has left behind.
///
/// `reset` of the system doesn't leave the other screen everywhere.
enum ResetCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    guard arguments.isEmpty else {
      output.tell("playground reset: takes no arguments, or --progress")
      return .usage
    }
    return restoreTerminal(output)
  }

  /// Undoes whatever could have been sent to the terminal, and sets its modes as a shell expects them.
  static func restoreTerminal(_ output: Output) -> ExitCode {
    guard let terminal = ([1, 0, 2] as [CInt]).first(where: Descriptors.isTerminal) else {
      output.tell("playground reset: there is no terminal")
      return .environment
    }
    do {
      try TerminalModes.current(of: terminal).sane.apply(to: terminal)
      try Descriptors.write(Array(ControlSequences.reset.utf8), to: terminal)
      return .success
    } catch {
      output.tell("playground reset: \(error)")
      return .environment
    }
  }
}
