// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension SandboxScreen {
  func draw(on canvas: inout Canvas) {
    let size = canvas.size
    guard size.columns >= 40, size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    let now = run?.live.now ?? history.now.time
    var picture = cursor.map { Picture(history, at: $0) } ?? Picture(history, now: now)
    picture.isHeld = cursor == nil && (run?.live.isHeld ?? false)
    picture.threads = DeferPool.shared.threads
    var area = Area(size)
    drawTitle(on: &canvas, area.takeTop(1), picture)
    drawKeys(on: &canvas, area.takeBottom(1))
    drawLine(on: &canvas, area.takeBottom(1))
    TurnLine(picture: picture).draw(on: &canvas, area.takeBottom(size.rows >= 16 ? 2 : 1))
    if size.rows >= 16 {
      let scope = Scope(picture, column: scale, width: area.columns)
      let lanes = scope.lanes(atMost: size.rows >= 30 ? 7 : 4).count
      var lower = area.takeBottom(lanes + 2)
      canvas.rule("scope  \(Amount.text(scale)) per column", lower.takeTop(1))
      scope.draw(on: &canvas, lower)
    }
    drawTranscript(on: &canvas, area, picture)
  }

  private func drawTitle(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    canvas.put(" 13 Sandbox", in: area, row: 0, style: .title)
    let right = "turn \(picture.moment.turn)   t \(Amount.time(picture.now)) "
    canvas.put(right, in: area, row: 0, column: area.columns - right.count)
    let blocked = picture.blocked.map { "!! LOOP BLOCKED \(Amount.text($0))" }
    let state =
      cursor.map { "HISTORY \($0 - history.start) of \(history.events.count)" }
      ?? (isPaused ? "PAUSED" : "RUN \(LessonHints.speed(speed))")
    canvas.put(
      blocked ?? state, in: area, row: 0, column: max(13, area.columns - right.count - 26),
      style: blocked != nil ? .bad : isPaused ? .running : .good)
  }

  private func drawTranscript(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    var area = area
    if LessonView.isWide(canvas.size) {
      var right = area
      let left = right.takeLeft(area.columns - 46)
      for row in right.row..<right.row + right.rows { canvas.put("│", row: row, column: right.column, style: .frame) }
      canvas.put("┬", row: right.row, column: right.column, style: .frame)
      _ = right.takeLeft(1)
      canvas.rule("objects", right.takeTop(1))
      ItemsPane(picture: picture).draw(on: &canvas, right)
      area = left
    }
    canvas.rule("= is the Swift that a command stands for", area.takeTop(1))
    for (row, line) in transcript.suffix(area.rows).enumerated() {
      canvas.put(line, in: area, row: row, column: 1, style: Self.style(line))
    }
  }

  private static func style(_ line: String) -> Style {
    if line.hasPrefix("> ") { return .key }
    if line.hasPrefix("   = ") { return .aside }
    if line.hasPrefix("!") || line.hasPrefix("   ! ") { return .bad }
    return .plain
  }

  private func drawLine(on canvas: inout Canvas, _ area: Area) {
    if isScoping {
      canvas.put("Esc goes back to the line.", in: area, row: 0, column: 1, style: .aside)
    } else {
      editor.draw(" > ", on: &canvas, area, row: 0)
    }
  }

  private func drawKeys(on canvas: inout Canvas, _ area: Area) {
    if !remark.isEmpty {
      canvas.put(remark, in: area, row: 0, column: 1, style: .aside)
      return
    }
    let keys: [KeyRows.Entry] =
      isScoping
      ? [
        .init("Space", isPaused ? "run" : "pause"), .init(".", "turn"), .init(">", "callback"), .init(",", "back"),
        .init("[ ]", LessonHints.speed(speed)), .init("+ -", "scale"), .init("z", "zoom"), .init("q", "leave"),
      ]
      : [
        .init("Enter", "run"), .init("Tab", "complete"), .init("↑ ↓", "history"), .init("Esc", "scope keys"),
        .init("F1", "help"), .init("Ctrl-D", "leave"),
      ]
    KeyRows.draw(keys, on: &canvas, area)
  }
}
