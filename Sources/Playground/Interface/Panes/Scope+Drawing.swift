// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Scope {
  /// Draws the ruler and the lanes.
  func draw(on canvas: inout Canvas, _ area: Area) { draw(lanes(atMost: area.rows - 1), on: &canvas, area) }

  /// Draws the ruler and these lanes.
  func draw(_ lanes: [Lane], on canvas: inout Canvas, _ area: Area) {
    drawRuler(on: &canvas, area)
    for (row, lane) in lanes.enumerated() {
      canvas.put(" \(lane.name)", in: area, row: row + 1)
      for (index, cell) in lane.cells.enumerated() where cell.character != " " {
        canvas.put(String(cell.character), in: area, row: row + 1, column: Self.gutter + index, style: cell.style)
      }
      canvas.put(" \(lane.value)", in: area, row: row + 1, column: Self.gutter + columns, style: lane.valueStyle)
    }
  }

  /// Times over the columns, ten apart.
  private func drawRuler(on canvas: inout Canvas, _ area: Area) {
    for index in 0..<columns where (index + first) % 10 == 0 && index + first >= 0 {
      let text = Self.label(Int64(index + first) * column)
      let start = Self.gutter + index - (text.count - 1)
      if start >= Self.gutter - 1 { canvas.put(text, in: area, row: 0, column: start, style: .aside) }
    }
  }

  private static func label(_ nanoseconds: Int64) -> String {
    let text = Seconds.text(nanoseconds: nanoseconds)
    return text.hasSuffix("00") ? String(text.dropLast(2)) : text
  }
}
