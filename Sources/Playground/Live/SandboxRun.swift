// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A sandbox session on a loop and a thread of its own, with a screen for its terminal.
final class SandboxRun {
  let live: LiveRun
  private let lines: Locked<[String]>
  private let input: CInt

  /// Starts a session; `changed` is called on another thread when there is something to take.
  init(_ options: Options, speed: Double, changed: @escaping @Sendable () -> Void) throws(SystemError) {
    let (readEnd, writeEnd) = try Descriptors.pipe()
    input = writeEnd
    let lines = Locked<[String]>([])
    self.lines = lines
    live = try LiveRun("sandbox", changed: changed) { live, loop in
      let output = Output { line in
        lines.withLock { $0.append(line) }
        live.tell()
      }
      let journal = Journal(options, output, Paint(isColored: false), on: loop) { live.add($0) }
      // While commands are wanted, infinite speed holds time.
      live.watch(loop, journal.recorder, speed: speed, stepSpeed: 10_000)
      let session = SandboxSession(loop, journal)
      let script = Script(name: "typed", descriptor: readEnd, isOurs: true, isTerminal: true)
      _ = try session.run(script, guardTime: SandboxCommand.guardTime, turns: nil, heedsSignals: false)
      journal.finish()
    }
  }

  deinit { try? Descriptors.close(input, "the sandbox's input") }

  /// Runs a line of commands, when those before it have run.
  func submit(_ line: String) { try? Descriptors.write(Array((line + "\n").utf8), to: input) }

  /// What was printed since the last call.
  func takeLines() -> [String] { lines.takeAll() }
}

/// Single commands of the sandbox, on the loop of something else.
final class LoopCommands {
  private let session: SandboxSession
  private let journal: Journal
  private var count = 0

  /// Commands that need a session of their own.
  private static let refused = ["wait", "expect", "load", "export", "save", "trace", "speed", "help"]

  private init(_ loop: EventLoop, _ options: Options, _ say: @escaping @Sendable (String) -> Void) {
    // The journal is for what commands say; what happens is recorded already.
    journal = Journal(options, Output(say), Paint(isColored: false), on: nil)
    session = SandboxSession(loop, journal)
    session.things.prefix = "my-"
  }

  /// Runs a line on that loop, in a callback of it; what it says goes to `say`.
  static func perform(
    _ line: String, on loop: EventLoop, _ options: Options, _ say: @escaping @Sendable (String) -> Void
  ) {
    let commands = loop.local(LoopCommands.self) { LoopCommands($0, options, say) }
    do throws(Complaint) {
      for command in try Lexer.commands(of: Array(line.utf8)) { try commands.perform(command) }
    } catch {
      say(error.message)
    }
  }

  private func perform(_ command: [Token]) throws(Complaint) {
    if let word = command.first?.text, Self.refused.contains(word) {
      throw Complaint("`\(word)` is for the sandbox: q, and lesson 13")
    }
    count += 1
    try session.perform(command, line: count)
  }
}
