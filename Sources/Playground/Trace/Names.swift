// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Short names for the things of a trace: its label where it has one, else a letter for its sort and a number by first
/// appearance, `t1`, `d2`.
///
/// The loop's own numbers change as soon as a program makes one thing more anywhere; these stay.
struct Names: Sendable, Equatable {
  private var names: [UInt64: String] = [:]
  private var counts: [String: Int] = [:]
  /// What several numbers stand for: the firings of a periodic timer, a job and its deferrable.
  private var canonical: [UInt64: UInt64] = [:]
  /// Where timers were armed: one that is armed anew at the same place from its own callback is still the same.
  private var places: [UInt64: Place] = [:]

  private struct Place: Equatable {
    var file: String
    var line: Int
  }

  /// The letter for a sort of thing; what has none is never spoken of again.
  private static let letters = [
    "timer": "t", "periodic": "t", "process": "p", "status": "d", "job": "j", "watch": "w", "signal": "s",
  ]

  /// The name of the event's thing, given to it now if it had none; empty for what needs none.
  mutating func name(of event: TraceEvent) -> String {
    guard !event.isInternal else { return "" }
    switch event.subject {
    case "key": return event.label ?? ""
    case "log", "lost", "speed": return ""
    case "callback", "errback", "completion", "derived":
      // An entry belongs to a deferrable, and that is what has a name.
      return name(of: UInt64(event.first), "status", event.label)
    case "job":
      if event.phase == .arm, event.first > 0 { canonical[UInt64(event.first)] = event.id }
    case "periodic":
      canonical[event.id] = resolved(event.cause)
    case "timer" where event.phase == .arm:
      let place = Place(file: event.file, line: event.line)
      places[event.id] = place
      if places[event.cause] == place { canonical[event.id] = resolved(event.cause) }
    default: break
    }
    return name(of: event.id, event.subject, event.label)
  }

  /// The name of the event's thing, if it was given one.
  func known(for event: TraceEvent) -> String {
    if event.isInternal || ["log", "lost", "speed"].contains(event.subject) { return "" }
    if let label = event.label, !label.isEmpty { return label }
    let isEntry = ["callback", "errback", "completion", "derived"].contains(event.subject)
    let id = isEntry ? UInt64(event.first) : event.id
    return id == 0 ? "" : names[resolved(id)] ?? ""
  }

  /// Whether the event's thing has that name without a label, or is given it now; if not, the name is its label.
  mutating func give(_ name: String, to event: TraceEvent) -> Bool {
    let counts = counts
    if self.name(of: event) == name { return true }
    self.counts = counts
    return false
  }

  private func resolved(_ id: UInt64) -> UInt64 { canonical[id] ?? id }

  private mutating func name(of id: UInt64, _ subject: String, _ label: String?) -> String {
    let id = resolved(id)
    if let label, !label.isEmpty {
      names[id] = label
      return label
    }
    if let name = names[id] { return name }
    guard id != 0, let letter = Self.letters[subject] else { return "" }
    counts[letter, default: 0] += 1
    let name = "\(letter)\(counts[letter, default: 0])"
    names[id] = name
    return name
  }
}

extension TraceEvent {
  /// Whether the playground or the library registered the thing for purposes of its own, not the program that is shown.
  ///
  /// The playground marks what is its own by giving `playground` as the file.
  var isInternal: Bool {
    file == Self.own || file.hasPrefix("Reactor/") || file.hasPrefix("Concurrency/")
      || file == "Lessons/LessonIO.swift"
  }

  private static var own: String { "playground" }
}
