// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `A line that is typed` {
  private func typed(_ keys: [Key]) -> (line: String, cursor: Int) {
    var editor = LineEditor()
    for key in keys { _ = editor.take(key) }
    return (editor.line, editor.cursor)
  }

  private func keys(_ text: String) -> [Key] { text.map { .character($0) } }

  @Test func `is changed where its cursor stands`() {
    #expect(typed(keys("after 1 x")) == ("after 1 x", 9))
    #expect(typed(keys("ac") + [.left, .character("b"), .end, .character("d")]) == ("abcd", 4))
    #expect(typed(keys("abc") + [.home, .delete, .backspace]) == ("bc", 0))
    #expect(typed(keys("one two  ") + [.control("w")]) == ("one ", 4))
    #expect(typed(keys("one two") + [.left, .left, .control("k")]) == ("one t", 5))
    #expect(typed(keys("one two") + [.left, .control("u")]) == ("o", 0))
  }

  @Test func `has the lines before it, and what was begun`() {
    var editor = LineEditor()
    for line in ["a", "b", "b", ""] {
      for key in keys(line) { _ = editor.take(key) }
      #expect(editor.take(.enter) == line)
    }
    #expect(editor.history == ["a", "b"])
    _ = editor.take(.character("c"))
    var seen: [String] = []
    for key in [Key.up, .up, .up, .down, .down, .down] {
      _ = editor.take(key)
      seen.append(editor.line)
    }
    #expect(seen == ["b", "a", "a", "b", "c", "c"])
  }

  @Test(arguments: ["0123456789abcdefghij", "日本語のとても長い一行", "a\u{301}日b\tc日本語のとても長い一行"])
  func `is seen up to its cursor, however wide its characters are`(_ text: String) {
    var editor = LineEditor()
    for character in text { _ = editor.take(.character(character)) }
    while true {
      var canvas = Canvas(Size(columns: 16, rows: 1))
      editor.draw(": ", on: &canvas, Area(canvas.size), row: 0)
      let column = canvas.cursor?.column ?? 0
      #expect((2..<16).contains(column))
      guard editor.cursor > 0 else { break }
      // What was typed last stands before the cursor.
      let last = editor.text[editor.cursor - 1]
      let width = Canvas.width(of: String(last))
      if Escaping.escaped(last) == nil { #expect(canvas[0, column - width].character == last) }
      _ = editor.take(.left)
    }
  }

  @Test func `shows the ends of lines that were pasted`() {
    #expect(typed([.paste("every 1 a\nblock 60\n")]).line == "every 1 a; block 60")
  }
}

@Suite struct `A paragraph` {
  @Test func `is broken between words, and keeps what is indented`() {
    #expect(Paragraph.lines("one two three", width: 7) == ["one two", "three"])
    #expect(Paragraph.lines("one\ntwo\n\n  three\nfour", width: 20) == ["one two", "", "  three", "four"])
    #expect(Paragraph.lines("", width: 5) == [""])
  }
}

@Suite struct `Amounts` {
  @Test(arguments: [
    (0, "0 s"), (310_000, "0.31 ms"), (9_990_000, "9.99 ms"), (12_345_678, "12 ms"), (1_340_000_000, "1.34 s"),
    (-1_500_000_000, "-1.50 s"), (61_000_000_000, "61.00 s"),
  ])
  func `have two digits and their unit`(_ nanoseconds: Int, _ text: String) {
    #expect(Amount.text(Int64(nanoseconds)) == text)
  }
}
