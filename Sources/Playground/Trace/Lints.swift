// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Something that a program should not do, found in its trace.
struct Lint: Sendable, Equatable {
  enum Rule: String, Sendable {
    /// One callback held the loop for longer than ``Lints/limit``.
    case blocked
    /// Ticks kept the loop from waiting for longer than ``Lints/patience``.
    case starving
    /// A deferrable was released although somebody should have heard of it.
    case lost
    /// The same of a job that threw: nobody gave it an errback, or listened in another way.
    case noErrback = "no-errback"
  }

  var rule: Rule
  /// What it came to, in words: `2.000 (limit 0.100)`.
  var text: String
  var file: Substring
  var line: Int
}

/// Looks for lints in a trace, event by event.
struct Lints {
  /// How long a callback may hold the loop.
  static let limit = Duration.milliseconds(100)
  /// How long a loop may go on without waiting.
  static let patience = Duration.seconds(5)

  private struct Run {
    var subject: String
    var began: Instant
    var file: Substring
    var line: Int
  }

  private struct Place: Hashable {
    var file: String
    var line: Int
  }

  /// What runs on the loop now, the innermost last.
  private var running: [Run] = []
  /// The longest `block(for:)` of the outermost callback that runs.
  private var block: (length: Int, file: Substring, line: Int)?
  /// Where jobs were deferred that threw.
  private var throwing: Set<Place> = []
  private var queuedTicks = 0
  /// Whether the loop waits, or only looks.
  private var mayWait = false
  private var lastWait = Instant.zero
  private var isStarving = false

  /// Takes the next event; what it proves.
  mutating func take(_ event: TraceEvent) -> [Lint] {
    if event.is(.jobEnd), event.first == 1 { throwing.insert(Place(file: event.file, line: event.line)) }
    guard event.lane == 0 else { return [] }
    switch (event.subject, event.phase) {
    case ("turn", _), ("loop", _), ("close", _), ("stop", _): return []
    case ("step", .begin) where event.first == 1: return lookForWait(event)
    case ("step", .end) where event.first == 1 && mayWait:
      lastWait = event.time
      return []
    case ("step", _): return []
    case ("tick", .arm): queuedTicks += 1
    case ("lost", _): return [lost(event)]
    default: break
    }
    if event.phase == .begin { begin(event) }
    return event.phase == .end ? end(event) : []
  }

  // That nobody listened is only known when the job has gone: an errback may come late, and `ignoreFailure()` is told to
  // nobody. What goes then is a deferrable, known by the place that made it.
  private func lost(_ event: TraceEvent) -> Lint {
    let isJob = event.first == 1 && throwing.contains(Place(file: event.file, line: event.line))
    return Lint(
      rule: isJob ? .noErrback : .lost, text: event.label ?? "", file: event.fileName, line: event.line)
  }

  private mutating func begin(_ event: TraceEvent) {
    if event.subject == "tick" { queuedTicks -= 1 }
    if event.subject == "block", event.first > (block?.length ?? 0) {
      block = (event.first, event.fileName, event.line)
    }
    running.append(
      Run(subject: event.subject, began: event.time, file: event.isInternal ? "" : event.fileName, line: event.line))
  }

  private mutating func end(_ event: TraceEvent) -> [Lint] {
    guard let run = running.popLast(), running.isEmpty else { return [] }
    defer { block = nil }
    let length = event.time - run.began
    guard length > Self.limit, run.subject != "block" else { return [] }
    let text = "\(Seconds.text(length)) (limit \(Seconds.text(Self.limit)))"
    return [Lint(rule: .blocked, text: text, file: block?.file ?? run.file, line: block?.line ?? run.line)]
  }

  private mutating func lookForWait(_ event: TraceEvent) -> [Lint] {
    mayWait = queuedTicks == 0
    guard queuedTicks > 0 else {
      lastWait = event.time
      isStarving = false
      return []
    }
    let length = event.time - lastWait
    guard length > Self.patience, !isStarving else { return [] }
    isStarving = true
    return [Lint(rule: .starving, text: "ticks for \(Seconds.text(length)) without a wait", file: "", line: 0)]
  }
}
