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
      // While commands are wanted, infinite speed holds time; and the higher the speed, the more of it a thread's own
      // lateness is: at this one, some milliseconds.
      live.watch(loop, journal.recorder, speed: speed, stepSpeed: 100)
      let session = SandboxSession(loop, journal)
      let script = Script(name: "typed", descriptor: readEnd, isOurs: true, isTerminal: true)
      _ = try session.run(script, guardTime: SandboxCommand.guardTime, turns: nil, heedsSignals: false)
      journal.finish()
    }
  }

  deinit { try? Descriptors.close(input, "the sandbox's input") }

  /// How long a line may be, with its end: a pipe that has room takes so much at once.
  static let longestLine = 4096

  /// Runs a line of commands, when those before it have run; false if so many wait that there is no room for it.
  ///
  /// It never waits for the loop: that may be held by whoever asks.
  func submit(_ line: String) -> Bool {
    guard TerminalDevice.hasRoom(input, waitingAtMost: 0) else { return false }
    try? Descriptors.write(Array((line + "\n").utf8), to: input)
    return true
  }

  /// What was printed since the last call.
  func takeLines() -> [String] { lines.takeAll() }
}

/// Single commands of the sandbox, on the loop of something else.
final class LoopCommands {
  private let session: SandboxSession
  private let journal: Journal
  /// Who hears what the command says that runs: each has an asker of its own.
  private let listener = Locked<@Sendable (String) -> Void>({ _ in })
  private var count = 0

  /// Commands that need a session of their own.
  private static let refused = ["wait", "expect", "load", "export", "save", "trace", "speed", "help"]

  private init(_ loop: EventLoop, _ options: Options) {
    // The journal is for what commands say; what happens is recorded already.
    let output = Output { [listener] line in listener.withLock { $0 }(line) }
    journal = Journal(options, output, Paint(isColored: false), on: nil)
    session = SandboxSession(loop, journal)
    session.things.prefix = "my-"
  }

  /// Runs a line on that loop, in a callback of it; what it says goes to `say`.
  static func perform(
    _ line: String, on loop: EventLoop, _ options: Options, _ say: @escaping @Sendable (String) -> Void
  ) {
    let commands = loop.local(LoopCommands.self) { LoopCommands($0, options) }
    commands.listener.withLock { $0 = say }
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
