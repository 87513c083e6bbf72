// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `A canvas` {
  private static func canvas(_ columns: Int = 10, _ rows: Int = 2) -> Canvas {
    Canvas(Size(columns: columns, rows: rows))
  }

  @Test func `holds what is put on it, and tells the column behind it`() {
    var canvas = Self.canvas()
    #expect(canvas.put("abc", row: 0, column: 2) == 5)
    #expect(canvas.put("", row: 1, column: 3) == 3)
    #expect(canvas.lines == ["  abc", ""])
  }

  @Test func `cuts text at its edges and behind the width that is given`() {
    var canvas = Self.canvas()
    #expect(canvas.put("0123456789", row: 0, column: 7) == 10)
    #expect(canvas.put("0123456789", row: 1, column: -3) == 7)
    #expect(canvas.lines == ["       012", "3456789"])
    #expect(canvas.put("xyz", row: 1, column: 0, width: 2) == 2)
    #expect(canvas.lines == ["       012", "xy56789"])
    for row in [-1, 2, .max] { canvas.put("lost", row: row, column: 0) }
    canvas.put("lost", row: 0, column: 10)
    #expect(canvas.lines == ["       012", "xy56789"])
  }

  @Test func `E35 shows what a terminal would obey as it stands in a Swift string`() {
    var canvas = Self.canvas(60, 1)
    let text = "a\tb\u{1B}[31mc\r\nd\u{7}\u{7F}\u{9B}\u{202E}e\u{2028}\u{200B}\u{AD}\u{FEFF}f\0"
    let shown = #"a\tb\u{1B}[31mc\r\nd\u{7}\u{7F}\u{9B}\u{202E}e\u{2028}\u{200B}\u{AD}\u{FEFF}f\0"#
    let end = canvas.put(text, row: 0, column: 0)
    #expect(end == 60)
    #expect(canvas.lines == [String(shown.prefix(60))])
    #expect(Canvas.width(of: text) == shown.count)
  }

  @Test func `E35 gives wide characters two cells, and blanks one that is cut`() {
    var canvas = Self.canvas(7, 3)
    #expect(canvas.put("日本語中国", row: 0, column: 0) == 7)
    #expect(canvas.put("a日本", row: 1, column: 0, width: 4) == 4)
    #expect(canvas.put("日本", row: 2, column: -1) == 3)
    #expect(canvas.lines == ["日本語", "a日", " 本"])
    #expect(canvas.cells[7..<14].map(\.width) == [1, 2, 0, 1, 1, 1, 1])
  }

  @Test func `E35 blanks the other half of a wide character that loses one`() {
    var canvas = Self.canvas(6, 3)
    for row in 0..<3 { canvas.put("日本語", row: row, column: 0) }
    canvas.put("x", row: 0, column: 1)
    canvas.put("x", row: 1, column: 2)
    canvas.put("中", row: 2, column: 1)
    #expect(canvas.lines == [" x本語", "日x 語", " 中 語"])
    #expect(canvas.cells[12...].map(\.width) == [1, 2, 0, 1, 2, 0])
  }

  @Test func `E35 measures characters as terminals do`() {
    let widths: [(String, Int)] = [
      ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("ｱ", 1), ("ア", 2),
      ("─", 1), ("█", 1), ("✓", 1), ("😀", 2), ("👨‍👩‍👧", 2), ("🇩🇪", 2), ("👍🏽", 2), ("❤", 1), ("❤\u{FE0F}", 2),
      ("1\u{FE0F}\u{20E3}", 2), ("\u{301}", 0), ("\u{200D}", 0), ("𠀀", 2), ("Ａ", 2), ("…", 1), ("กำ", 2), ("", 0),
    ]
    for (text, width) in widths { #expect(Canvas.width(of: text) == width, "\(text.debugDescription)") }
  }

  @Test func `E35 drops marks without a letter, and those beyond any use`() {
    var canvas = Self.canvas()
    #expect(canvas.put("\u{301}\u{200D}a", row: 0, column: 0) == 1)
    canvas.put("z" + String(repeating: "\u{301}", count: 1000), row: 0, column: 1)
    #expect(canvas[0, 1].character.unicodeScalars.count == 16)
    #expect(canvas[0, 1].width == 1)
  }

  @Test func `E35 takes a line of ten thousand columns`() {
    var canvas = Self.canvas(80, 1)
    #expect(canvas.put(String(repeating: "日x", count: 5000), row: 0, column: 0) == 80)
    #expect(canvas.text(row: 0) == String(repeating: "日x", count: 26) + "日")
  }

  @Test func `changes how cells look, and fills them`() {
    var canvas = Self.canvas()
    let red = Style(color: .red)
    canvas.put("abc", row: 0, column: 0, style: red)
    canvas.restyle(row: 0, columns: -5..<2) { $0.reverse = true }
    canvas.restyle(row: 7, columns: 0..<2) { $0.bold = true }
    canvas.fill("-", row: 1, columns: 8..<99, style: red)
    canvas.fill("\u{7}", row: 1, columns: 0..<1)
    canvas.fill("日", row: 1, columns: 1..<2)
    #expect(canvas.lines == ["abc", "        --"])
    #expect(
      (0..<4).map { canvas.style(row: 0, column: $0) }
        == [Style(color: .red, reverse: true), Style(color: .red, reverse: true), red, .plain])
    #expect(canvas.style(row: 9, column: 9) == .plain)
  }

  @Test(arguments: [1, 2, 3]) func `E35 never holds half of a wide character`(_ seed: UInt64) {
    var dice = Dice(seed: seed)
    var canvas = Self.canvas(12, 3)
    for _ in 0..<scaledDown(3000) {
      canvas.put(
        RandomText.next(&dice), row: .random(in: -1...3, using: &dice), column: .random(in: -3...13, using: &dice))
      for row in 0..<3 {
        let widths = (0..<12).map { canvas[row, $0].width }
        #expect(widths.indices.allSatisfy { widths[$0] != 0 || $0 > 0 && widths[$0 - 1] == 2 })
        #expect(widths.indices.allSatisfy { widths[$0] != 2 || $0 < 11 && widths[$0 + 1] == 0 })
      }
    }
  }
}

/// Texts of all kinds.
enum RandomText {
  private static let pieces = [
    "a", "bc", "hello world", "   ", "─│█", "日", "本語", "e\u{301}", "👨‍👩‍👧", "😀", "❤\u{FE0F}", "🇩🇪", "กำ", "\t", "x",
    "한글", "1\u{FE0F}\u{20E3}", "", "|", "0.125 s",
  ]

  static func next(_ dice: inout Dice) -> String {
    (0..<Int.random(in: 0...4, using: &dice)).map { _ in pieces.randomElement(using: &dice) ?? "" }.joined()
  }
}
