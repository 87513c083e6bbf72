// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What there is to say of one event: what it was, how long it ran, where it stands in the code, who asked for it, and
/// what it led to.
struct EventWords {
  let history: History
  let place: Int
  let event: TraceEvent
  let code: [LessonText.Line]

  struct Line: Sendable, Equatable {
    var label: String
    var text: String
  }

  /// In a few words: `timer t1`, `beat 3`, `j1 on worker-2`.
  static func title(_ event: TraceEvent, _ names: Names) -> String {
    let name = names.known(for: event)
    switch event.subject {
    case "log": return "log \"\(event.label ?? "")\""
    case "key": return "key \(event.label ?? "")" + (event.phase == .end ? " is done" : "")
    case "turn": return event.phase == .begin ? "turn \(event.first) begins" : "turn \(event.first) ends"
    case "status": return "\(name) \(event.first == 1 ? "succeeded" : "failed")"
    case "block":
      let length = Amount.text(Int64(event.first))
      return event.phase == .begin ? "the loop is blocked for \(length)" : "the block of \(length) ends"
    default: break
    }
    let subject = event.subject == "periodic" ? "timer" : event.subject
    let base = name.isEmpty ? subject : "\(subject) \(name)"
    switch event.phase {
    case .begin: return event.lane > 0 ? "\(base) begins on worker-\(event.lane)" : base
    case .end: return event.lane > 0 ? "\(base) ends on worker-\(event.lane)" : "\(base) is done"
    case .arm: return "\(base) is armed"
    case .move: return "\(base) is moved"
    case .cancel: return "\(base) is cancelled"
    case .point: return base
    }
  }

  var lines: [Line] {
    var lines = [Line(label: "where", text: whereText)]
    if let length { lines.append(Line(label: "ran", text: length)) }
    if event.subject == "timer", event.phase == .begin {
      let late = event.time.nanoseconds - Int64(event.first)
      lines.append(
        Line(
          label: "due",
          text: "at \(Seconds.text(nanoseconds: Int64(event.first)))"
            + (late > 1_000_000 ? ", so \(Amount.text(late)) late" : ", and on time")))
    }
    if let codeText { lines.append(Line(label: "code", text: codeText)) }
    if let asked { lines.append(Line(label: "asked by", text: asked)) }
    for (index, text) in led.enumerated() { lines.append(Line(label: index == 0 ? "led to" : "", text: text)) }
    return lines
  }

  private var whereText: String {
    let thread = event.lane == 0 ? "on the reactor's thread" : "on worker-\(event.lane)"
    let moment = history.moment(at: place + 1)
    guard event.lane == 0, moment.step > 0 else { return "\(thread), turn \(event.turn)" }
    return "\(thread), turn \(event.turn), step \(moment.step): \(StepNames.name(of: moment.step))"
  }

  /// How long it ran; `nil` for what doesn't run.
  private var length: String? {
    guard event.phase == .begin || event.phase == .end, event.subject != "turn" else { return nil }
    let other = event.phase == .begin ? matching(.end, after: true) : matching(.begin, after: false)
    guard let other else { return event.phase == .begin ? "it still runs" : nil }
    let length = event.phase == .begin ? other.time - event.time : event.time - other.time
    return Amount.text(length)
  }

  private func matching(_ phase: LoopEvent.Phase, after: Bool) -> TraceEvent? {
    let places =
      after
      ? Array(place + 1..<min(history.end, place + 4096)) : Array((max(history.start, place - 4096)..<place).reversed())
    return places.lazy.compactMap { history.event(at: $0) }
      .first { $0.phase == phase && $0.id == event.id && $0.subject == event.subject }
  }

  private var codeText: String? {
    guard !event.file.isEmpty, !event.isInternal else { return nil }
    let text = code.first { $0.number == event.line }?.text.drop { $0 == " " }
    return "\(event.fileName):\(event.line)" + (text.map { "   \($0)" } ?? "")
  }

  /// Who registered it; or what was running when it happened.
  private var asked: String? {
    let armed = event.phase == .begin && event.id != 0 ? matching(.arm, after: false) : nil
    let cause = armed?.cause ?? event.cause
    if let by = running(cause) {
      return "\(Seconds.text(armed?.time ?? by.time))  \(Self.title(by, history.names))"
        + (by.line > 0 && !by.isInternal ? ", line \(by.line)" : "")
    }
    return armed.map { "\(Seconds.text($0.time))  the program itself, line \($0.line)" }
  }

  /// The last beginning of what had that number.
  private func running(_ id: UInt64) -> TraceEvent? {
    guard id != 0 else { return nil }
    var place = place - 1
    while place >= max(history.start, self.place - 16_384), let event = history.event(at: place) {
      if event.id == id, event.phase == .begin { return event }
      place -= 1
    }
    return nil
  }

  /// What it registered or logged, at most three.
  private var led: [String] {
    guard event.phase == .begin, event.id != 0 else { return [] }
    var found: [String] = []
    for place in place + 1..<min(history.end, self.place + 2048) {
      guard let next = history.event(at: place) else { break }
      if next.id == event.id, next.phase == .end, next.subject == event.subject { break }
      guard next.cause == event.id, !next.isInternal, next.phase != .end else { continue }
      let due =
        next.subject == "timer" && next.phase == .arm ? ", due \(Seconds.text(nanoseconds: Int64(next.first)))" : ""
      found.append("\(Seconds.text(next.time))  \(Self.title(next, history.names))\(due)")
      if found.count == 3 { break }
    }
    return found
  }
}
