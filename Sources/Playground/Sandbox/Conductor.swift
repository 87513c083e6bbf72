// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Says when the next command of a session runs.
///
/// **Facts.** Commands come in pieces of any size, at any time. A script that comes through a pipe in two pieces must do
/// what it does in one; and at infinite speed the loop would leap to the next deadline while somebody still types.
///
/// **The rule here.** A command runs where nothing else is left to do at that instant: after each one the loop gets turns
/// until a whole turn has brought nothing. While commands are wanted, an undelivered delivery holds time; it is let go of
/// in `wait`, in `expect` and when the input has ended. At a finite speed time flows always.
///
/// **What it costs.** Two or three turns a command. Work that moves time by itself, as a chunk does, isn't waited for.
final class Conductor {
  private enum State {
    /// A command is wanted, or runs.
    case open
    /// The loop gets turns until nothing is left to do at this instant.
    case settling
    /// Until the timer fires.
    case waiting
    /// Until it is printed, or the timer fires.
    case expecting(String, until: OneShotTimer)
    /// The input has ended: what is alive goes on to its end.
    case finishing(guardedUntil: Instant)
    /// The session has ended.
    case over(ExitCode)
  }

  /// Marks what is the playground's own and not the session's.
  static let file: StaticString = "playground"
  /// A process that passes messages to itself for ever must be noticed before it has filled a disk.
  private static let turnsAtOneInstant = 10_000

  private let session: SandboxSession
  private let loop: EventLoop
  private let guardTime: Duration
  private let turns: Int?
  private let heedsSignals: Bool
  private var scripts: [Script]
  private var state = State.open
  /// Holds time while it is there.
  private var prompt: Delivery<Bool>?
  /// What was printed since the last `expect`.
  private var printed = Printed()
  private let settling: Settling
  private var signals: [SignalWatch] = []
  /// How many turns have gone by at this instant since the last command.
  private var turnsHere = 0
  private var instant = Instant.zero

  /// - Parameters:
  ///   - guardTime: How long what is alive may go on when the input has ended.
  ///   - turns: How many turns there are at most.
  ///   - heedsSignals: Whether SIGINT and SIGTERM end the session; else they are somebody else's business.
  init(_ session: SandboxSession, _ script: Script, guardTime: Duration, turns: Int?, heedsSignals: Bool) {
    self.heedsSignals = heedsSignals
    self.session = session
    loop = session.loop
    settling = Settling(session.loop)
    scripts = [script]
    self.guardTime = guardTime
    self.turns = turns
  }

  private var isTerminal: Bool { scripts.first?.isTerminal ?? false }

  // MARK: The run

  /// Turns the loop until the session has ended.
  func run() throws -> ExitCode {
    hold()
    heedSignals()
    loop.nextTick(file: Self.file) { self.goOn() }
    while true {
      session.flush()
      _ = try loop.turn(waitingAtMost: timeLeft)
      if isGoingRound() { endCircle() }
      if let turns, loop.statistics.turns >= turns { end(.success) }
      if case .finishing(let deadline) = state { checkIdle(deadline) }
      if case .over(let code) = state { return code }
    }
  }

  /// Whether so many turns have gone by since the last command, and no time, that it will never be otherwise.
  private func isGoingRound() -> Bool {
    let now = loop.now
    turnsHere = now == instant && loop.virtualTime?.speed == .infinity ? turnsHere + 1 : 0
    instant = now
    return turnsHere > Self.turnsAtOneInstant
  }

  private func endCircle() {
    session.journal.tell(
      "playground sandbox: \(Self.turnsAtOneInstant) turns went by at \(Seconds.text(instant)) and time could not move: "
        + "does a message go round in a circle?")
    end(.stillAlive)
  }

  /// Ctrl-C and a request to end are answered by the loop, so that trace files get written.
  private func heedSignals() {
    guard heedsSignals else { return }
    signals = [(Signal.interrupt, ExitCode.interrupted), (.terminate, .terminated)].map { signal, code in
      loop.onSignal(signal, file: Self.file) {
        if self.isTerminal { self.session.journal.say("") }
        self.end(code)
      }
    }
  }

  /// Runs what holds the loop: signals end the process at once meanwhile, since nobody could answer them.
  func unheeded(_ body: () -> Void) {
    for signal in signals { signal.cancel() }
    body()
    heedSignals()
  }

  private var timeLeft: Duration? {
    guard case .finishing(let deadline) = state else { return nil }
    return max(.zero, deadline - loop.now)
  }

  private func checkIdle(_ deadline: Instant) {
    let statistics = loop.statistics
    if statistics.keptFromIdleBy.isEmpty { return end(.success) }
    // What is due at the very end still runs.
    guard loop.now >= deadline, statistics.ticksQueued == 0, (loop.nextDeadline ?? .never) > deadline else { return }
    session.leftAlive =
      ["still alive after \(Seconds.text(guardTime)):"] + Things.table(session.things.alive).map { "  \($0)" }
    session.leftAlive += ["`stop` as the last command ends them"]
    end(.stillAlive)
  }

  /// Ends the session: the loop stops.
  func end(_ code: ExitCode) {
    if case .over = state { return }
    state = .over(code)
    prompt = nil
    loop.stop()
  }

  // MARK: Commands

  /// Runs commands until there is something to wait for.
  private func goOn() {
    if case .over = state { return }
    state = .open
    hold()
    while case .open = state, let script = scripts.last {
      do throws(Complaint) {
        switch try script.next() {
        case .command(let command):
          try perform(command, of: script)
          if case .open = state {
            state = .settling
            settle { self.commandEnded() }
          }
        case .later:
          return listen(to: script)
        case .ended:
          finish(script)
        }
      } catch {
        complain(error.message, .usage)
      }
    }
  }

  private func listen(to script: Script) {
    var isAsked = script.isTerminal
    script.listen(on: loop) {
      isAsked = false
      self.session.journal.answered()
      self.goOn()
    }
    guard isAsked else { return }
    // After another look at the input: a line that was typed ahead needs no question. The first tick may run in this
    // turn.
    loop.nextTick(file: Self.file) {
      self.loop.nextTick(file: Self.file) { if isAsked { self.session.journal.ask() } }
    }
  }

  private func commandEnded() {
    session.history.end(at: loop.now)
    goOn()
  }

  private func perform(_ command: [Token], of script: Script) throws(Complaint) {
    turnsHere = 0
    let began = loop.now
    let isOuter = scripts.count == 1
    try session.perform(command, line: script.line)
    if isOuter { session.history.add(command, at: began) }
  }

  /// A script has ended: the one that loaded it goes on.
  private func finish(_ script: Script) {
    script.close()
    if let failure = script.failure {
      let message = "\(script.name) can't be read: \(failure.reason)"
      guard isTerminal else {
        session.journal.tell("playground sandbox: \(message)")
        return end(.environment)
      }
      session.journal.answer(message)
    }
    guard scripts.count == 1 else {
      scripts.removeLast()
      return
    }
    guard !script.isTerminal else {
      // The key that ends the input doesn't end the line.
      session.journal.say("")
      return end(.success)
    }
    session.echo("try loop.run(until: .idle)")
    state = .finishing(guardedUntil: loop.now + guardTime)
    prompt = nil
  }

  /// Tells what is wrong.
  ///
  /// A script ends with that; somebody who types goes on.
  func complain(_ message: String, _ code: ExitCode) {
    guard let script = scripts.last else { return }
    if script.isTerminal {
      session.journal.answer(message)
      script.dropLine()
      return
    }
    session.journal.tell("\(script.name):\(script.line): \(message)")
    guard isTerminal else { return end(code) }
    while let script = scripts.last, !script.isTerminal {
      script.close()
      scripts.removeLast()
    }
  }

  /// Puts a script in front of the one that runs.
  func load(_ script: Script) throws(Complaint) {
    guard scripts.count < 16 else {
      throw Complaint("\(script.name) would be the 16th script inside a script: does one load itself?")
    }
    scripts.append(script)
  }

  // MARK: Time

  private func hold() {
    if prompt == nil { prompt = loop.expect(file: Self.file, line: 0) { _ in } }
  }

  /// Lets the loop go on until nothing is left to do at this instant.
  private func settle(_ done: @escaping () -> Void) {
    hold()
    settling.begin(hasJobs: { self.session.things.haveJobs() }, done)
  }

  /// Lets time pass before the next command.
  func wait(for duration: Duration) {
    state = .waiting
    prompt = nil
    loop.addTimer(after: duration, file: Self.file) { self.commandEnded() }
  }

  // MARK: Expectations

  /// Takes note of what was printed.
  func note(_ text: String) {
    printed.add(text)
    guard case .expecting(let expected, let timer) = state, printed.take(expected) else { return }
    timer.cancel()
    session.expectations += 1
    state = .settling
    settle { self.commandEnded() }
  }

  /// Goes on when the text has been printed, or complains when it is too late.
  func expect(_ text: String, within limit: Duration) {
    guard !printed.take(text) else {
      session.expectations += 1
      return
    }
    let timer = loop.addTimer(after: limit, file: Self.file) {
      // What is due at the very end still counts.
      self.settle { self.judge(text, limit) }
    }
    state = .expecting(text, until: timer)
    prompt = nil
  }

  private func judge(_ text: String, _ limit: Duration) {
    guard case .expecting = state else { return }
    complain("\"\(text)\" was expected within \(Seconds.text(limit)) s, but \(printed.summary)", .checkFailed)
    commandEnded()
  }
}
