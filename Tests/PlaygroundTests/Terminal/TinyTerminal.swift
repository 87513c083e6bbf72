// SPDX-License-Identifier: Apache-2.0

@testable import playground

/// A terminal that knows what the playground sends, and nothing else: all other sequences are reported.
struct TinyTerminal {
  /// How it treats characters of several scalars.
  enum Kind { case joining, naive }

  private(set) var size: Size
  private let kind: Kind
  private(set) var cells: [Cell]
  private(set) var cursor = Position(row: 0, column: 0)
  private(set) var style = Style.plain
  /// The private modes that are set, by their numbers: 7 wraps lines, 25 shows the cursor, 1049 is the other screen.
  private(set) var modes: Set<Int> = [7, 25]
  /// What it didn't understand, or what must not happen.
  private(set) var complaints: [String] = []
  /// How often the other screen was begun.
  private(set) var entries = 0
  /// And how often it was ended.
  private(set) var exits = 0
  /// How often the whole screen was cleared.
  private(set) var clears = 0
  /// The bytes of each frame, with its ends.
  private(set) var frames: [Int] = []
  /// The numbers of all styles that were asked for.
  private(set) var styleCodes: Set<Int> = []
  /// What was written outside of the other screen.
  private(set) var normal: [Character] = []

  /// Stands on the normal screen where a line began behind the end of the one before it.
  static let step = Character("\u{240A}")

  private var text = UTF8Assembler()
  private var sequence: [UInt8]?
  private var frameStart: Int?
  private var count = 0
  /// Where the last character stands, as long as something may still join it.
  private var joinable: Position?

  init(_ size: Size, _ kind: Kind = .joining) {
    self.size = size
    self.kind = kind
    cells = Array(repeating: Cell(), count: size.columns * size.rows)
  }

  /// Whether it is as a shell expects it.
  var isClean: Bool { modes == [7, 25] && style == .plain }

  var lines: [String] {
    (0..<size.rows).map { row in
      var line = ""
      for column in 0..<size.columns where self[row, column].width > 0 { line.append(self[row, column].character) }
      while line.last == " " { line.removeLast() }
      return line
    }
  }

  subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

  mutating func resize(_ size: Size) {
    self.size = size
    // What a terminal does to its text then is its own affair.
    cells = Array(repeating: Cell(character: "?"), count: size.columns * size.rows)
    cursor = Position(row: min(cursor.row, size.rows - 1), column: min(cursor.column, size.columns - 1))
    joinable = nil
  }

  mutating func take(_ bytes: some Sequence<UInt8>) { for byte in bytes { take(byte) } }

  private mutating func take(_ byte: UInt8) {
    count += 1
    if let sequence {
      self.sequence = sequence + [byte]
      return finishSequence()
    }
    if byte >= 0x80 || text.isInside {
      for scalar in text.take(byte) { put(scalar) }
      return
    }
    switch byte {
    case 0x1B: sequence = []
    case 0x0D: move(cursor.row, 0)
    case 0x0A: modes.contains(1049) ? complain("newline") : lineFeed()
    case 0x20...0x7E: put(Unicode.Scalar(byte))
    default:
      if modes.contains(1049) { complain("byte \(byte)") } else { normal.append(Character(Unicode.Scalar(byte))) }
    }
  }

  private mutating func complain(_ what: String) { if complaints.count < 20 { complaints.append(what) } }

  // MARK: Text

  private mutating func lineFeed() {
    // A step of a staircase: whoever wrote it counted on the terminal to go to the line's beginning.
    if cursor.column != 0 { normal.append(Self.step) }
    normal.append("\n")
  }

  private mutating func put(_ scalar: Unicode.Scalar) {
    guard modes.contains(1049) else {
      normal.append(Character(scalar))
      return cursor.column += 1
    }
    if kind == .joining, let place = joinable, join(scalar, at: place) { return }
    let width = kind == .naive ? CellWidth.naive(Character(scalar)) : CellWidth.of(Character(scalar))
    guard width > 0 else { return }
    let fits = cursor.column + width <= size.columns
    if kind == .joining {
      if !fits { complain("cut at the edge") }
      if cursor.row == size.rows - 1, cursor.column + width >= size.columns { complain("the last cell of all") }
    }
    guard fits else { return }
    let place = cursor
    write(Character(scalar), width, at: place)
    cursor.column = min(size.columns - 1, place.column + width)
    joinable = place
  }

  private mutating func join(_ scalar: Unicode.Scalar, at place: Position) -> Bool {
    let index = place.row * size.columns + place.column
    let joined = String(cells[index].character) + String(Character(scalar))
    guard joined.count == 1, let character = joined.first else { return false }
    let width = CellWidth.of(character)
    if width > Int(cells[index].width) { cursor.column = min(size.columns - 1, place.column + width) }
    write(character, width, at: place)
    return true
  }

  private mutating func write(_ character: Character, _ width: Int, at place: Position) {
    let index = place.row * size.columns + place.column
    for cell in index..<index + width { blank(cell) }
    cells[index] = Cell(character: character, width: UInt8(width), style: style)
    if width == 2 { cells[index + 1] = Cell(width: 0, style: style) }
  }

  /// Takes a cell; half of a wide character doesn't stay.
  private mutating func blank(_ index: Int) {
    if cells[index].width == 0 { cells[index - 1] = Cell(style: cells[index - 1].style) }
    if cells[index].width == 2 { cells[index + 1] = Cell(style: cells[index + 1].style) }
    cells[index] = Cell(style: style)
  }

  // MARK: Sequences

  private mutating func finishSequence() {
    guard let bytes = sequence else { return }
    let shown = String(decoding: bytes, as: UTF8.self)
    switch bytes.first {
    case UInt8(ascii: "[")?:
      guard bytes.count > 1, let final = bytes.last, (0x40...0x7E).contains(final) else { return }
      sequence = nil
      control(final, Array(bytes.dropFirst().dropLast()), shown)
    // For `playground reset`: the keypad, and the letters.
    case UInt8(ascii: ">")?: sequence = nil
    case UInt8(ascii: "(")?: if bytes.count > 1 { sequence = nil }
    default:
      sequence = nil
      complain("ESC \(shown)")
    }
  }

  private mutating func control(_ final: UInt8, _ parameters: [UInt8], _ shown: String) {
    joinable = nil
    if parameters.first == UInt8(ascii: "?") { return mode(final, parameters.dropFirst(), shown) }
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    let first = max(1, numbers.first ?? 1)
    switch final {
    case UInt8(ascii: "H"): move(first - 1, max(1, numbers.count > 1 ? numbers[1] : 1) - 1)
    case UInt8(ascii: "B"): move(cursor.row + first, cursor.column)
    case UInt8(ascii: "C"): move(cursor.row, cursor.column + first)
    case UInt8(ascii: "D"): move(cursor.row, cursor.column - first)
    case UInt8(ascii: "K") where numbers.isEmpty || numbers == [0]:
      for column in cursor.column..<size.columns { blank(cursor.row * size.columns + column) }
    case UInt8(ascii: "J") where numbers == [2]:
      clears += 1
      cells = Array(repeating: Cell(style: style), count: cells.count)
    case UInt8(ascii: "m"): numbers.isEmpty ? restyle([0]) : restyle(numbers)
    case UInt8(ascii: "l") where numbers == [4]: break
    default: complain("ESC \(shown)")
    }
  }

  private mutating func move(_ row: Int, _ column: Int) {
    if modes.contains(1049), !(0..<size.rows).contains(row) || !(0..<size.columns).contains(column) {
      complain("moved to \(row), \(column)")
    }
    cursor = Position(row: min(max(row, 0), size.rows - 1), column: min(max(column, 0), size.columns - 1))
    joinable = nil
  }

  private mutating func mode(_ final: UInt8, _ parameters: ArraySlice<UInt8>, _ shown: String) {
    let known: Set = [1, 6, 7, 25, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1049, 2004, 2026]
    guard let number = Int(String(decoding: parameters, as: UTF8.self)), known.contains(number) else {
      return complain("ESC \(shown)")
    }
    switch final {
    case UInt8(ascii: "h"):
      if number == 2026, frameStart != nil { complain("a frame within a frame") }
      if number == 2026 { frameStart = count - 8 }
      if modes.insert(number).inserted, number == 1049 { entries += 1 }
    case UInt8(ascii: "l"):
      if number == 2026, let start = frameStart { frames.append(count - start) }
      if number == 2026 { frameStart = nil }
      if modes.remove(number) == 1049 { exits += 1 }
    default: complain("ESC \(shown)")
    }
  }

  private mutating func restyle(_ numbers: [Int]) {
    styleCodes.formUnion(numbers)
    for number in numbers {
      switch number {
      case 0: style = .plain
      case 1: style.bold = true
      case 2: style.dim = true
      case 4: style.underline = true
      case 7: style.reverse = true
      case 22: (style.bold, style.dim) = (false, false)
      case 24: style.underline = false
      case 27: style.reverse = false
      case 30...37: style.color = Color(rawValue: UInt8(number - 29)) ?? .plain
      case 39: style.color = .plain
      case 90...97: style.color = Color(rawValue: UInt8(number - 81)) ?? .plain
      default: complain("style \(number)")
      }
    }
  }
}
