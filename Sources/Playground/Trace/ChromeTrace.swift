// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Folds a trace into the JSON that Perfetto and `chrome://tracing` draw: a lane for the loop and one for each worker,
/// callbacks as slices inside steps inside turns, arrows from where a thing was armed to where it ran.
///
/// Times are microseconds of the loop's clock. On a virtual one most callbacks take none, so slices stand side by side
/// at one instant; what they are nested in still holds.
struct ChromeTrace {
  /// One entry of the file; slices get their length when they end.
  private struct Entry {
    var fields: JSONObject
    var began: Instant
    var ended: Instant?
    var isSlice = false
  }

  private var entries: [Entry] = []
  /// The slices that are open, by lane, the innermost last: indices of `entries`.
  private var open: [Int: [Int]] = [:]
  private var names = Names()
  private var lints = Lints()
  /// What was armed and hasn't run yet, so that an arrow leads from there.
  private var armed: Set<UInt64> = []
  private var timers = 0
  private var ticks = 0
  private var jobs = 0
  /// The latest time of each lane: other threads read the clock ahead of the loop's last look, and a lane must not go back.
  private var latest: [Int: Instant] = [:]
  private let title: String

  /// A trace of the run of that name.
  init(title: String) { self.title = title }

  /// Takes the next event.
  mutating func take(_ event: TraceEvent) {
    var event = event
    event.time = max(event.time, latest[event.lane] ?? .zero)
    latest[event.lane] = event.time
    let name = names.name(of: event)
    switch event.phase {
    case .begin: begin(event, name)
    case .end: end(event)
    case .arm:
      point(event, name, title: "\(event.subject) armed")
      if event.id != 0 {
        armed.insert(event.id)
        flow(event, "s")
      }
    case .move, .cancel: point(event, name, title: "\(event.subject) \(event.phase.rawValue)")
    case .point: point(event, name, title: event.subject == "log" ? event.label ?? "" : event.subject)
    }
    if event.phase == .cancel { armed.remove(event.id) }
    count(event)
    for lint in lints.take(event) {
      var fields = head(event, "i", "\(lint.rule.rawValue) \(lint.text)", category: "lint")
      fields.add("s", "g")
      entries.append(Entry(fields: fields, began: event.time))
    }
  }

  /// The whole file; what still runs ends now.
  var text: String {
    var lines = metadata
    let end = latest.values.max() ?? .zero
    for entry in entries {
      var fields = entry.fields
      fields.addRaw("ts", Self.microseconds(entry.began.nanoseconds))
      if entry.isSlice {
        fields.addRaw(
          "dur", Self.microseconds((entry.ended ?? max(end, entry.began)).nanoseconds - entry.began.nanoseconds))
      }
      lines.append(fields.text)
    }
    return "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n\(lines.joined(separator: ",\n"))\n]}\n"
  }

  private mutating func begin(_ event: TraceEvent, _ name: String) {
    let title =
      switch event.subject {
      case "turn": "turn \(event.first)"
      case "step": "\(event.first) \(StepNames.name(of: event.first))"
      case "block": "block \(Seconds.text(nanoseconds: Int64(event.first)))"
      default: name.isEmpty ? event.subject : "\(event.subject) \(name)"
      }
    var fields = head(event, "X", title, category: event.subject)
    var arguments = place(event)
    arguments.add("turn", event.turn)
    fields.add("args", arguments)
    open[event.lane, default: []].append(entries.count)
    entries.append(Entry(fields: fields, began: event.time, isSlice: true))
    if armed.remove(event.id) != nil { flow(event, "f") }
    // A job is armed once, and both its run on the worker and its result have it to thank.
    if event.subject == "job" { armed.insert(event.id) }
  }

  private mutating func end(_ event: TraceEvent) {
    guard let index = open[event.lane, default: []].popLast() else { return }
    entries[index].ended = event.time
  }

  private mutating func point(_ event: TraceEvent, _ name: String, title: String) {
    var fields = head(event, "i", name.isEmpty ? title : "\(title) \(name)", category: event.subject)
    fields.add("s", "t")
    fields.add("args", place(event))
    entries.append(Entry(fields: fields, began: event.time))
  }

  private mutating func flow(_ event: TraceEvent, _ phase: String) {
    var fields = head(event, phase, event.subject, category: "flow")
    fields.add("id", event.id)
    if phase == "f" { fields.add("bp", "e") }
    entries.append(Entry(fields: fields, began: event.time))
  }

  /// How much waits, as a graph: when a turn ends.
  private mutating func count(_ event: TraceEvent) {
    switch (event.subject, event.phase) {
    case ("timer", .arm): timers += 1
    case ("timer", .begin), ("timer", .cancel): timers -= 1
    case ("tick", .arm): ticks += 1
    case ("tick", .begin): ticks -= 1
    case ("job", .arm): jobs += 1
    case ("job", .end): jobs -= 1
    case ("turn", .end):
      var fields = head(event, "C", "waiting", category: "counters")
      var numbers = JSONObject()
      numbers.add("timers", max(0, timers))
      numbers.add("ticks", max(0, ticks))
      numbers.add("jobs", max(0, jobs))
      fields.add("args", numbers)
      entries.append(Entry(fields: fields, began: event.time))
    default: break
    }
  }

  private func head(_ event: TraceEvent, _ phase: String, _ name: String, category: String) -> JSONObject {
    var fields = JSONObject()
    fields.add("ph", phase)
    fields.add("name", name)
    fields.add("cat", category)
    fields.add("pid", 1)
    fields.add("tid", event.lane)
    return fields
  }

  private func place(_ event: TraceEvent) -> JSONObject {
    var place = JSONObject()
    if !event.file.isEmpty { place.add("place", "\(event.fileName):\(event.line)") }
    return place
  }

  private var metadata: [String] {
    let lanes = Set(latest.keys).union([0]).sorted()
    var lines = [Self.metadata("process_name", 0, "name", JSONObject.quoted(title))]
    for lane in lanes {
      let name = LoopEvent.Lane(rawValue: lane).description
      lines.append(Self.metadata("thread_name", lane, "name", JSONObject.quoted(name)))
      lines.append(Self.metadata("thread_sort_index", lane, "sort_index", "\(lane)"))
    }
    return lines
  }

  private static func metadata(_ what: String, _ lane: Int, _ key: String, _ value: String) -> String {
    var fields = JSONObject()
    fields.add("ph", "M")
    fields.add("name", what)
    fields.add("pid", 1)
    fields.add("tid", lane)
    var arguments = JSONObject()
    arguments.addRaw(key, value)
    fields.add("args", arguments)
    return fields.text
  }

  private static func microseconds(_ nanoseconds: Int64) -> String {
    let fraction = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)"
  }
}
