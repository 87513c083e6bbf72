// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Folds a trace into the lines of the plain log.
///
/// What a program logs stands beside the callback that logged it: `timer  t1  beat 22  late 1.750  missed 7`. Keys,
/// blocks, jobs, statuses, cancellations and lints have lines of their own.
///
/// ```swift
/// var log = PlainLog()
/// for event in recorder.history { for line in log.take(event) { print(line.text()) } }
/// ```
struct PlainLog {
  /// Whether to tell also of what is armed, of waits, and of callbacks that log nothing.
  var isVerbose = false
  /// How late a timer must be for the log to say so.
  ///
  /// Where time really passes, a few milliseconds say more of the machine than of the program.
  var lateLimit = Duration.milliseconds(1)

  /// What ``lateLimit`` should be for a session of the sandbox.
  static func lateLimit(atSpeed speed: Double) -> Duration { .milliseconds(speed.isFinite ? 20 : 1) }

  /// A callback that runs now.
  private struct Run {
    var id: UInt64
    var isShown: Bool
    var kind: String
    var name: String
    /// What stands behind the first line that it logs.
    var remark: String
    var hasLogged = false
  }

  private var names = Names()
  private var lints = Lints()
  private var running: [Run] = []
  private var waitBegan = Instant.zero
  private var hasEnded = false
  private var isClosing = false

  init(isVerbose: Bool = false) { self.isVerbose = isVerbose }

  /// Takes the next event; the lines that it makes.
  mutating func take(_ event: TraceEvent) -> [LogLine] {
    var lines = line(for: event).map { [$0] } ?? []
    for lint in lints.take(event) {
      let place = lint.file.isEmpty ? "" : "\(lint.file):\(lint.line)"
      lines.append(
        LogLine(
          mood: .warning, time: event.time, turn: turn(event), kind: lint.rule.rawValue, text: lint.text, place: place))
    }
    return lines
  }

  private mutating func line(for event: TraceEvent) -> LogLine? {
    switch event.subject {
    case "loop":
      hasEnded = event.phase == .end
      return nil
    case "stop":
      return running.contains { $0.isShown } ? made(event, "stop") : nil
    case "step" where event.first == 1: return wait(event)
    case "close":
      isClosing = event.phase == .begin
      return nil
    case "turn", "step", "lost": return nil
    case "speed":
      lateLimit = Self.lateLimit(atSpeed: event.label == "max" ? .infinity : 1)
      return nil
    case "log": return logged(event)
    case "job": return job(event)
    case "status":
      let name = names.name(of: event)
      return event.isInternal ? nil : made(event, "status", name, event.first == 1 ? "succeeded" : "failed")
    case "block": return block(event)
    default: break
    }
    switch event.phase {
    case .begin: return begin(event)
    case .end:
      let run = running.popLast()
      guard isVerbose, let run, run.isShown, !run.hasLogged else { return nil }
      return made(event, run.kind, run.name, "ran" + run.remark, mood: .aside)
    case .arm: return armed(event)
    case .cancel:
      let name = names.name(of: event)
      // What closing cancels is no news.
      return event.isInternal || event.id == 0 || isClosing ? nil : made(event, "cancel", name)
    case .move:
      let name = names.name(of: event)
      guard !event.isInternal, event.subject == "timer" else { return nil }
      return made(event, "move", name, "due \(Seconds.text(nanoseconds: Int64(event.first)))")
    case .point: return nil
    }
  }

  /// What a program logged, beside the innermost callback that it is in.
  private mutating func logged(_ event: TraceEvent) -> LogLine {
    guard event.lane == 0, let index = running.lastIndex(where: { $0.isShown }) else {
      return made(event, "log", "", event.label ?? "")
    }
    let run = running[index]
    running[index].remark = ""
    // What it runs in needs no line of its own then.
    for index in running.indices { running[index].hasLogged = true }
    return made(event, run.kind, run.name, (event.label ?? "") + run.remark)
  }

  private mutating func begin(_ event: TraceEvent) -> LogLine? {
    var run = Run(
      id: event.id, isShown: !event.isInternal && event.subject != "closing", kind: Self.word(for: event.subject),
      name: names.name(of: event),
      remark: "")
    switch event.subject {
    case "timer":
      let late = event.time.nanoseconds - Int64(event.first)
      if late >= lateLimit.roundedNanoseconds { run.remark = "  late \(Seconds.text(nanoseconds: late))" }
    case "periodic":
      // It runs inside of its timer, and they are one.
      run.remark = running.last?.remark ?? ""
      if event.second > 0 { run.remark += "  missed \(event.second)" }
      if !running.isEmpty { running[running.count - 1].hasLogged = true }
    default: break
    }
    running.append(run)
    guard event.subject == "key" else { return nil }
    return made(event, "key", run.name, mood: .action)
  }

  private mutating func block(_ event: TraceEvent) -> LogLine? {
    guard event.phase == .begin, !event.isInternal else { return nil }
    let length = Int64(event.first)
    guard isVerbose || length >= Lints.limit.roundedNanoseconds else { return nil }
    return made(event, "run", "", "block \(Seconds.text(nanoseconds: length))")
  }

  private mutating func job(_ event: TraceEvent) -> LogLine? {
    let name = names.name(of: event)
    guard !event.isInternal else { return nil }
    let worker = LoopEvent.Lane.worker(event.lane)
    switch event.phase {
    case .arm: return made(event, "defer", name)
    case .begin: return made(event, "begin", name, "on \(worker)")
    case .end:
      let outcome = ["done", "threw", "cancel"]
      return made(event, outcome.indices.contains(event.first) ? outcome[event.first] : "end", name, "on \(worker)")
    default: return nil
    }
  }

  private mutating func armed(_ event: TraceEvent) -> LogLine? {
    let name = names.name(of: event)
    guard isVerbose, !event.isInternal else { return nil }
    let due = event.subject == "timer" ? "due \(Seconds.text(nanoseconds: Int64(event.first)))" : ""
    let what = Self.word(for: event.subject)
    return made(event, "arm", name.isEmpty ? what : name, name.isEmpty ? "" : due.isEmpty ? what : due, mood: .aside)
  }

  private mutating func wait(_ event: TraceEvent) -> LogLine? {
    guard event.phase == .end else {
      waitBegan = event.time
      return nil
    }
    guard isVerbose, event.time > waitBegan else { return nil }
    return made(event, "wait", "", "for \(Seconds.text(event.time - waitBegan))", mood: .aside)
  }

  private func made(
    _ event: TraceEvent, _ kind: String, _ name: String = "", _ text: String = "", mood: LogLine.Mood = .plain
  ) -> LogLine {
    let place = event.file.isEmpty || event.isInternal ? "" : "\(event.fileName):\(event.line)"
    return LogLine(
      mood: mood, time: event.time, turn: turn(event), kind: kind, name: name, text: text, place: place)
  }

  private func turn(_ event: TraceEvent) -> String {
    hasEnded ? "end" : event.turn == 0 ? "start" : "turn \(event.turn)"
  }

  /// What a callback's sort is called in the log.
  private static func word(for subject: String) -> String {
    switch subject {
    case "periodic": "timer"
    case "process": "notify"
    case "watch": "io"
    default: subject
    }
  }
}
