// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension LessonScreen {
  /// The time that is shown: the loop's own, which stands when it has ended.
  private var now: Instant {
    guard let live, live.end == nil else { return history.now.time }
    return live.now
  }

  var picture: Picture {
    var picture =
      cursor.map { Picture(history, at: $0) } ?? Picture(history, now: now)
    picture.isHeld = cursor == nil && (live?.isHeld ?? false)
    picture.threads = live?.threads ?? 2
    return picture
  }

  func draw(on canvas: inout Canvas) {
    let picture = picture
    var view = LessonView(title: LessonHints.title(card), card: card, picture: picture)
    view.code = code
    view.stage = stage
    view.pane = pane
    view.scale = scale
    view.scroll = scroll
    view.predicted = predicted
    switch stage {
    case .reading: view.keys = readsAtOnce ? LessonHints.predicting(card) : LessonHints.reading
    case .predicting: view.keys = LessonHints.predicting(card)
    case .running:
      view.lessonKeys = LessonHints.lessonKeys(card)
      if card.id == "chunking" { view.lessonKeys.append(.init("f", "on the interface's thread")) }
      view.keys =
        live?.end != nil && cursor == nil
        ? LessonHints.ended
        : LessonHints.running(speed: speed, isPaused: isPaused || cursor != nil)
    }
    (view.status, view.statusStyle) = status(picture)
    (view.message, view.messageStyle) =
      remark
      ?? LessonHints.message(
        picture, card: card, predicted: predicted, answer: answer, isOther: isOtherExperiment)
    view.draw(on: &canvas)
    if let prompt { prompt.editor.draw(" \(prompt.label) ", on: &canvas, Area(canvas.size), row: canvas.size.rows - 1) }
  }

  private func status(_ picture: Picture) -> (String, Style) {
    if let cursor { return ("HISTORY \(cursor - history.start) of \(history.events.count), Space: now", .running) }
    if live?.end != nil { return ("ENDED, r: again", .running) }
    if isPaused, let blocked = picture.blocked {
      return ("PAUSED, blocked for \(Amount.text(blocked))", .running)
    }
    guard isPaused else { return ("RUN \(LessonHints.speed(speed))", .good) }
    guard picture.isHeld, let run = picture.moment.stack.last else {
      return (picture.moment.step == 1 ? "PAUSED in its wait" : "PAUSED", .running)
    }
    let line = run.place.map { ", line \($0.line)" } ?? ""
    return ("PAUSED before \(Moment.words(run) ?? run.subject)\(line)", .running)
  }
}
