// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// `playground dev`: what the tests need of a built program; not for people, and not in the help.
enum DevCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    switch arguments.first {
    case "screen": screen(arguments.dropFirst(), output)
    default:
      usage(output)
    }
  }

  private static func usage(_ output: Output) -> ExitCode {
    output.tell("playground dev: screen [--no-color] [--ascii] [--share]")
    return .usage
  }

  private static func screen(_ options: ArraySlice<String>, _ output: Output) -> ExitCode {
    guard Set(options).isSubset(of: ["--no-color", "--ascii", "--share"]) else { return usage(output) }
    let terminal = Terminal.detect()
    let session = TerminalSession(
      terminal, usesColor: !options.contains("--no-color") && terminal.usesColor(.auto),
      isASCII: options.contains("--ascii"), mayOpen: !options.contains("--share"))
    do {
      let loop = try EventLoop(.init(name: "screen"))
      return try FullScreen(loop: loop, terminal: session, interface: DevScreen(on: loop)).run()
    } catch {
      output.tell("playground dev: \(error)")
      return .environment
    }
  }
}
