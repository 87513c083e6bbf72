// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What is read before a lesson runs.
extension LessonView {
  func drawReading(on canvas: inout Canvas, _ area: Area) {
    var area = area
    let wide = Self.isWide(canvas.size)
    let bottom = area.takeBottom(1)
    KeyRows.draw(keys, on: &canvas, bottom)
    if wide {
      var left = area.takeLeft(area.columns - 74)
      canvas.rule("read", left.takeTop(1))
      drawText(on: &canvas, left)
      let rows = min(code.count + 1, area.rows)
      drawCode(on: &canvas, area.takeTop(rows))
      drawQuestion(on: &canvas, area)
    } else if stage == .reading {
      canvas.rule("read", area.takeTop(1))
      drawText(on: &canvas, area)
    } else {
      let question = questionLines(width: area.columns - 4)
      let rows = min(code.count + 1, max(3, area.rows - question.count - 1))
      drawCode(on: &canvas, area.takeTop(rows))
      drawQuestion(on: &canvas, area)
    }
  }

  func drawText(on canvas: inout Canvas, _ area: Area) {
    guard let card else { return }
    let all = Paragraph.lines(card.text, width: area.columns - 3)
    let lines = Array(all.dropFirst(stage == .running ? min(scroll, max(0, all.count - area.rows)) : 0))
    for (row, line) in lines.enumerated() {
      canvas.put(line, in: area, row: row + (area.rows > lines.count ? 1 : 0), column: 2)
    }
    let row = lines.count + 2
    guard area.rows >= row + card.actions.count + 1 else { return }
    canvas.put("While it runs", in: area, row: row, column: 2, style: .title)
    for (index, action) in card.actions.enumerated() {
      canvas.put(action.key, in: area, row: row + 1 + index, column: 4, style: .key)
      canvas.put(action.does, in: area, row: row + 1 + index, column: 7)
    }
  }

  private func questionLines(width: Int) -> [(text: String, style: Style)] {
    guard let card else { return [] }
    var lines = Paragraph.lines("Predict: " + card.question.text, width: width).map { ($0, Style.title) }
    let options = card.question.options.enumerated().map { "\($0 + 1) \($1)" }
    let row = options.joined(separator: "    ")
    if row.count <= width { lines.append((row, .plain)) } else { lines += options.map { ($0, .plain) } }
    return lines
  }

  private func drawQuestion(on canvas: inout Canvas, _ area: Area) {
    var area = area
    canvas.rule("", area.takeTop(1))
    for (row, line) in questionLines(width: area.columns - 4).enumerated() {
      canvas.put(line.text, in: area, row: row, column: 2, style: line.style)
    }
  }
}
