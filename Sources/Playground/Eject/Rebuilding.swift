// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Builds a package and runs it, again each time that one of its files is saved.
///
/// One loop does it all: a periodic timer asks for a look at the files, which is a job, since a disk may be slow; the end
/// of a child is a signal; so is Ctrl-C.
final class Rebuilding {
  private enum State {
    /// Nothing runs: the build failed, or the program has ended.
    case idle
    case building(Child)
    case running(Child)
    /// It was asked to end: for a new build, or for good.
    case ending(Child, for: ExitCode?)
  }

  /// How often the files are looked at.
  static let interval = Duration.milliseconds(250)
  /// How long a program may take to end when it is asked to.
  static let patience = Duration.seconds(2)

  private let folder: String
  private let swift: String
  private let output: Output
  private let loop: EventLoop
  private let pool = DeferPool(threads: 1, name: "files")
  private var state = State.idle
  private var exitCode = ExitCode.success
  /// The files as the last build found them, and as the last look did.
  private var built: FileStamps
  private var seen: FileStamps
  private var isLooking = false
  private var lastWarning: OneShotTimer?

  /// - Parameters:
  ///   - folder: Where the package is.
  ///   - swift: The program that builds it.
  init(_ folder: String, _ swift: String, _ output: Output, on loop: EventLoop) {
    self.folder = folder
    self.swift = swift
    self.output = output
    self.loop = loop
    built = FileStamps(of: folder)
    seen = built
  }

  /// Goes on until it is interrupted.
  func run() throws -> ExitCode {
    loop.onSignal(.child) { self.childMayHaveEnded() }
    loop.onSignal(.interrupt) { self.end(.interrupted) }
    loop.onSignal(.terminate) { self.end(.terminated) }
    loop.addPeriodicTimer(every: Self.interval) { self.look() }
    build()
    try loop.run()
    return exitCode
  }

  // MARK: Files

  private func look() {
    guard !isLooking else { return }
    isLooking = true
    loop.defer(on: pool) { [folder] in
      FileStamps(of: folder)
    } callback: { stamps in
      self.isLooking = false
      self.saw(stamps)
    }
  }

  private func saw(_ stamps: FileStamps) {
    // Only when two looks saw the same: an editor may be in the middle of writing.
    let isWhole = stamps == seen
    seen = stamps
    guard isWhole, stamps != built else { return }
    let changes = stamps.changes(since: built)
    built = stamps
    say("changed \(changes[0])" + (changes.count > 1 ? " and \(changes.count - 1) more" : ""))
    switch state {
    case .idle: build()
    case .building(let child), .running(let child): ask(child, toEndFor: nil)
    case .ending: break
    }
  }

  // MARK: Children

  private func build() {
    say("building \(folder)")
    start(["build", "--package-path", folder], hearsKeyboard: false) { .building($0) }
  }

  private func start(_ arguments: [String], hearsKeyboard: Bool, _ next: (Child) -> State) {
    output.flush()
    do {
      state = next(try Child.start(swift, arguments, hearsKeyboard: hearsKeyboard))
    } catch {
      output.tell("playground run: \(error)")
      exitCode = .environment
      loop.stop()
    }
  }

  private func childMayHaveEnded() {
    switch state {
    case .idle: break
    case .building(let child):
      guard let code = child.exitCode() else { return }
      state = .idle
      guard code == 0 else { return say("the build failed; a save builds again, Ctrl-C ends") }
      say("running; a save builds again, Ctrl-C ends")
      start(["run", "--package-path", folder, "--skip-build"], hearsKeyboard: true) { .running($0) }
    case .running(let child):
      guard let code = child.exitCode() else { return }
      state = .idle
      say("it ended with exit code \(code); a save builds again, Ctrl-C ends")
    case .ending(let child, let reason):
      guard child.exitCode() != nil else { return }
      state = .idle
      lastWarning?.cancel()
      if let reason { leave(reason) } else { build() }
    }
  }

  private func ask(_ child: Child, toEndFor reason: ExitCode?) {
    state = .ending(child, for: reason)
    child.terminate()
    lastWarning = loop.addTimer(after: Self.patience) { child.end() }
  }

  // MARK: The end

  private func end(_ code: ExitCode) {
    switch state {
    case .idle: leave(code)
    case .building(let child), .running(let child): ask(child, toEndFor: code)
    case .ending(let child, _):
      // Whoever asks twice doesn't want to wait.
      state = .ending(child, for: code)
      child.end()
    }
  }

  private func leave(_ code: ExitCode) {
    exitCode = code
    loop.stop()
  }

  private func say(_ text: String) {
    output.print("# \(text)")
    output.flush()
  }
}
