// SPDX-License-Identifier: Apache-2.0

/// Makes the bytes that turn what a terminal shows into a canvas.
///
/// **Facts.** Terminals don't agree on how wide some characters are; not all of them hold a frame back until it is
/// complete; over a slow line each byte is seen.
///
/// **The rule here.** Only cells that differ are written, in runs, one write a frame. The screen is cleared only when what
/// it shows is unknown. After a character that could be wider or narrower than we think, the next one is placed by its
/// column, and the cells that it may have touched are written again. The bottom right cell is never written, since a
/// terminal could scroll.
struct FrameEncoder {
  let usesColor: Bool
  let isASCII: Bool
  /// What the terminal shows; `nil` if that isn't known.
  private var shown: Canvas?
  private var isCursorShown = false

  private var bytes: [UInt8] = []
  /// Where the terminal's cursor is, and what it writes with; `nil` if it may be elsewhere.
  private var place: Position?
  private var style = Style.plain

  init(usesColor: Bool, isASCII: Bool) {
    self.usesColor = usesColor
    self.isASCII = isASCII
  }

  /// Something else may have been drawn: the next frame begins with a blank screen.
  mutating func forget() { shown = nil }

  /// The bytes of the next frame; none if nothing has changed.
  mutating func encode(_ canvas: Canvas) -> [UInt8] {
    bytes = []
    place = nil
    style = .plain
    let isNew = shown?.size != canvas.size
    let before = isNew ? Canvas(canvas.size) : shown ?? Canvas(canvas.size)
    if isNew { append("\u{1B}[0m" + ControlSequences.clear) }
    for row in 0..<max(0, canvas.size.rows) { encode(row, of: canvas, before) }
    change(to: .plain)
    showCursor(canvas.cursor, isNew || before.cursor != canvas.cursor)
    shown = canvas
    guard !bytes.isEmpty else { return [] }
    return Array(ControlSequences.beginFrame.utf8) + bytes + Array(ControlSequences.endFrame.utf8)
  }

  // MARK: Rows

  private mutating func encode(_ row: Int, of canvas: Canvas, _ before: Canvas) {
    let columns = canvas.size.columns
    let range = row * columns..<(row + 1) * columns
    guard canvas.cells[range] != before.cells[range] else { return }
    let isBottom = row == canvas.size.rows - 1
    let new = looks(canvas, row, isBottom)
    let old = looks(before, row, isBottom)
    // Up to where the row has text; what is behind that can be erased at once.
    let end = (new.lastIndex { $0 != Cell() } ?? -1) + 1
    let touched = erasing(new, old, from: end)
    var column = 0
    var suspect = 0
    while column < touched ?? (isBottom ? columns - 1 : columns) {
      let cell = new[column]
      let width = max(1, Int(cell.width))
      let isSame = cell == old[column] && (width == 1 || new[column + 1] == old[column + 1]) && column >= suspect
      if !isSame {
        bridge(new, to: Position(row: row, column: column))
        suspect = max(suspect, write(cell, row, column, columns))
      }
      column += width
    }
    // What a wide character may have put into the last cell of all can only be erased.
    guard let erased = touched ?? (isBottom && suspect >= columns ? columns - 1 : nil) else { return }
    move(to: Position(row: row, column: erased))
    change(to: .plain)
    append("\u{1B}[K")
  }

  /// The row's cells as they are sent: no colours where there shall be none, nothing in the last cell of all.
  private func looks(_ canvas: Canvas, _ row: Int, _ isBottom: Bool) -> [Cell] {
    let columns = canvas.size.columns
    var cells = Array(canvas.cells[row * columns..<(row + 1) * columns])
    if isBottom {
      if cells[columns - 1].width == 0 { cells[columns - 2] = Cell() }
      cells[columns - 1] = Cell()
    }
    for column in cells.indices {
      if !usesColor { cells[column].style.color = .plain }
      if isASCII, !cells[column].character.isASCII {
        cells[column].character = "?"
      }
    }
    return cells
  }

  /// Where to stop writing cells and erase the rest; `nil` if that isn't shorter.
  private func erasing(_ new: [Cell], _ old: [Cell], from end: Int) -> Int? {
    let changed = (end..<new.count).count { new[$0] != old[$0] }
    return changed > 3 ? end : nil
  }

  /// Writes a cell, and returns the column before which all must be written, too.
  private mutating func write(_ cell: Cell, _ row: Int, _ column: Int, _ columns: Int) -> Int {
    move(to: Position(row: row, column: column))
    change(to: cell.style)
    let isCertain = isASCII || CellWidth.isCertain(cell.character)
    if !isCertain {
      // A narrower character than we think would leave the cell's old half.
      append(String(repeating: " ", count: Int(cell.width)))
      place = nil
      move(to: Position(row: row, column: column))
    }
    append(isASCII && cell.width == 2 ? "? " : String(cell.character))
    let next = column + Int(cell.width)
    // At the edge a cursor may stay or go, by the terminal.
    place = isCertain && next < columns ? Position(row: row, column: next) : nil
    return isCertain ? next : column + max(Int(cell.width), CellWidth.naive(cell.character))
  }

  // MARK: Moving

  /// Writes the few cells before the next run once more, where that is shorter than to go there.
  private mutating func bridge(_ cells: [Cell], to target: Position) {
    guard let now = place, now.row == target.row, (1...3).contains(target.column - now.column) else { return }
    let gap = cells[now.column..<target.column]
    guard gap.allSatisfy({ $0.style == style && $0.character.isASCII && $0.width == 1 }) else { return }
    append(String(gap.map(\.character)))
    place = target
  }

  private mutating func move(to target: Position) {
    guard let now = place else { return jump(to: target) }
    if now == target { return }
    place = target
    let absolute = Self.absolute(target)
    var relative: String?
    if now.row == target.row {
      let steps = target.column - now.column
      relative = target.column == 0 ? "\r" : Self.step(abs(steps), steps > 0 ? "C" : "D")
    } else if now.column == target.column, target.row > now.row {
      relative = Self.step(target.row - now.row, "B")
    } else if target.column == 0, target.row > now.row {
      relative = "\r" + Self.step(target.row - now.row, "B")
    }
    if let relative, relative.utf8.count < absolute.utf8.count { append(relative) } else { append(absolute) }
  }

  private mutating func jump(to target: Position) {
    append(Self.absolute(target))
    place = target
  }

  private static func absolute(_ target: Position) -> String {
    if target.column == 0 { return target.row == 0 ? "\u{1B}[H" : "\u{1B}[\(target.row + 1)H" }
    return "\u{1B}[\(target.row + 1);\(target.column + 1)H"
  }

  private static func step(_ count: Int, _ letter: String) -> String {
    count == 1 ? "\u{1B}[\(letter)" : "\u{1B}[\(count)\(letter)"
  }

  // MARK: The rest

  private mutating func change(to new: Style) {
    append(StyleCodes.change(from: style, to: new))
    style = new
  }

  /// The cursor is hidden while cells are written, and shown in its place behind them.
  private mutating func showCursor(_ cursor: Position?, _ hasMoved: Bool) {
    guard !bytes.isEmpty || hasMoved else { return }
    if isCursorShown { bytes.insert(contentsOf: ControlSequences.hideCursor.utf8, at: 0) }
    isCursorShown = cursor != nil
    guard let cursor else { return }
    jump(to: cursor)
    append(ControlSequences.showCursor)
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
