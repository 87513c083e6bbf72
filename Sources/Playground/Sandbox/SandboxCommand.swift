// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground sandbox`: commands from the terminal, a pipe, a file or the command line, each the Swift of a primitive.
enum SandboxCommand {
  /// How long what is alive may go on after the end of a script.
  static let guardTime = Duration.seconds(60)

  static func run(_ arguments: [String], output: Output) -> ExitCode {
    run(output) { () throws(UsageError) in try Options(arguments, own: ["-c": true]) }
  }

  /// Runs the command with options that have been read.
  static func run(_ options: Options, output: Output) -> ExitCode { run(output) { options } }

  private static func run(_ output: Output, _ options: () throws(UsageError) -> Options) -> ExitCode {
    do {
      let options = try options()
      return try run(options, try script(options), output)
    } catch let error as UsageError {
      output.tell("playground sandbox: \(error)")
      return .usage
    } catch {
      output.tell("playground sandbox: \(error)")
      return .environment
    }
  }

  /// What is played: `-c`, a file, or standard input.
  private static func script(_ options: Options) throws -> Script {
    if options.arguments.count + options.own.count > 1 {
      throw UsageError(
        message: "sandbox takes one script: a file, or -c and commands", hint: "Without either it reads standard input."
      )
    }
    if let press = options.presses.first {
      throw UsageError(message: "sandbox knows no keys, so there is no --do \(press.key)", hint: "Say it in a command.")
    }
    if let text = options.own["-c"] { return Script(name: "-c", text: text) }
    if let path = options.arguments.first, path != "-" {
      return Script(name: path, descriptor: try Descriptors.openToRead(path), isOurs: true)
    }
    return Script(name: "stdin", descriptor: 0, isOurs: false, isTerminal: Descriptors.isTerminal(0))
  }

  private static func run(_ options: Options, _ script: Script, _ output: Output) throws -> ExitCode {
    let files = try TraceFiles(options, title: "sandbox")
    let terminal = Terminal.detect()
    let speed = options.speed ?? (terminal.isOutput ? 1 : .infinity)
    // Each command takes a few turns, however many there are; who counts them is the conductor.
    let loop = EventLoop.virtual(.init(name: "sandbox", turnsAtOneInstant: .max))
    loop.virtualTime?.speed = speed
    if let threads = options.pool { DeferPool.shared.threads = threads }

    let output = options.trace == "-" ? Output(to: 2) : output
    let journal = Journal(options, output, options.paint(for: terminal), on: loop)
    journal.erasesPrompt = !terminal.isDumb && !terminal.isAccessible && !options.isPlain
    let head = RunHead(id: RunHead.sandbox, speed: speed, pool: DeferPool.shared.threads)
    printHead(journal, script, head)
    let session = SandboxSession(loop, journal)
    let code = try session.run(script, guardTime: options.duration ?? guardTime, turns: options.turns)
    journal.finish()
    let verdict = script.isTerminal ? nil : printEnd(journal, session, code)
    output.flush()
    try files.write(journal.history, head: head, verdict: verdict)
    return code
  }

  private static func printHead(_ journal: Journal, _ script: Script, _ head: RunHead) {
    journal.header(head)
    if script.isTerminal {
      journal.remark("Try `every 1 tick`; `help` lists the words, Ctrl-D leaves. = shows the Swift.")
    }
    journal.echo(SandboxProgram.opening(speed: head.speed, threads: journal.options.pool))
  }

  /// The last line says how it ended, and is returned as JSON; complaints have been made already.
  private static func printEnd(_ journal: Journal, _ session: SandboxSession, _ code: ExitCode) -> String? {
    let words: [ExitCode: String] = [.success: "ok", .checkFailed: "not ok", .stillAlive: "alive"]
    guard let word = words[code] else { return nil }
    let turns = session.loop.statistics.turns
    let json = verdictJSON(word, expectations: session.expectations, turns: turns, alive: session.leftAlive)
    guard journal.options.format == .text else {
      journal.verdict(json, isGood: code == .success)
      return json
    }
    let text = verdict(word, expectations: session.expectations, turns: journal.options.isVerbose ? turns : nil)
    journal.verdict(text, isGood: code == .success)
    for line in session.leftAlive { journal.verdict("#   \(line)", isGood: nil) }
    return json
  }

  /// The last line, as in `ok  sandbox  1 expectation`.
  static func verdict(_ word: String, expectations: Int, turns: Int?) -> String {
    var text = "\(word)  sandbox"
    if expectations > 0 { text += "  " + Verdict.count(expectations, "expectation") }
    if let turns { text += "  turns=\(turns)" }
    return text
  }

  /// The same as JSON.
  static func verdictJSON(_ word: String, expectations: Int, turns: Int, alive: [String]) -> String {
    var object = JSONObject()
    object.add("verdict", word)
    object.add("expectations", expectations)
    object.add("turns", turns)
    if !alive.isEmpty { object.add("alive", alive.joined(separator: "\n")) }
    return object.text
  }
}
