// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

/// The files that hold how screens look.
enum Screens {
  /// Compares with the file, or writes it if `REACTOR_WRITE_SCREENS` is set.
  static func compare(_ lines: [String], _ name: String) throws {
    let path = folder + "/\(name).txt"
    let text = lines.map { $0 + "\n" }.joined()
    if ProcessFacts.variable("REACTOR_WRITE_SCREENS") != nil {
      let file = try Descriptors.create(path)
      try Descriptors.write(Array(text.utf8), to: file)
      return try Descriptors.close(file, path)
    }
    let wanted = try known(name)
    // The first difference says more than both screens.
    let place = zip(wanted, lines).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(place.map { "\(name), row \($0.offset + 1): \($0.element.1)" } == nil)
    #expect(wanted.count == lines.count, "\(name)")
  }

  /// What is known to be right.
  static func known(_ name: String) throws -> [String] {
    let text = String(decoding: try Descriptors.contents(folder + "/\(name).txt"), as: UTF8.self)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  private static let folder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    return parts.joined(separator: "/") + "/Screens"
  }()
}

/// What is drawn, from recorded runs folded up to a moment.
struct Scenes: Sendable {
  var name: String
  var draw: @Sendable (inout Canvas) throws -> Void

  static var all: [Scenes] {
    [
      scene("loop", LoopItself.self, at: 2.5), scene("timers", OneShotTimers.self, at: 2.1),
      scene("periodic-blocked", PeriodicTimers.self, at: 0.95),
      scene("next-tick", NextTick.self, at: 1.2), scene("chunking-blocked", Chunking.self, at: 2.6),
      scene("chunking-slices", Chunking.self, at: 5.1), scene("pool", Pool.self, at: 1.2),
      scene("pool-objects", Pool.self, at: 1.2, pane: .items), scene("fan-in", FanIn.self, at: 2.2),
      scene("spawn", Processes.self, at: 2.5), scene("signals", Signals.self, at: 1.5), step, history, reading,
      predicting, zoom, replayed,
      home, help,
    ]
  }

  private static func scene(
    _ name: String, _ lesson: any Lesson.Type, at time: Double, pane: LessonView.Pane = .log
  ) -> Scenes {
    Scenes(name: name) { canvas in
      try frame(lesson).view(at: .zero + .seconds(time), pane: pane).draw(on: &canvas)
    }
  }

  /// Held before the callback that hears the value which the one before it has set.
  private static let step = Scenes(name: "deferrable-step") { canvas in
    let frame = try frame(Deferrables.self)
    let third = try #require(frame.history.events.lastIndex { $0.is(.callbackBegin) && $0.time <= .zero + .seconds(1) })
    var view = frame.view(at: .zero, pane: .items)
    view.picture = Picture(frame.history, at: third + 1)
    view.picture.isHeld = true
    view.status = "PAUSED before callback d1, line 54"
    view.draw(on: &canvas)
  }

  /// An earlier moment of a run that has gone on.
  private static let history = Scenes(name: "chunking-history") { canvas in
    let frame = try frame(Chunking.self)
    let place = try #require(frame.history.events.firstIndex { $0.is(.blockBegin) })
    var view = frame.view(at: .zero)
    view.picture = Picture(frame.history, at: place)
    view.status = "HISTORY \(place) of \(frame.history.events.count)"
    view.draw(on: &canvas)
  }

  private static func view(_ stage: LessonView.Stage) throws -> LessonView {
    var view = LessonView(
      title: "05 Blocking vs chunking", card: Chunking.card, picture: Picture(History(), now: .zero))
    view.code = LessonText.region(of: Chunking.card.file)
    view.stage = stage
    view.keys = stage == .reading ? LessonHints.reading : LessonHints.predicting(Chunking.card)
    return view
  }

  private static let reading = Scenes(name: "reading") { try view(.reading).draw(on: &$0) }
  private static let predicting = Scenes(name: "predicting") { try view(.predicting).draw(on: &$0) }

  /// A recorded run; one that raises signals has them for itself.
  static func frame(_ lesson: any Lesson.Type) throws -> LessonFrame {
    LessonFrame(lesson.card, try played(lesson).events)
  }

  static func app() throws -> App {
    let app = App(
      loop: try EventLoop(), options: try Options([]),
      progress: Progress { _ in nil })
    app.progress("loop", .done)
    app.progress("timers", .started)
    return app
  }

  private static let home = Scenes(name: "home") { canvas in
    let app = try app()
    let home = HomeScreen(app)
    for _ in 1...4 { home.handle(.down) }
    home.draw(on: &canvas)
  }

  private static let zoom = Scenes(name: "zoom") { canvas in
    let frame = try frame(Chunking.self)
    let late = try #require(
      frame.history.events.firstIndex { $0.subject == "timer" && $0.phase == .begin && $0.time > .zero + .seconds(3) })
    ZoomScreen(
      try app(), title: "05 Blocking vs chunking", history: frame.history,
      code: LessonText.region(of: Chunking.card.file), cursor: late + 1, scale: .milliseconds(50)
    ).draw(on: &canvas)
  }

  /// As `replay` begins, after Home.
  private static let replayed = Scenes(name: "replay") { canvas in
    let frame = try frame(Chunking.self)
    let screen = ZoomScreen(
      try app(), title: "05 Blocking vs chunking", history: frame.history,
      code: LessonText.region(of: Chunking.card.file))
    screen.handle(.home)
    screen.draw(on: &canvas)
  }

  private static let help = Scenes(name: "help") { canvas in
    let app = try app()
    HelpScreen(app, title: "the scope", sections: [HelpScreen.legend]).draw(on: &canvas)
  }
}
