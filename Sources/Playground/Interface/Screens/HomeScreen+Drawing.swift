// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension HomeScreen {
  func draw(on canvas: inout Canvas) {
    let size = canvas.size
    guard size.columns >= 40, size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    var area = Area(size)
    drawTitle(on: &canvas, area.takeTop(1))
    drawFoot(on: &canvas, area.takeBottom(area.rows >= 18 ? 3 : 1))
    if size.columns >= 70 {
      let width = min(44, size.columns * 45 / 100)
      canvas.rule("", area.takeTop(1))
      canvas.put("┬", row: area.row - 1, column: width, style: .frame)
      drawList(on: &canvas, area.takeLeft(width))
      for row in area.row..<area.row + area.rows { canvas.put("│", row: row, column: area.column, style: .frame) }
      _ = area.takeLeft(2)
      drawCard(on: &canvas, area)
    } else {
      canvas.rule("", area.takeTop(1))
      drawList(on: &canvas, area)
    }
  }

  private func drawTitle(on canvas: inout Canvas, _ area: Area) {
    canvas.put(" Reactor Playground", in: area, row: 0, style: .title)
    let right = "\(canvas.size.columns)x\(canvas.size.rows) "
    canvas.put(right, in: area, row: 0, column: area.columns - right.count, style: .aside)
  }

  private func drawList(on canvas: inout Canvas, _ area: Area) {
    let entries = entries
    var rows: [(text: String, entry: Int?)] = []
    for group in Self.groups {
      let members = entries.indices.filter { group.numbers.contains(entries[$0].number) }
      if members.isEmpty { continue }
      rows.append((" \(group.title)", nil))
      for index in members {
        let entry = entries[index]
        let number = entry.number < 10 ? "0\(entry.number)" : "\(entry.number)"
        rows.append(("\(Self.mark(app.state(entry.id))) \(number) \(entry.title)", index))
      }
    }
    let current = rows.firstIndex { $0.entry == chosen } ?? 0
    let first = max(0, min(current - area.rows / 2, rows.count - area.rows))
    for (row, line) in rows.dropFirst(first).prefix(area.rows).enumerated() {
      guard let entry = line.entry else {
        canvas.put(line.text, in: area, row: row, style: .aside)
        continue
      }
      let isChosen = entry == chosen
      canvas.put(isChosen ? ">" : " ", in: area, row: row, style: .key)
      canvas.put(
        line.text, row: area.row + row, column: area.column + 2, width: area.columns - 3,
        style: isChosen ? .title : .plain)
    }
    if rows.isEmpty { canvas.put("none with that word", in: area, row: 0, column: 1, style: .aside) }
  }

  private static func mark(_ state: Progress.State) -> String {
    switch state {
    case .new: "."
    case .started: "~"
    case .done: "✓"
    }
  }

  private func drawCard(on canvas: inout Canvas, _ area: Area) {
    guard entries.indices.contains(chosen) else { return }
    let entry = entries[chosen]
    var row = 0
    canvas.put(entry.title, in: area, row: row, style: .title)
    let minutes = entry.card.map { "\($0.minutes) min " } ?? ""
    // Half a title, or one that runs into the number, would be worse than none.
    if entry.title.count + minutes.count < area.columns {
      canvas.put(minutes, in: area, row: row, column: area.columns - minutes.count, style: .aside)
    }
    row += 2
    let script = "swift run playground " + (entry.card == nil ? entry.id == "self" ? "" : entry.id : "run \(entry.id)")
    let actions = entry.card?.actions ?? []
    let text = Paragraph.lines(entry.about, width: area.columns - 1)
    let room = area.rows - row - (script.hasSuffix(" ") ? 0 : 3) - min(3, actions.count)
    for line in text.prefix(max(3, room)) {
      canvas.put(line, in: area, row: row)
      row += 1
    }
    if !actions.isEmpty, row + 2 < area.rows {
      row += 1
      for action in actions where row < area.rows - 3 {
        canvas.put(action.key, in: area, row: row, column: 2, style: .key)
        canvas.put(action.does, in: area, row: row, column: 5)
        row += 1
      }
    }
    guard !script.hasSuffix(" "), row + 2 <= area.rows else { return }
    canvas.put("In a script:", in: area, row: area.rows - 2)
    canvas.put(script, in: area, row: area.rows - 1, column: 2, style: .aside)
  }

  private func drawFoot(on canvas: inout Canvas, _ area: Area) {
    var area = area
    let keys = area.takeBottom(1)
    if let command {
      command.draw(" :", on: &canvas, keys, row: 0)
    } else if let filter {
      filter.draw(" Filter (Esc ends it): ", on: &canvas, keys, row: 0)
    } else {
      KeyRows.draw(
        [
          .init("↑ ↓", "choose"), .init("Enter", "open"), .init("/", "filter"), .init(":", "command"),
          .init("T", "colours"), .init("?", "help"), .init("q", "quit"),
        ], on: &canvas, keys)
    }
    guard area.rows > 0 else { return }
    canvas.rule("", area.takeTop(1))
    let lessons = Self.all.filter { $0.card != nil }
    let done = lessons.count { app.state($0.id) == .done }
    let started = lessons.count { app.state($0.id) == .started }
    let new = lessons.count - done - started
    let counts = "✓ done \(done) of \(lessons.count)    ~ started \(started)    . new \(new)"
    let praise = "All \(lessons.count) done: now you know how a loop thinks. What will you build on it?"
    canvas.put(
      remark.isEmpty ? done == lessons.count ? praise : counts : remark, in: area, row: 0, column: 1,
      style: done == lessons.count ? .good : .plain)
  }
}
