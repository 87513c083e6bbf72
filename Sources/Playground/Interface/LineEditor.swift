// SPDX-License-Identifier: Apache-2.0

/// One line that is typed, with a cursor and a history.
struct LineEditor: Sendable, Equatable {
  private(set) var text: [Character] = []
  private(set) var cursor = 0
  private(set) var history: [String] = []
  /// Which line of the history is shown; past the last one it is the one that is typed.
  private var place = 0
  private var draft: [Character] = []

  var line: String { String(text) }
  var isEmpty: Bool { text.isEmpty }

  /// Takes a key; returns the line where Enter ended it.
  mutating func take(_ key: Key) -> String? {
    switch key {
    case .character(let character): insert([character])
    // A pasted line's end is shown, and ends nothing.
    case .paste(let pasted): insert(Array(pasted.split(separator: "\n").joined(separator: "; ")))
    case .backspace where cursor > 0:
      cursor -= 1
      text.remove(at: cursor)
    case .delete where cursor < text.count, .control("d") where cursor < text.count: text.remove(at: cursor)
    case .left, .control("b"): cursor = max(0, cursor - 1)
    case .right, .control("f"): cursor = min(text.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = text.count
    case .control("k"): text.removeSubrange(cursor...)
    case .control("u"):
      text.removeSubrange(..<cursor)
      cursor = 0
    case .control("w"): deleteWord()
    case .up, .control("p"): recall(place - 1)
    case .down, .control("n"): recall(place + 1)
    case .enter: return submit()
    default: break
    }
    return nil
  }

  mutating func replace(_ new: String) {
    text = Array(new)
    cursor = text.count
  }

  private mutating func insert(_ characters: [Character]) {
    text.insert(contentsOf: characters, at: cursor)
    cursor += characters.count
  }

  private mutating func deleteWord() {
    let end = cursor
    while cursor > 0, text[cursor - 1] == " " { cursor -= 1 }
    while cursor > 0, text[cursor - 1] != " " { cursor -= 1 }
    text.removeSubrange(cursor..<end)
  }

  private mutating func recall(_ next: Int) {
    guard (0...history.count).contains(next) else { return }
    if place == history.count { draft = text }
    place = next
    text = place == history.count ? draft : Array(history[place])
    cursor = text.count
  }

  private mutating func submit() -> String {
    let line = line
    if !line.isEmpty, history.last != line { history.append(line) }
    place = history.count
    text = []
    cursor = 0
    return line
  }

  /// Draws it behind a prompt, and puts the terminal's cursor there.
  func draw(_ prompt: String, on canvas: inout Canvas, _ area: Area, row: Int) {
    canvas.fill(" ", row: area.row + row, columns: area.column..<area.column + area.columns)
    let start = canvas.put(prompt, in: area, row: row, style: .key) - area.column
    let room = max(1, area.columns - start - 1)
    // As much before the cursor as leaves a cell for it.
    var (first, before) = (cursor, 0)
    while first > 0 {
      let width = Canvas.width(of: String(text[first - 1]))
      guard before + width < room else { break }
      (first, before) = (first - 1, before + width)
    }
    canvas.put(String(text[first...]), in: area, row: row, column: start)
    canvas.cursor = Position(row: area.row + row, column: area.column + min(start + before, area.columns - 1))
  }
}
