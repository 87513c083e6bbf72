// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The scope alone, over the whole width, with a cursor that walks over what happened; below it all that is known of the
/// event under the cursor.
final class ZoomScreen: TypingScreen {
  private let app: App
  private let title: String
  private let history: History
  private let code: [LessonText.Line]
  /// Goes on with the lesson; `nil` for a recording.
  private let goOn: (() -> Void)?
  private let save: (String) throws -> Void
  /// The place after the event that is selected.
  private(set) var cursor: Int
  private var scale: Duration
  /// Only events of this lane are stopped at; `nil` for all.
  private var lane: Int?
  private var find: LineEditor?
  private var file: LineEditor?
  private var sought = ""
  private var remark = ""

  init(
    _ app: App, title: String, history: History, code: [LessonText.Line], cursor: Int? = nil,
    scale: Duration = .milliseconds(20), goOn: (() -> Void)? = nil
  ) {
    self.app = app
    self.title = title
    self.history = history
    self.code = code
    self.cursor = min(cursor ?? history.end, history.end)
    self.scale = scale
    self.goOn = goOn
    save = { path throws in try TraceFiles.save(history.events, title: title, to: path) }
    if self.cursor > history.start, !history.isStop(self.cursor - 1) { self.cursor = history.stop(before: self.cursor) }
  }

  convenience init(_ lesson: LessonScreen) {
    self.init(
      lesson.app, title: LessonHints.title(lesson.card), history: lesson.history,
      code: LessonText.region(of: lesson.card.file), cursor: lesson.cursor, goOn: { [weak lesson] in lesson?.goOn() })
  }

  var isTyping: Bool { find != nil || file != nil }

  // MARK: Keys

  func handle(_ key: Key) {
    if isTyping { return type(key) }
    remark = ""
    switch key {
    case .left, .character(","): cursor = seek(-1)
    case .right, .character("."), .character(">"): cursor = seek(1)
    case .pageUp: for _ in 1...10 { cursor = seek(-1) }
    case .pageDown: for _ in 1...10 { cursor = seek(1) }
    case .home: cursor = history.stop(after: history.start)
    case .end: cursor = history.stop(before: history.end + 1)
    case .up: turnLane(-1)
    case .down: turnLane(1)
    case .character("+"): rescale(-1)
    case .character("-"): rescale(1)
    case .character("/"): find = LineEditor()
    case .character("N"): search(forward: false)
    case .character("n"): search(forward: true)
    case .character("w"):
      file = LineEditor()
      file?.replace("trace.json")
    case .character(" "):
      guard let goOn else { return remark = "This is a recording: nothing goes on." }
      app.pop()
      goOn()
    case .character("?"): app.push(help)
    case .character("z"), .character("q"), .escape: app.pop()
    default: break
    }
  }

  private func seek(_ step: Int) -> Int {
    var place = cursor
    while true {
      let next = step > 0 ? history.stop(after: place) : history.stop(before: place)
      guard next != place, next > history.start, next <= history.end else { return cursor }
      place = next
      if place == history.end, !history.isStop(place - 1) { return cursor }
      guard let lane else { return place }
      if history.event(at: place - 1)?.lane == lane { return place }
    }
  }

  private func turnLane(_ step: Int) {
    let lanes: [Int?] = [nil] + (0...history.now.workers).map { $0 }
    let index = lanes.firstIndex(of: lane) ?? 0
    lane = lanes[(index + step + lanes.count) % lanes.count]
    remark = lane.map { "Only what happened on \($0 == 0 ? "the reactor" : "worker-\($0)")." } ?? "All lanes."
  }

  private func rescale(_ step: Int) {
    let scales: [Duration] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map { .milliseconds($0) }
    let index = scales.firstIndex(of: scale) ?? 4
    scale = scales[max(0, min(scales.count - 1, index + step))]
  }

  private func type(_ key: Key) {
    if key == .escape {
      find = nil
      file = nil
      return
    }
    if let text = find?.take(key) {
      find = nil
      sought = text
      return search(forward: true)
    }
    if let path = file?.take(key) {
      file = nil
      do {
        try save(path)
        remark = "The trace is in \(path): open it at ui.perfetto.dev."
      } catch {
        remark = "\(error)"
      }
    }
  }

  /// Goes to the next event whose words hold what is sought.
  private func search(forward: Bool) {
    guard !sought.isEmpty else { return remark = "/ asks what to look for." }
    let before = cursor
    var place = cursor
    while true {
      let next = forward ? history.stop(after: place) : history.stop(before: place)
      guard next != place, next > history.start, next <= history.end else { break }
      place = next
      guard let event = history.event(at: place - 1) else { break }
      if EventWords.title(event, history.names).lowercased().contains(sought.lowercased()) { return cursor = place }
      if place == history.end { break }
    }
    cursor = before
    remark = "No more \"\(sought)\" \(forward ? "after" : "before") this."
  }

  private var help: HelpScreen {
    HelpScreen(
      app, title: "the scope alone",
      sections: [
        (
          "Move",
          [
            .init("← →", "one event back, forward; also , and ."), .init("PgUp PgDn", "ten events"),
            .init("Home End", "the first, the last"), .init("↑ ↓", "only one lane's events"),
            .init("+ -", "the scale"), .init("/ n N", "look for a word, the next, the last one"),
          ]
        ),
        ("Else", [.init("w", "save the trace"), .init("Space", "live again"), .init("z q", "close")]),
        HelpScreen.legend,
      ])
  }

  // MARK: Drawing

  func draw(on canvas: inout Canvas) {
    let size = canvas.size
    guard size.columns >= 40, size.rows >= 10 else { return TooSmall.draw(on: &canvas) }
    let picture = Picture(history, at: cursor)
    var area = Area(size)
    drawTitle(on: &canvas, area.takeTop(1), picture)
    let keys: [KeyRows.Entry] = [
      .init("← →", "event"), .init("↑ ↓", "lane"), .init("Home End", ""), .init("+ -", "scale"), .init("/", "find"),
      .init("w", "save trace"), .init("Space", goOn == nil ? "" : "live again"), .init("?", "help"),
      .init("z", "close"),
    ]
    let bottom = area.takeBottom(1)
    if let find {
      find.draw(" Find: ", on: &canvas, bottom, row: 0)
    } else if let file {
      file.draw(" Save the trace as: ", on: &canvas, bottom, row: 0)
    } else {
      canvas.put(remark, in: bottom, row: 0, column: 1, style: .aside)
    }
    let shownKeys = keys.filter { !($0.key == "Space" && $0.does.isEmpty) }
    KeyRows.draw(
      shownKeys, on: &canvas, area.takeBottom(min(2, KeyRows.rows(shownKeys, width: size.columns, limit: 2).count)))
    let lanes = Scope(picture, column: scale, width: area.columns).lanes(atMost: max(2, min(8, area.rows / 2 - 2)))
      .count
    canvas.rule("scope, \(Amount.text(scale)) per column", area.takeTop(1))
    drawScope(on: &canvas, area.takeTop(lanes + 2), picture)
    var numbers = area.takeBottom(area.rows >= 9 ? 3 : 2)
    canvas.rule("the loop then", numbers.takeTop(1))
    TurnLine(picture: picture).draw(on: &canvas, numbers)
    drawSelected(on: &canvas, area)
  }

  private func drawTitle(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    canvas.put(" \(title)", in: area, row: 0, style: .title)
    let right =
      "event \(cursor - history.start) of \(history.events.count)   turn \(picture.moment.turn)   t \(Amount.time(picture.now)) "
    canvas.put(right, in: area, row: 0, column: max(title.count + 2, area.columns - right.count))
  }

  private func drawScope(on canvas: inout Canvas, _ area: Area, _ picture: Picture) {
    // All that was recorded is drawn, with the cursor in it.
    let whole = Picture(history, now: history.now.time)
    let width = Scope(picture, column: scale, width: area.columns).columns
    let half = Duration.nanoseconds(scale.roundedNanoseconds * Int64(width) / 2)
    let end = min(whole.now, picture.now + half)
    let scope = Scope(whole, column: scale, width: area.columns, end: max(end, picture.now))
    scope.draw(on: &canvas, Area(row: area.row, column: area.column, rows: area.rows - 1, columns: area.columns))
    let column = scope.position(picture.now)
    canvas.put(" cursor", in: area, row: area.rows - 1)
    if (0..<scope.columns).contains(column) {
      canvas.put("^", in: area, row: area.rows - 1, column: Scope.gutter + column, style: .here)
    }
  }

  private func drawSelected(on canvas: inout Canvas, _ area: Area) {
    guard let event = history.event(at: cursor - 1) else {
      return canvas.rule("nothing has happened yet", area)
    }
    let words = EventWords(history: history, place: cursor - 1, event: event, code: code)
    canvas.rule("selected  \(Seconds.text(event.time))  \(EventWords.title(event, history.names))", area)
    for (row, line) in words.lines.prefix(max(0, area.rows - 1)).enumerated() {
      canvas.put(line.label, in: area, row: row + 1, column: 1, style: .aside)
      canvas.put(line.text, in: area, row: row + 1, column: 11)
    }
  }
}
