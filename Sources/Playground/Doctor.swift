// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// `playground doctor`: what was found out about this terminal, this machine and this build, one line each.
enum DoctorCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    guard arguments.isEmpty else {
      output.tell("playground doctor: takes no arguments")
      return .usage
    }
    for (subject, finding) in findings() {
      output.print("\(LogLine.padded(subject, to: 10)) \(finding)")
    }
    return .success
  }

  private static func findings() -> [(String, String)] {
    let terminal = Terminal.detect()
    return [
      ("size", size()),
      ("TERM", terminal.kind.isEmpty ? "not set" : terminal.kind),
      ("input", terminal.isInput ? "a terminal" : "no terminal"),
      ("output", terminal.isOutput ? "a terminal" : "no terminal"),
      ("colours", colors(terminal)),
      ("UTF-8", terminal.isUTF8 ? "yes" : "no: LC_ALL, LC_CTYPE and LANG don't say so"),
      ("mode", mode(terminal)),
      ("poller", poller()),
      ("crashes", crashes()),
      ("Swift", swift()),
      ("system", "\(Machine.description), \(Machine.processors) processors"),
    ]
  }

  private static func size() -> String {
    guard let size = ProcessFacts.terminalSize(of: 1) ?? ProcessFacts.terminalSize(of: 0) else { return "unknown" }
    return "\(size.columns)x\(size.rows)"
  }

  private static func colors(_ terminal: Terminal) -> String {
    if let wanted = terminal.wantsColor {
      return wanted ? "yes: CLICOLOR_FORCE or FORCE_COLOR is set" : "no: NO_COLOR is set"
    }
    if terminal.usesColor(.auto) { return "yes, the terminal's sixteen" }
    if !terminal.isOutput { return "no: standard output is no terminal" }
    return terminal.isAccessible ? "no: ACCESSIBLE is set" : "no: TERM is dumb, or not set"
  }

  private static func mode(_ terminal: Terminal) -> String {
    guard terminal.isOutput else { return "without arguments: the list of lessons" }
    if let options = try? Options(Playground.preset), FullScreenCommand.fits(terminal, options) {
      return "without arguments: the course, full screen"
    }
    return "without arguments: a menu of lessons, without escapes"
  }

  /// What a loop waits with here, and what it could be told to wait with.
  private static func poller() -> String {
    let made = EventLoop.PollerKind.allCases.map { kind in (kind, (try? EventLoop(.init(poller: kind)))?.pollerKind) }
    guard let chosen = made.first(where: { $0.0 == .automatic })?.1 else {
      return "none: the kernel gives no descriptor for one"
    }
    let others = made.compactMap { $0.0 == .automatic || $0.1 == chosen ? nil : $0.1 }
    return others.isEmpty ? "\(chosen)" : "\(chosen); \(others.map(\.rawValue).joined(separator: ", ")) on demand"
  }

  private static func crashes() -> String {
    let owned = CrashSignals.all.filter { CrashSignals.isHandled($0.number) }.map(\.name)
    guard !owned.isEmpty else { return "nobody's: the system's default" }
    return "Swift's runtime owns \(owned.joined(separator: " ")) and prints a backtrace"
  }

  private static func swift() -> String {
    var hasAssertions = false
    // Only evaluated where assertions are.
    assert(
      {
        hasAssertions = true; return true
      }())
    let build = hasAssertions ? "debug build, with assertions" : "release build"
    let backtrace =
      ProcessFacts.variable("SWIFT_BACKTRACE").map { "SWIFT_BACKTRACE=\($0)" } ?? "SWIFT_BACKTRACE not set"
    return "\(build), \(backtrace)"
  }
}
