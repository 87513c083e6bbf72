// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What a session shows: what its loop tells, folded into lines, and the Swift that its commands stand for.
// Unchecked is right: what workers touch is behind the lock or in the recorder, which has one of its own; the rest is
// constant.
final class Journal: @unchecked Sendable {
  private struct Fold {
    var log: PlainLog
    var json = JSONLines()
    var isShown = true

    mutating func take(
      _ event: TraceEvent, _ options: Options, _ output: Output, _ style: Paint, _ layout: LogLine.Layout
    ) {
      switch options.format {
      case .jsonl:
        output.print(json.line(for: event))
      case .text:
        // Folded in any case: names and what is running depend on it.
        let lines = log.take(event)
        guard isShown, !options.isQuiet else { return }
        for line in lines { output.print(line.text(layout, style)) }
      }
    }
  }

  let options: Options
  private let output: Output
  private let style: Paint
  private let layout: LogLine.Layout
  private let fold: Locked<Fold>
  /// What records; it is the loop's observer, unless somebody puts another in front of it.
  private(set) var recorder = Recorder()

  /// A journal of that loop; of nothing but what commands say, if there is none.
  ///
  /// `also` hears each event, too, on whichever thread.
  init(
    _ options: Options, _ output: Output, _ style: Paint, on loop: EventLoop?,
    also: @escaping @Sendable (TraceEvent) -> Void = { _ in }
  ) {
    self.options = options
    self.output = output
    self.style = style
    layout = .sandbox(options)
    fold = Locked(Fold(log: PlainLog(isVerbose: options.isVerbose)))
    // Not by way of the journal: the loop may outlive it, and others schedule on that until it is gone.
    recorder = Recorder(turns: options.turns, atLastTurn: {}) { [fold, layout] event in
      fold.withLock { $0.take(event, options, output, style, layout) }
      also(event)
    }
    loop?.observer = recorder
    let limit = PlainLog.lateLimit(atSpeed: loop?.virtualTime?.speed ?? 1)
    fold.withLock { $0.log.lateLimit = limit }
  }

  /// Whether what happens is printed.
  var showsLog: Bool {
    get { fold.withLock { $0.isShown } }
    set { fold.withLock { $0.isShown = newValue } }
  }

  /// What has happened so far.
  var history: [TraceEvent] { recorder.history }

  /// All of it has happened.
  func finish() { recorder.finish() }

  // MARK: Lines

  /// Whether there is room for lines that are not the log.
  private var isProse: Bool { options.format == .text && !options.isQuiet }

  /// The first line.
  func header(_ head: RunHead) {
    guard !options.isQuiet else { return }
    output.print(options.format == .text ? head.line : head.json)
  }

  /// What to know before typing.
  func remark(_ text: String) {
    if isProse { output.print("# \(text)") }
  }

  /// The Swift that a command stands for.
  func echo(_ lines: [String]) {
    guard isProse else { return }
    for line in lines { output.print(style.aside("   = \(line)")) }
  }

  /// An answer to what was asked.
  func say(_ line: String) {
    if options.format == .text { output.print(line.isEmpty ? "" : "   \(line)") }
  }

  /// A complaint to somebody who types.
  func answer(_ message: String) { output.print(style.bad("   ! \(message)")) }

  /// A complaint about a script.
  func tell(_ message: String) { output.tell(message) }

  /// How it ended, for whoever reads nothing else.
  func verdict(_ text: String, isGood: Bool?) {
    guard options.format == .text, let isGood else { return output.print(text) }
    output.print(isGood ? style.good(text) : style.bad(text))
  }

  func flush() { output.flush() }

  // MARK: The prompt

  /// Whether a line that comes while somebody is asked may overwrite the question; else it goes below.
  var erasesPrompt = false

  /// Shows that a command is wanted.
  func ask() { output.showPrompt("> ", erasing: erasesPrompt ? "\r\u{1B}[K" : "\n") }

  /// A command has come.
  func answered() { output.dropPrompt() }
}

extension LogLine.Layout {
  /// A session's log has no places, since its program is what is typed.
  static func sandbox(_ options: Options) -> LogLine.Layout {
    LogLine.Layout(showsTurns: options.isVerbose, showsPlaces: false)
  }
}
