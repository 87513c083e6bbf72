// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A lesson's screen at a moment: what to read, the code with what becomes of it, log, scope, numbers, keys.
///
/// It is drawn from plain data, so that a recorded run shows what a live one did.
struct LessonView {
  /// What is to be done with the lesson.
  enum Stage: Sendable, Equatable {
    /// The text is read.
    case reading
    /// The code is read, and its question answered.
    case predicting
    case running
  }

  /// What shares the upper half with the code.
  enum Pane: Sendable, CaseIterable { case log, items, text }

  var title: String
  var card: Card?
  var code: [LessonText.Line] = []
  var picture: Picture
  var stage = Stage.running
  var pane = Pane.log
  /// What the loop is made to do, in the title: `RUN 1x`, `PAUSED`.
  var status = ""
  var statusStyle = Style.plain
  var scale = Duration.milliseconds(50)
  /// How far the code was scrolled.
  var scroll = 0
  var lessonKeys: [KeyRows.Entry] = []
  var keys: [KeyRows.Entry] = []
  /// The last line: a lint, the prediction, what a key did.
  var message = ""
  var messageStyle = Style.plain
  /// Which option was predicted.
  var predicted: Int?

  /// Whether there is room for everything at once.
  static func isWide(_ size: Size) -> Bool { size.columns >= 110 && size.rows >= 30 }

  func draw(on canvas: inout Canvas) {
    let size = canvas.size
    var area = Area(size)
    guard size.columns >= 40, size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    drawTitle(on: &canvas, area.takeTop(1))
    switch stage {
    case .reading, .predicting: drawReading(on: &canvas, area)
    case .running:
      if size.columns < 60 || size.rows < 16 {
        drawSmall(on: &canvas, area)
      } else {
        drawRunning(on: &canvas, area)
      }
    }
  }

  private func drawTitle(on canvas: inout Canvas, _ area: Area) {
    let right =
      stage == .running ? "turn \(picture.moment.turn)   t \(Amount.time(picture.now)) " : "\(card?.minutes ?? 0) min "
    let end = area.columns - right.count
    canvas.put(right, in: area, row: 0, column: end)
    let blocked = status.hasPrefix("PAUSED") ? nil : picture.blocked.map { "!! LOOP BLOCKED \(Amount.text($0))" }
    let text = stage == .running ? blocked ?? status : ""
    // Where there is little room the state is worth more than the name.
    let start = max(4, min(end - 24, end - text.count - 2))
    canvas.put(" \(title)", row: area.row, column: 0, width: max(3, start - 2), style: .title)
    canvas.put(
      text, row: area.row, column: start, width: max(0, end - start),
      style: blocked == nil ? statusStyle : .bad)
  }

  // MARK: Running

  private func drawRunning(on canvas: inout Canvas, _ area: Area) {
    var area = area
    let size = canvas.size
    let wide = Self.isWide(size)
    // The more there is to say, the less is said of keys.
    let message = Paragraph.lines(self.message, width: size.columns - 2)
    let said = area.takeBottom(min(max(1, message.count), 3))
    for (row, line) in message.enumerated() {
      canvas.put(line, in: said, row: row, column: 1, style: messageStyle)
    }
    let lessonRows = KeyRows.rows(lessonKeys, width: size.columns, limit: 3).count
    let rows = max(1, 5 - said.rows - lessonRows)
    KeyRows.draw(keys, on: &canvas, area.takeBottom(min(rows, KeyRows.rows(keys, width: size.columns, limit: 2).count)))
    if !lessonKeys.isEmpty { KeyRows.draw(lessonKeys, on: &canvas, area.takeBottom(lessonRows)) }
    if size.rows >= 28 { canvas.rule("", area.takeBottom(1)) }
    TurnLine(picture: picture).draw(on: &canvas, area.takeBottom(2))
    let scope = Scope(picture, column: scale, width: area.columns)
    let most = size.rows >= 30 ? 9 : size.rows >= 24 ? 5 : 3
    let lanes = scope.lanes(atMost: most).count
    var lower = area.takeBottom(lanes + 2)
    canvas.rule("scope  \(Amount.text(scale)) per column", lower.takeTop(1))
    scope.draw(on: &canvas, lower)
    if wide { drawWide(on: &canvas, area) } else { drawNarrow(on: &canvas, area) }
  }

  /// Code on the left; log, and another pane below it, on the right.
  private func drawWide(on canvas: inout Canvas, _ area: Area) {
    var area = area
    if !code.isEmpty {
      drawCode(on: &canvas, area.takeLeft(72))
      for row in area.row..<area.row + area.rows { canvas.put("│", row: row, column: area.column, style: .frame) }
      canvas.put("┬", row: area.row, column: area.column, style: .frame)
      _ = area.takeLeft(1)
    }
    if pane == .text { return draw(.text, on: &canvas, &area) }
    var below = area.takeBottom(area.rows / 2)
    canvas.rule("log", area.takeTop(1))
    LogPane(picture: picture).draw(on: &canvas, area)
    draw(pane == .log ? .items : pane, on: &canvas, &below)
  }

  /// Code above, another pane below it.
  private func drawNarrow(on canvas: inout Canvas, _ area: Area) {
    var area = area
    if !code.isEmpty {
      let most = pane == .text ? 0 : max(area.rows * 6 / 10, area.rows - 8)
      if most > 1 { drawCode(on: &canvas, area.takeTop(min(code.count + 1, most))) }
    }
    draw(pane, on: &canvas, &area)
  }

  private func draw(_ pane: Pane, on canvas: inout Canvas, _ area: inout Area) {
    let header = area.takeTop(1)
    switch pane {
    case .log:
      canvas.rule("log", header)
      LogPane(picture: picture).draw(on: &canvas, area)
    case .items:
      canvas.rule("objects", header)
      ItemsPane(picture: picture).draw(on: &canvas, area)
    case .text:
      canvas.rule("read", header)
      drawText(on: &canvas, area)
    }
  }

  func drawCode(on canvas: inout Canvas, _ area: Area) {
    var area = area
    canvas.rule("code  \(card?.file ?? "")", area.takeTop(1))
    CodePane(lines: code, file: card?.file ?? "", picture: picture).draw(on: &canvas, area, scroll: scroll)
  }

  /// Where there is room for little: the reactor's lane, the log, the keys.
  private func drawSmall(on canvas: inout Canvas, _ area: Area) {
    var area = area
    if !message.isEmpty { canvas.put(message, in: area.takeBottom(1), row: 0, column: 1, style: messageStyle) }
    KeyRows.draw(lessonKeys + keys, on: &canvas, area.takeBottom(area.rows >= 12 ? 3 : 1))
    if area.rows >= 11 { TurnLine(picture: picture).draw(on: &canvas, area.takeBottom(1)) }
    let scope = Scope(picture, column: scale, width: area.columns)
    let lanes = area.rows >= 9 ? [scope.due, scope.loop, scope.lag] : [scope.loop]
    scope.draw(lanes, on: &canvas, area.takeTop(lanes.count + 1))
    canvas.rule("log", area.takeTop(1))
    LogPane(picture: picture).draw(on: &canvas, area)
  }
}

/// What is shown where nothing else has room.
enum TooSmall {
  static func draw(on canvas: inout Canvas) {
    let area = Area(canvas.size)
    let lines = [
      "Window is \(canvas.size.columns)x\(canvas.size.rows)", "", "Needs 40x10; 80x24 shows all.", "",
      "P plain mode   q quit",
    ]
    for (row, line) in lines.enumerated() { canvas.put(line, in: area, row: row) }
  }
}
