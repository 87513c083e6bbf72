// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// One session of the sandbox: a loop, the things that commands made on it, and what they print.
///
/// Commands run inside of the loop's callbacks, one at a time; ``Conductor`` says when.
final class SandboxSession {
  let loop: EventLoop
  let journal: Journal
  var things = Things()
  var history = SandboxHistory()
  /// The Swift that was echoed, for `export`.
  var program: SandboxProgram
  /// The signals that are watched.
  var signals: Set<Signal> = []
  /// Whether the echoed program has its error type.
  var hasDeclaredOops = false
  /// The command that runs: what was made by it is told to come from here.
  private(set) var line: UInt = 0
  let file: StaticString = "script"
  /// How many expectations were met.
  var expectations = 0
  /// What was alive when the guard time was reached, in lines.
  var leftAlive: [String] = []
  private var conductor: Conductor?

  init(_ loop: EventLoop, _ journal: Journal) {
    self.loop = loop
    self.journal = journal
    program = SandboxProgram(speed: loop.virtualTime?.speed ?? 1, threads: journal.options.pool)
  }

  /// Runs a script to its end, and what is alive then.
  func run(_ script: Script, guardTime: Duration, turns: Int?, heedsSignals: Bool = true) throws -> ExitCode {
    let conductor = Conductor(
      self, script, guardTime: guardTime, turns: turns, heedsSignals: heedsSignals)
    self.conductor = conductor
    // Released while the loop closes, so that what is lost with them is told in the log.
    loop.onStop(file: Conductor.file) { self.things = Things() }
    defer { self.conductor = nil }
    return try conductor.run()
  }

  /// Runs a command.
  func perform(_ command: [Token], line: Int) throws(Complaint) {
    self.line = UInt(line)
    let word = try Word.find(command[0].text)
    var arguments = Arguments(word, command.dropFirst())
    try word.run(self, &arguments)
  }

  // MARK: What words do

  /// What the program prints.
  func log(_ text: String) {
    EventLoop.note(LoopEvent(.log, label: text))
    conductor?.note(text)
  }

  /// Shows the Swift that a command stands for.
  func echo(_ lines: String...) { echo(lines) }
  func echo(_ lines: [String]) {
    program.add(lines, at: loop.now)
    journal.echo(lines)
  }
  func say(_ line: String) { journal.say(line) }
  func flush() { journal.flush() }

  func block(for duration: Duration) {
    flush()
    let block = { [self] in loop.block(for: duration, file: file, line: line) }
    if let conductor { conductor.unheeded(block) } else { block() }
  }

  func wait(for duration: Duration) { conductor?.wait(for: duration) }
  func expect(_ text: String, within limit: Duration) { conductor?.expect(text, within: limit) }
  func end(_ code: ExitCode) { if let conductor { conductor.end(code) } else { loop.stop() } }

  /// Lets a script run before the one that loads it goes on.
  func load(_ path: String) throws(Complaint) {
    let descriptor: CInt
    do throws(SystemError) {
      descriptor = try Descriptors.openToRead(path)
    } catch {
      throw Complaint("\(path) can't be read: \(error.reason)")
    }
    try conductor?.load(Script(name: path, descriptor: descriptor, isOurs: true))
  }

  var showsLog: Bool {
    get { journal.showsLog }
    set { journal.showsLog = newValue }
  }

  /// What happened so far, for Perfetto.
  var trace: String {
    var trace = ChromeTrace(title: "sandbox")
    for event in journal.history { trace.take(event) }
    return trace.text
  }
}
