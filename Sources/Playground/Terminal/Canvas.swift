// SPDX-License-Identifier: Apache-2.0

/// What stands in one place of the grid.
struct Cell: Equatable, Sendable {
  var character: Character = " "
  /// 1 or 2; 0 for the second half of a wide character.
  var width: UInt8 = 1
  var style = Style.plain
}

/// A place of the grid, from 0.
struct Position: Equatable, Sendable {
  var row: Int
  var column: Int
}

/// A grid of cells to draw on: what is outside of it is lost.
struct Canvas: Equatable, Sendable {
  let size: Size
  /// Where the terminal's cursor is shown; `nil` hides it.
  var cursor: Position?
  private(set) var cells: [Cell]

  /// A blank one.
  init(_ size: Size) {
    self.size = size
    cells = Array(repeating: Cell(), count: max(0, size.columns) * max(0, size.rows))
  }

  /// Writes text into a row, in at most `width` cells, and returns the column after it.
  ///
  /// What a terminal would obey rather than show stands there escaped, as in a Swift string. A wide character that would
  /// be cut in two is a blank.
  @discardableResult
  mutating func put(
    _ text: some StringProtocol, row: Int, column: Int, width: Int = .max, style: Style = .plain
  ) -> Int {
    let end = column.addingReportingOverflow(max(0, width))
    let limit = min(end.overflow ? .max : end.partialValue, size.columns)
    var column = column
    for character in text {
      if column >= limit { break }
      if let escaped = Escaping.escaped(character) {
        for character in escaped where column < limit { place(character, 1, row, &column, limit, style) }
      } else {
        place(character, CellWidth.of(character), row, &column, limit, style)
      }
    }
    return column
  }

  /// Writes a character of one cell into each of these columns.
  mutating func fill(_ character: Character, row: Int, columns: Range<Int>, style: Style = .plain) {
    let visible = CellWidth.of(character) == 1 && Escaping.escaped(character) == nil ? character : " "
    for column in columns.clamped(to: 0..<size.columns) { set(Cell(character: visible, style: style), row, column) }
  }

  /// Changes how these cells look, whatever stands in them.
  mutating func restyle(row: Int, columns: Range<Int>, _ change: (inout Style) -> Void) {
    guard rows.contains(row) else { return }
    for column in columns.clamped(to: 0..<size.columns) { change(&cells[row * size.columns + column].style) }
  }

  /// Puts another character, of the same width, into the place of each.
  mutating func map(_ twin: (Character) -> Character) {
    for index in cells.indices where cells[index].width == 1 && cells[index].character != " " {
      cells[index].character = twin(cells[index].character)
    }
  }

  func style(row: Int, column: Int) -> Style { self[row, column].style }

  /// A row as text, without the blanks at its end.
  func text(row: Int) -> String {
    guard rows.contains(row) else { return "" }
    var text = ""
    for column in 0..<size.columns where self[row, column].width > 0 { text.append(self[row, column].character) }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// All rows as text.
  var lines: [String] { rows.map { text(row: $0) } }

  /// How many cells ``put(_:row:column:width:style:)`` would use for a text.
  static func width(of text: some StringProtocol) -> Int {
    text.reduce(0) { $0 + (Escaping.escaped($1)?.count ?? CellWidth.of($1)) }
  }

  /// A blank where there is no such place.
  subscript(row: Int, column: Int) -> Cell {
    guard rows.contains(row), (0..<size.columns).contains(column) else { return Cell() }
    return cells[row * size.columns + column]
  }

  private var rows: Range<Int> { 0..<max(0, size.rows) }

  private mutating func place(
    _ character: Character, _ width: Int, _ row: Int, _ column: inout Int, _ limit: Int, _ style: Style
  ) {
    // A mark without anything to stand on.
    if width == 0 { return }
    if width == 1 {
      set(Cell(character: character, style: style), row, column)
    } else if column >= 0, column + 1 < limit {
      set(Cell(style: style), row, column)
      set(Cell(style: style), row, column + 1)
      let first = row * size.columns + column
      guard rows.contains(row) else { return column += 2 }
      cells[first] = Cell(character: Escaping.shortened(character), width: 2, style: style)
      cells[first + 1] = Cell(width: 0, style: style)
    } else {
      for cut in column..<min(column + 2, limit) { set(Cell(style: style), row, cut) }
    }
    column = min(column + width, limit)
  }

  /// Puts a cell of width 1; the other half of a wide character that loses one becomes a blank.
  private mutating func set(_ cell: Cell, _ row: Int, _ column: Int) {
    guard rows.contains(row), (0..<size.columns).contains(column) else { return }
    let index = row * size.columns + column
    switch cells[index].width {
    case 0:
      cells[index - 1].character = " "
      cells[index - 1].width = 1
    case 2:
      cells[index + 1].character = " "
      cells[index + 1].width = 1
    default: break
    }
    cells[index] = cell
    if cell.width == 1 { cells[index].character = Escaping.shortened(cell.character) }
  }
}
