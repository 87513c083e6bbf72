// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension ZoomScreen {
  func draw(on canvas: inout Canvas) {
    let size = canvas.size
    guard size.columns >= 40, size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    let picture = Picture(history, at: cursor)
    var area = Area(size)
    drawTitle(on: &canvas, area.takeTop(1), picture)
    let keys: [KeyRows.Entry] = [
      .init("← →", "event"), .init("↑ ↓", "lane"), .init("Home End", ""), .init("+ -", "scale"), .init("/", "find"),
      .init("w", "save trace"), .init("Space", goOn == nil ? "" : "live again"), .init("?", "help"),
      .init("z", "close"),
    ]
    let bottom = area.takeBottom(1)
    if let find {
      find.draw(" Find: ", on: &canvas, bottom, row: 0)
    } else if let file {
      file.draw(" Save the trace as: ", on: &canvas, bottom, row: 0)
    } else {
      canvas.put(remark, in: bottom, row: 0, column: 1, style: .aside)
    }
    let shownKeys = keys.filter { !($0.key == "Space" && $0.does.isEmpty) }
    KeyRows.draw(
      shownKeys, on: &canvas, area.takeBottom(min(2, KeyRows.rows(shownKeys, width: size.columns, limit: 2).count)))
    let lanes = Scope(picture, column: scale, width: area.columns).lanes(atMost: max(2, min(8, area.rows / 2 - 2)))
      .count
    canvas.rule("scope, \(Amount.text(scale)) per column", area.takeTop(1))
    drawScope(on: &canvas, area.takeTop(lanes + 2), picture)
    var numbers = area.takeBottom(area.rows >= 9 ? 3 : 2)
    canvas.rule("the loop then", numbers.takeTop(1))
    TurnLine(picture: picture).draw(on: &canvas, numbers)
    drawSelected(on: &canvas, area)
  }

  private func drawTitle(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    canvas.put(" \(title)", in: area, row: 0, style: .title)
    let right =
      "event \(cursor - history.start) of \(history.events.count)   turn \(picture.moment.turn)   t \(Amount.time(picture.now)) "
    canvas.put(right, in: area, row: 0, column: max(title.count + 2, area.columns - right.count))
  }

  private func drawScope(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    // All that was recorded is drawn, with the cursor in it.
    let whole = Picture(history, now: history.now.time)
    let width = Scope(picture, column: scale, width: area.columns).columns
    let half = Duration.nanoseconds(scale.roundedNanoseconds * Int64(width) / 2)
    let end = min(whole.now, picture.now + half)
    let scope = Scope(whole, column: scale, width: area.columns, end: max(end, picture.now))
    scope.draw(on: &canvas, Area(row: area.row, column: area.column, rows: area.rows - 1, columns: area.columns))
    let column = scope.position(picture.now)
    canvas.put(" cursor", in: area, row: area.rows - 1)
    if (0..<scope.columns).contains(column) {
      canvas.put("^", in: area, row: area.rows - 1, column: Scope.gutter + column, style: .here)
    }
  }

  private func drawSelected(on canvas: inout Canvas, _ area: Area) {
    guard let event = history.event(at: cursor - 1) else {
      return canvas.rule("nothing has happened yet", area)
    }
    let words = EventWords(history: history, place: cursor - 1, event: event, code: code)
    canvas.rule("selected  \(Seconds.text(event.time))  \(EventWords.title(event, history.names))", area)
    var area = area
    _ = area.takeTop(1)
    let lines = words.lines
    for (row, line) in lines.enumerated() {
      canvas.put(line.label, in: area, row: row, column: 1, style: .aside)
      canvas.put(line.text, in: area, row: row, column: 11)
    }
    // The rest is for what was logged until then.
    _ = area.takeTop(lines.count)
    guard area.rows > 3 else { return }
    canvas.rule("log until then", area.takeTop(1))
    LogPane(picture: Picture(history, at: cursor)).draw(on: &canvas, area)
  }
}
