// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The scope alone, over the whole width, with a cursor that walks over what happened; below it all that is known of the
/// event under the cursor.
final class ZoomScreen: TypingScreen {
  let app: App
  let title: String
  let history: History
  let code: [LessonText.Line]
  /// Goes on with the lesson; `nil` for a recording.
  let goOn: (() -> Void)?
  let save: (String) throws -> Void
  /// The place after the event that is selected.
  private(set) var cursor: Int
  var scale: Duration
  /// Only events of this lane are stopped at; `nil` for all.
  var lane: Int?
  var find: LineEditor?
  var file: LineEditor?
  var sought = ""
  var remark = ""

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
      guard let goOn else { return remark = "Nothing goes on: what is shown here is over." }
      app.pop()
      goOn()
    case .character("?"): app.push(help)
    case .character("z"), .character("q"), .escape: app.pop()
    default: break
    }
  }

  func seek(_ step: Int) -> Int {
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

  func turnLane(_ step: Int) {
    let lanes: [Int?] = [nil] + (0...history.now.workers).map { $0 }
    let index = lanes.firstIndex(of: lane) ?? 0
    lane = lanes[(index + step + lanes.count) % lanes.count]
    remark = lane.map { "Only what happened on \($0 == 0 ? "the reactor" : "worker-\($0)")." } ?? "All lanes."
  }

  func rescale(_ step: Int) {
    let scales: [Duration] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map { .milliseconds($0) }
    let index = scales.firstIndex(of: scale) ?? 4
    scale = scales[max(0, min(scales.count - 1, index + step))]
  }

  func type(_ key: Key) {
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
  func search(forward: Bool) {
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

  var help: HelpScreen {
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
}
