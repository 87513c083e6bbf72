// SPDX-License-Identifier: Apache-2.0

/// What keys do, and what the letters of the scope stand for.
final class HelpScreen: Screen {
  private let app: App
  private let title: String
  private let sections: [(title: String, entries: [KeyRows.Entry])]
  private var scroll = 0

  init(_ app: App, title: String, sections: [(title: String, entries: [KeyRows.Entry])]) {
    self.app = app
    self.title = title
    self.sections = sections
  }

  func handle(_ key: Key) {
    switch key {
    case .down, .character("j"): scroll += 1
    case .up, .character("k"): scroll = max(0, scroll - 1)
    case .pageDown, .character(" "): scroll += app.size.rows - 3
    case .pageUp: scroll = max(0, scroll - app.size.rows + 3)
    default: app.pop()
    }
  }

  func draw(on canvas: inout Canvas) {
    guard canvas.size.columns >= 40, canvas.size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    var area = Area(canvas.size)
    canvas.put(" Help: \(title)", in: area.takeTop(1), row: 0, style: .title)
    canvas.rule("", area.takeTop(1))
    KeyRows.draw(
      [.init("↑ ↓", "scroll"), .init("any other key", "back")], on: &canvas, area.takeBottom(1))
    // In two columns where there is room.
    let columns = area.columns >= 100 ? 2 : 1
    let room = area.columns / columns - 15
    var rows: [(text: String, key: String?)] = []
    for section in sections {
      if !rows.isEmpty { rows.append(("", nil)) }
      rows.append((section.title, nil))
      for entry in section.entries {
        let lines = Paragraph.lines(entry.does, width: room)
        for (index, line) in lines.enumerated() { rows.append((line, index == 0 ? entry.key : "")) }
      }
    }
    let perColumn = (rows.count + columns - 1) / columns
    scroll = max(0, min(scroll, perColumn - area.rows))
    let width = area.columns / columns
    for column in 0..<columns {
      for (row, entry) in rows.dropFirst(column * perColumn).prefix(perColumn).dropFirst(scroll).prefix(area.rows)
        .enumerated()
      {
        let start = column * width
        guard let key = entry.key else {
          canvas.put(entry.text, in: area, row: row, column: start + 1, style: .title)
          continue
        }
        canvas.put(key, in: area, row: row, column: start + 3, style: .key)
        canvas.put(
          entry.text, row: area.row + row, column: start + 14,
          width: max(0, min(width - 15, area.columns - start - 14)))
      }
    }
  }

  /// The letters of the scope.
  static var legend: (title: String, entries: [KeyRows.Entry]) {
    let letters: [Letter] = [
      .timer, .tick, .key, .signal, .watch, .process, .callback, .errback, .arrival, .result, .job, .overdue, .hook,
    ]
    return (
      "In the scope",
      letters.map { KeyRows.Entry(String($0.rawValue), $0.meaning) } + [
        .init("█", "the callback still runs"), .init("=", "a job runs on a worker"), .init("] x", "it ended; it threw"),
        .init("─", "what was due has not run yet"), .init("▁▄█", "how late the loop is"),
      ]
    )
  }
}
