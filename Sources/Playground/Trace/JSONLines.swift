// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Writes a trace as JSON, one event a line: for `--format jsonl` and `--record`.
///
/// ```text
/// {"seq":61,"t":5.25,"turn":21,"lane":"loop","ev":"key.begin","id":12,"name":"b","file":"L05Chunking.swift","line":54}
/// ```
///
/// `t` is in seconds, `first` and `second` are as the event's kind says, what is empty or zero is left out, as is the
/// module of a lesson's file. Nothing in it depends on the machine or on the time of day. ``JSONLinesReader`` reads it.
struct JSONLines {
  /// Files belong to it unless a line says otherwise.
  static let module = "Lessons"

  private var names = Names()

  init() {}

  /// The line for the next event.
  mutating func line(for event: TraceEvent) -> String {
    var object = JSONObject()
    object.add("seq", event.sequence)
    object.addRaw("t", Seconds.exact(nanoseconds: event.time.nanoseconds))
    object.add("turn", event.turn)
    object.add("lane", LoopEvent.Lane(rawValue: event.lane).description)
    object.add("ev", event.kind)
    if event.id != 0 { object.add("id", event.id) }
    let name = names.name(of: event)
    if !name.isEmpty { object.add("name", name) }
    if event.cause != 0 { object.add("cause", event.cause) }
    if event.first != 0 { object.add("first", event.first) }
    if event.second != 0 { object.add("second", event.second) }
    if let label = event.label, label != name { object.add("text", label) }
    if !event.file.isEmpty {
      // Whether a thing is the program's or the library's own depends on it.
      let module = event.file.dropLast(event.fileName.count + 1)
      if !module.isEmpty, module != Self.module { object.add("module", module) }
      object.add("file", event.fileName)
      object.add("line", event.line)
    }
    return object.text
  }
}
