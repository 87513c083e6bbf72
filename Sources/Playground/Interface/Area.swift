// SPDX-License-Identifier: Apache-2.0

/// A part of the screen.
struct Area: Sendable, Equatable {
  var row: Int
  var column: Int
  var rows: Int
  var columns: Int

  /// The whole of a canvas.
  init(_ size: Size) { self.init(row: 0, column: 0, rows: size.rows, columns: size.columns) }

  init(row: Int, column: Int, rows: Int, columns: Int) {
    self.row = row
    self.column = column
    self.rows = max(0, rows)
    self.columns = max(0, columns)
  }

  /// Cuts rows off the top and returns them.
  mutating func takeTop(_ count: Int) -> Area {
    let taken = min(max(0, count), rows)
    defer {
      row += taken
      rows -= taken
    }
    return Area(row: row, column: column, rows: taken, columns: columns)
  }

  /// Cuts rows off the bottom and returns them.
  mutating func takeBottom(_ count: Int) -> Area {
    let taken = min(max(0, count), rows)
    rows -= taken
    return Area(row: row + rows, column: column, rows: taken, columns: columns)
  }

  /// Cuts columns off the left and returns them.
  mutating func takeLeft(_ count: Int) -> Area {
    let taken = min(max(0, count), columns)
    defer {
      column += taken
      columns -= taken
    }
    return Area(row: row, column: column, rows: rows, columns: taken)
  }
}

extension Canvas {
  /// Writes a line of an area.
  @discardableResult
  mutating func put(
    _ text: some StringProtocol, in area: Area, row: Int, column: Int = 0, style: Style = .plain
  ) -> Int {
    guard (0..<area.rows).contains(row), column < area.columns else { return area.column + column }
    return put(
      text, row: area.row + row, column: area.column + column, width: area.columns - column, style: style)
  }

  /// A rule with a title in it, over the whole width.
  mutating func rule(_ title: String, _ area: Area, row: Int = 0) {
    guard row < area.rows else { return }
    let columns = area.column..<area.column + area.columns
    fill("─", row: area.row + row, columns: columns, style: .frame)
    guard !title.isEmpty else { return }
    put(" \(title) ", in: area, row: row, column: 2, style: .title)
  }
}

extension Style {
  /// Lines that divide.
  static let frame = Style(color: .brightBlack)
  /// What a part of the screen is called.
  static let title = Style(bold: true)
  /// A key to press.
  static let key = Style(bold: true)
  /// What matters less.
  static let aside = Style(color: .cyan)
  /// What is as it should be.
  static let good = Style(color: .green)
  /// What is wrong, or runs for too long.
  static let bad = Style(color: .red, bold: true)
  /// Where one is.
  static let here = Style(bold: true, reverse: true)
  /// What runs.
  static let running = Style(color: .yellow, bold: true)
}
