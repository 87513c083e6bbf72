// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The interface's own loop, seen by the interface.
///
/// What is drawn is what happened until now, and drawing it is what happens next: a frame for each key, and two a second.
final class SelfScreen: Screen {
  private let app: App
  private var history = History(lateLimit: .milliseconds(20))
  private let fresh = Locked<[TraceEvent]>([])
  private var recorder: Recorder?
  private var frames: PeriodicTimer?
  private var isPaused = false
  private var scale = Duration.milliseconds(100)
  private var began = Instant.zero
  private var turnsBefore = 0

  init(_ app: App) { self.app = app }

  func appear() {
    guard !isPaused else { return }
    // What happened while nobody looked is missing: it begins anew.
    history = History(lateLimit: .milliseconds(20))
    let recorder = Recorder(isKept: false) { [fresh] event in fresh.withLock { $0.append(event) } }
    self.recorder = recorder
    app.loop.observer = recorder
    began = app.loop.now
    turnsBefore = app.loop.statistics.turns
    frames = app.loop.addPeriodicTimer(every: .milliseconds(500)) { [app] _ in app.invalidate() }.label("frame")
  }

  func disappear() {
    frames?.cancel()
    frames = nil
    if let recorder, app.loop.observer === recorder { app.loop.observer = nil }
    recorder?.finish()
    recorder = nil
  }

  func handle(_ key: Key) {
    switch key {
    case .character(" "):
      isPaused.toggle()
      if isPaused { disappear() } else { appear() }
    case .character("+"): scale = max(.milliseconds(10), scale / 2)
    case .character("-"): scale = min(.seconds(1), scale * 2)
    case .character("z"):
      take()
      app.push(ZoomScreen(app, title: "The playground's own loop", history: history, code: []))
    case .character("?"):
      app.push(
        HelpScreen(
          app, title: "the playground's own loop",
          sections: [
            (
              "Keys",
              [
                .init("Space", "stop looking, look again"), .init("+ -", "the scale"),
                .init("z", "the scope alone, with its history"), .init("q", "leave"),
              ]
            ), HelpScreen.legend,
          ]))
    case .character("q"), .escape: app.pop()
    default: break
    }
  }

  private func take() {
    history.append(fresh.takeAll().map(shifted))
  }

  /// Counts time from when the look began, not from when the machine did.
  private func shifted(_ event: TraceEvent) -> TraceEvent {
    var event = event
    event.time = max(.zero, event.time - (began - .zero))
    if event.subject == "timer" { event.first = max(0, event.first - Int(began.nanoseconds)) }
    return event
  }

  func draw(on canvas: inout Canvas) {
    if !isPaused { take() }
    let now = isPaused ? history.now.time : app.loop.now - (began - .zero)
    var view = LessonView(title: "14 The playground's own loop", picture: Picture(history, now: now))
    view.scale = scale
    view.pane = .items
    view.status = isPaused ? "PAUSED" : "LIVE"
    view.statusStyle = isPaused ? .running : .good
    view.keys = [
      .init("Space", isPaused ? "look again" : "stop looking"), .init("+ -", "scale"), .init("z", "zoom"),
      .init("?", "help"), .init("q", "leave"), .init("any key", "is an event here"),
    ]
    let seconds = Double(now.nanoseconds) / 1e9
    if seconds > 1 {
      let turns = Double(app.loop.statistics.turns - turnsBefore) / seconds
      let tenths = Int(turns * 10)
      view.message =
        "\(tenths / 10).\(tenths % 10) turns a second: two frames a second, and your keys. Without them it waits."
      view.messageStyle = .aside
    }
    view.draw(on: &canvas)
  }
}
