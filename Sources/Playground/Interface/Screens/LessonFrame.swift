// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A lesson's screen at a time of a run that was recorded: what a live run shows then.
struct LessonFrame {
  var card: Card
  var history: History
  var threads = 2

  /// Records a lesson, played as its card or these presses say.
  init(_ lesson: any Lesson.Type, presses: [Options.Press]? = nil, duration: Duration? = nil) throws {
    var run = LessonRun(lesson)
    run.presses = presses
    run.duration = duration
    self.init(lesson.card, try run.play().events)
  }

  /// A run that was recorded.
  init(_ card: Card, _ events: [TraceEvent]) {
    self.card = card
    history = History()
    history.append(events)
  }

  /// The screen at that time.
  func view(at time: Instant, pane: LessonView.Pane = .log) -> LessonView {
    let picture = Picture(history, time: time)
    var view = LessonView(title: LessonHints.title(card), card: card, picture: picture)
    view.code = LessonText.region(of: card.file)
    view.pane = pane
    view.status = "RECORDED"
    view.lessonKeys = LessonHints.lessonKeys(card)
    view.keys = LessonHints.running(speed: 1, isPaused: false)
    view.picture.threads = threads
    (view.message, view.messageStyle) = LessonHints.message(view.picture, card: card, predicted: nil, answer: nil)
    return view
  }
}
