// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `A frame` {
  private static func style(_ dice: inout Dice) -> Style {
    Style(
      color: Color(rawValue: UInt8.random(in: 0...16, using: &dice)) ?? .plain,
      bold: Int.random(in: 0...3, using: &dice) == 0,
      dim: Int.random(in: 0...3, using: &dice) == 0, underline: Int.random(in: 0...3, using: &dice) == 0,
      reverse: Int.random(in: 0...3, using: &dice) == 0)
  }

  private static func change(_ canvas: inout Canvas, _ dice: inout Dice) {
    let size = canvas.size
    for _ in 0..<Int.random(in: 0...6, using: &dice) {
      canvas.put(
        RandomText.next(&dice), row: .random(in: 0..<size.rows, using: &dice),
        column: .random(in: -2..<size.columns, using: &dice), style: style(&dice))
    }
    if Bool.random(using: &dice) {
      let row = Int.random(in: 0..<size.rows, using: &dice)
      canvas.fill(" ", row: row, columns: Int.random(in: 0..<size.columns, using: &dice)..<size.columns)
    }
    canvas.cursor =
      Bool.random(using: &dice)
      ? nil
      : Position(row: .random(in: 0..<size.rows, using: &dice), column: .random(in: 0..<size.columns, using: &dice))
  }

  /// The canvas as it must be seen: nothing is in the last cell of all.
  private static func expected(_ canvas: Canvas) -> [Cell] {
    var cells = canvas.cells
    let last = cells.count - 1
    if cells[last].width == 0 { cells[last - 1] = Cell() }
    cells[last] = Cell()
    return cells
  }

  @Test(arguments: [
    Size(columns: 80, rows: 24), Size(columns: 17, rows: 4), Size(columns: 3, rows: 3), Size(columns: 1, rows: 1),
  ])
  func `E33 makes the terminal show the canvas, whatever it showed before`(_ size: Size) {
    for seed in 1...UInt64(scaledDown(40)) {
      var dice = Dice(seed: seed)
      var terminal = TinyTerminal(size)
      terminal.take(ControlSequences.enter("xterm").utf8)
      var encoder = FrameEncoder(usesColor: true, isASCII: false)
      var canvas = Canvas(size)
      for frame in 0..<30 {
        if Int.random(in: 0...9, using: &dice) == 0 { canvas = Canvas(size) }
        Self.change(&canvas, &dice)
        terminal.take(encoder.encode(canvas))
        #expect(terminal.cells == Self.expected(canvas), "seed \(seed), frame \(frame)")
        #expect(terminal.modes.contains(25) == (canvas.cursor != nil))
        if let cursor = canvas.cursor { #expect(terminal.cursor == cursor) }
        #expect(terminal.style == .plain && !terminal.modes.contains(2026))
        if terminal.cells != Self.expected(canvas) { return }
      }
      #expect(terminal.complaints.isEmpty)
      #expect(terminal.clears == 1)
    }
  }

  @Test func `E35 is right in all other cells where a terminal thinks otherwise of a width`() {
    let size = Size(columns: 30, rows: 4)
    for seed in 1...UInt64(scaledDown(40)) {
      var dice = Dice(seed: seed)
      var terminal = TinyTerminal(size, .naive)
      terminal.take(ControlSequences.enter("xterm").utf8)
      var encoder = FrameEncoder(usesColor: true, isASCII: false)
      var canvas = Canvas(size)
      for frame in 0..<30 {
        Self.change(&canvas, &dice)
        terminal.take(encoder.encode(canvas))
        let expected = Self.expected(canvas)
        // The cells of a character that it knows otherwise are its own affair.
        let sure = expected.indices.filter {
          CellWidth.isCertain(expected[$0].character) && expected[$0].width > 0
        }
        let wrong = sure.filter { terminal.cells[$0] != expected[$0] }
        #expect(wrong.isEmpty, "seed \(seed), frame \(frame)")
        if !wrong.isEmpty { return }
      }
    }
  }

  @Test func `E33 is nothing where nothing has changed, and else begins and ends as one`() {
    var encoder = FrameEncoder(usesColor: true, isASCII: false)
    var canvas = Canvas(Size(columns: 20, rows: 3))
    canvas.put("hello", row: 1, column: 2)
    let first = String(decoding: encoder.encode(canvas), as: UTF8.self)
    #expect(first == "\u{1B}[?2026h\u{1B}[0m\u{1B}[H\u{1B}[2J\u{1B}[2;3Hhello\u{1B}[?2026l")
    #expect(encoder.encode(canvas).isEmpty)
    canvas.put("p", row: 1, column: 5)
    #expect(String(decoding: encoder.encode(canvas), as: UTF8.self) == "\u{1B}[?2026h\u{1B}[2;6Hp\u{1B}[?2026l")
    canvas.cursor = Position(row: 2, column: 0)
    #expect(
      String(decoding: encoder.encode(canvas), as: UTF8.self) == "\u{1B}[?2026h\u{1B}[3H\u{1B}[?25h\u{1B}[?2026l")
    #expect(encoder.encode(canvas).isEmpty)
  }

  @Test func `E32 goes to the next change in the shortest way`() {
    var encoder = FrameEncoder(usesColor: true, isASCII: false)
    var canvas = Canvas(Size(columns: 40, rows: 6))
    canvas.put("0123456789", row: 0, column: 0)
    canvas.put("long line of text", row: 3, column: 0)
    _ = encoder.encode(canvas)
    canvas.put("a", row: 0, column: 0)
    canvas.put("b", row: 0, column: 3)
    canvas.put("c", row: 0, column: 9)
    canvas.put("d", row: 1, column: 10)
    canvas.fill(" ", row: 3, columns: 4..<40)
    let bytes = String(decoding: encoder.encode(canvas), as: UTF8.self).dropFirst(8).dropLast(8)
    #expect(bytes == "\u{1B}[Ha12b\u{1B}[5Cc\u{1B}[Bd\u{1B}[4;5H\u{1B}[K")
  }

  @Test func `E32 changes a style by the fewest codes`() {
    let bold = Style(bold: true)
    let changes: [(Style, Style, String)] = [
      (.plain, .plain, ""), (.plain, bold, "\u{1B}[1m"), (bold, .plain, "\u{1B}[m"),
      (bold, Style(bold: true, reverse: true), "\u{1B}[7m"), (Style(color: .red), Style(color: .green), "\u{1B}[32m"),
      (Style(color: .red, bold: true, underline: true), Style(color: .brightBlue), "\u{1B}[0;94m"),
      (Style(color: .red, bold: true), Style(color: .red), "\u{1B}[22m"),
      (Style(bold: true, dim: true), Style(dim: true), "\u{1B}[0;2m"), (Style(reverse: true), .plain, "\u{1B}[m"),
      (Style(color: .brightBlack), Style(color: .brightWhite), "\u{1B}[97m"),
    ]
    for (old, new, code) in changes { #expect(StyleCodes.change(from: old, to: new) == code) }
  }

  @Test func `E30 has only the sixteen colours, and none where none are wanted`() {
    var dice = Dice(seed: 7)
    let size = Size(columns: 60, rows: 10)
    for usesColor in [true, false] {
      var terminal = TinyTerminal(size)
      terminal.take(ControlSequences.enter("xterm").utf8)
      var encoder = FrameEncoder(usesColor: usesColor, isASCII: false)
      var canvas = Canvas(size)
      for _ in 0..<100 {
        Self.change(&canvas, &dice)
        terminal.take(encoder.encode(canvas))
      }
      let attributes: Set = [0, 1, 2, 4, 7, 22, 24, 27]
      let colors = Set(30...37).union(90...97).union([39])
      #expect(terminal.styleCodes.isSubset(of: usesColor ? attributes.union(colors) : attributes))
      #expect(terminal.styleCodes.isDisjoint(with: colors) == !usesColor)
      #expect(terminal.complaints.isEmpty)
    }
  }

  @Test func `E31 says the same without colours`() {
    var dice = Dice(seed: 8)
    let size = Size(columns: 60, rows: 10)
    var screens = [TinyTerminal(size), TinyTerminal(size)]
    var encoders = [true, false].map { FrameEncoder(usesColor: $0, isASCII: false) }
    var canvas = Canvas(size)
    for index in 0...1 { screens[index].take(ControlSequences.enter("xterm").utf8) }
    for _ in 0..<50 {
      Self.change(&canvas, &dice)
      for index in 0...1 { screens[index].take(encoders[index].encode(canvas)) }
      #expect(screens[0].lines == screens[1].lines)
    }
    let bold = screens.map { $0.cells.map { [$0.style.bold, $0.style.dim, $0.style.underline, $0.style.reverse] } }
    #expect(bold[0] == bold[1])
  }

  @Test func `has nothing but ASCII where nothing else is wanted`() {
    var encoder = FrameEncoder(usesColor: true, isASCII: true)
    var canvas = Canvas(Size(columns: 20, rows: 2))
    canvas.put("a─日é👨‍👩‍👧z", row: 0, column: 0)
    let bytes = encoder.encode(canvas)
    #expect(bytes.allSatisfy { $0 < 0x80 })
    var terminal = TinyTerminal(canvas.size)
    terminal.take(ControlSequences.enter("xterm").utf8)
    terminal.take(bytes)
    #expect(terminal.lines == ["a?? ?? z", ""])
  }

  @Test func `E33 begins anew when what is shown isn't known, or has another size`() {
    var encoder = FrameEncoder(usesColor: true, isASCII: false)
    let canvas = Canvas(Size(columns: 20, rows: 2))
    let first = encoder.encode(canvas)
    #expect(encoder.encode(canvas).isEmpty)
    encoder.forget()
    #expect(encoder.encode(canvas) == first)
    #expect(encoder.encode(Canvas(Size(columns: 20, rows: 3))) == first)
  }
}
