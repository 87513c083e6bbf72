// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The lesson's code, and beside each line what has become of what it registered.
struct CodePane {
  let lines: [LessonText.Line]
  let file: String
  let picture: Picture

  /// The line whose code runs, or is about to.
  var current: Int? {
    // What runs inside of what: the innermost that the program shows.
    picture.moment.stack.last { $0.place?.file == file }?.place?.line
  }

  /// A word on a line, and how it looks.
  struct Note: Equatable {
    var text: String
    var style: Style
    /// What is said where that finds no room.
    var short: String?
  }

  /// What there is to say of a line, what matters most first.
  func notes(_ line: Int) -> [Note] {
    let place = Place(file: file, line: line)
    let moment = picture.moment
    var notes: [Note] = []
    if let run = moment.stack.last(where: { $0.place == place }) {
      let length = picture.now - run.began
      let isNext = picture.isHeld && run == moment.stack.last
      notes.append(
        isNext
          ? Note(text: "NEXT", style: .running)
          : Note(
            text: length > .zero ? "RUNNING \(Amount.text(length))" : "RUNNING",
            style: length > Lints.limit ? .bad : .running, short: "RUN \(Amount.text(length))"))
    }
    let deadlines = moment.deadlines.values.filter { $0.place == place }
    if let due = deadlines.map(\.due).min() {
      let left = due - picture.now.nanoseconds
      if left < -1_000_000 {
        notes.append(Note(text: "\(Amount.text(-left)) late", style: .bad))
      } else {
        let more = deadlines.count > 1 ? "\(deadlines.count) wait, " : ""
        let amount = Amount.text(max(0, left))
        notes.append(Note(text: "\(more)due in \(amount)", style: .aside, short: "in \(amount)"))
      }
    }
    let jobs = jobNotes(place)
    notes += jobs.isEmpty ? entryNotes(place) : jobs
    let traffic = moment.traffic[place] ?? Moment.Traffic()
    if traffic.queued > 0 { notes.append(Note(text: "\(traffic.queued) queued", style: .aside)) }
    if traffic.cancels > 0, deadlines.isEmpty { notes.append(Note(text: "cancelled", style: .aside)) }
    // What is about to run has not run yet.
    let isNext = picture.isHeld && moment.stack.last?.place == place
    let runs = traffic.runs - (isNext ? 1 : 0)
    if runs > 0 { notes.append(Note(text: "x\(runs)", style: .aside)) }
    return notes
  }

  private func jobNotes(_ place: Place) -> [Note] {
    let jobs = picture.moment.items.all.filter { $0.kind == .job && $0.place == place }
    var notes: [Note] = []
    let running = jobs.compactMap { if case .running(let worker) = $0.state { worker } else { nil } }
    if !running.isEmpty {
      let text = running.count == 1 ? "on worker-\(running[0])" : "\(running.count) running"
      notes.append(Note(text: text, style: .running))
    }
    let waiting = jobs.count { $0.state == .waiting }
    if waiting > 0 { notes.append(Note(text: "\(waiting) waiting", style: .aside)) }
    return notes
  }

  /// What becomes of the deferrable's entry that was added there.
  private func entryNotes(_ place: Place) -> [Note] {
    for item in picture.moment.items.all.reversed() where item.kind == .deferrable {
      guard let entry = item.entries.last(where: { $0.place == place }) else { continue }
      switch entry.state {
      case .dropped: return [Note(text: "dropped", style: .aside)]
      case .waiting: return [Note(text: "waits", style: .aside)]
      default: return []
      }
    }
    return []
  }

  /// Draws as many lines as there is room for, the one that runs among them.
  func draw(on canvas: inout Canvas, _ area: Area, scroll: Int = 0) {
    let room = area.rows
    var first = 0
    if lines.count > room {
      first = min(max(0, scroll), lines.count - room)
      if let current, let index = lines.firstIndex(where: { $0.number == current }) {
        if index < first { first = max(0, index - 1) }
        if index >= first + room { first = min(lines.count - room, index - room + min(2, room)) }
      }
    }
    let shown = lines[first..<min(lines.count, first + room)]
    for (row, line) in shown.enumerated() {
      let isCurrent = line.number == current
      let number = LogLine.padded("\(line.number)", to: 3, onTheLeft: true)
      canvas.put(number + (isCurrent ? ">" : " "), in: area, row: row, style: isCurrent ? .running : .frame)
      let end =
        canvas.put(line.text, in: area, row: row, column: 4, style: isCurrent ? Style(bold: true) : .plain)
        - area.column
      place(notes(line.number), on: &canvas, area, row: row, after: end)
    }
    let below = lines.count - first - shown.count
    if below > 0, room > 1 {
      putMore("\(below) more v", on: &canvas, area, row: room - 1)
    }
    if first > 0 {
      putMore("\(first) more ^", on: &canvas, area, row: 0)
    }
  }

  /// Says that there is more, unless something more important stands there.
  private func putMore(_ text: String, on canvas: inout Canvas, _ area: Area, row: Int) {
    let column = area.columns - text.count - 1
    let columns = max(0, area.column + column - 1)..<area.column + area.columns
    guard columns.allSatisfy({ canvas[area.row + row, $0].character == " " }) else { return }
    canvas.put(text, in: area, row: row, column: column, style: .frame)
  }

  /// Writes the notes that fit to the right of the line, what matters most at the edge.
  private func place(_ notes: [Note], on canvas: inout Canvas, _ area: Area, row: Int, after end: Int) {
    var column = area.columns - 1
    for note in notes {
      guard let text = [note.text, note.short ?? ""].first(where: { !$0.isEmpty && column - $0.count > end }) else {
        return
      }
      canvas.put(text, in: area, row: row, column: column - text.count, style: note.style)
      column -= text.count + 2
    }
  }
}
