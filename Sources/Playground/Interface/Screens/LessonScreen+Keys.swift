// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension LessonScreen {
  func handle(_ key: Key) {
    if prompt != nil { return type(key) }
    hush()
    defer { countIfThawed() }
    switch key {
    case .character("?"): app.push(help)
    case .character("q"), .escape:
      if cursor != nil {
        cursor = nil
        return
      }
      close()
      app.pop()
    case .character("n"): move(by: 1)
    case .character("p"): move(by: -1)
    default:
      switch stage {
      case .reading: read(key)
      case .predicting: predict(key)
      case .running: run(key)
      }
    }
  }

  // MARK: Before the run

  private func read(_ key: Key) {
    switch key {
    case .enter, .tab, .character(" "):
      if readsAtOnce { start() } else { stage = .predicting }
    case .character(let character) where option(character) != nil: predict(key)
    default: break
    }
  }

  /// Whether text, code and question have room on one screen.
  var readsAtOnce: Bool { LessonView.isWide(app.size) }

  private func predict(_ key: Key) {
    switch key {
    case .enter, .character(" "): start()
    case .tab, .backTab: stage = .reading
    case .character(let character):
      guard let option = option(character) else { return }
      predicted = option
      start()
    default: break
    }
  }

  private func option(_ character: Character) -> Int? {
    guard let number = character.wholeNumberValue, (1...card.question.options.count).contains(number) else {
      return nil
    }
    return number
  }

  // MARK: While it runs

  private func run(_ key: Key) {
    switch key {
    case .character(" "): if isPaused || cursor != nil { goOn() } else { pause() }
    case .character("."): step(.turn)
    case .character(">"): step(.callback)
    case .character(","): back()
    case .character("["): change(speed: Speeds.slower(than: speed))
    case .character("]"): change(speed: Speeds.faster(than: speed))
    case .character("r"): start()
    case .character("z"): app.push(ZoomScreen(self))
    case .character("w"): ask("Save the trace for Perfetto as:", "\(card.id).json") { self.save($0) }
    case .character("y"): say("swift run playground \(commandLine)", .aside)
    case .character(":"): ask(":", "") { self.perform($0) }
    case .tab: turnPane(by: 1)
    case .backTab: turnPane(by: -1)
    case .up: scroll = max(0, scroll - 1)
    case .down: scroll = min(scroll + 1, 30)
    case .home: scroll = 0
    case .end: scroll = 17
    case .character(let character): press(String(character))
    default: break
    }
  }

  private func turnPane(by step: Int) {
    // Where the log has a place of its own there is one less to turn to.
    let panes = LessonView.Pane.allCases.filter { $0 != .log || !LessonView.isWide(app.size) }
    let index = panes.firstIndex(of: pane) ?? 0
    pane = panes[(index + step + panes.count) % panes.count]
  }

  private func press(_ key: String) {
    if let number = key.first.flatMap(option), predicted == nil, answer == nil,
      !card.actions.contains(where: { $0.key == key })
    {
      predicted = number
      return say("Your prediction: \(number) \(card.question.options[number - 1])", .aside)
    }
    if key == "f", card.id == "chunking" { return feel() }
    guard card.actions.contains(where: { $0.key == key }) else {
      if key == "+" || key == "-" { return zoomScale(key == "+") }
      return say("Nothing happens at \(key): ? tells which keys there are.", .aside)
    }
    if cursor != nil {
      return say("This is the past: Space goes back to the present.", .running)
    }
    guard live?.press(key) ?? false else {
      return say("The loop has ended: r runs it again.", .running)
    }
    presses.append(Options.Press(key: key, time: (live?.now ?? .zero) - .zero))
    if picture.blocked != nil {
      say("\(key) waits its turn: the loop is blocked.", .bad)
    } else if isPaused {
      say("\(key) waits until the loop goes on: . one turn, > one callback, Space run.", .running)
    }
  }

  func zoomScale(_ isCloser: Bool) {
    let scales: [Duration] = [10, 20, 50, 100, 200, 500, 1000].map { .milliseconds($0) }
    let index = scales.firstIndex(of: scale) ?? 2
    scale = scales[max(0, min(scales.count - 1, index + (isCloser ? -1 : 1)))]
  }

  // MARK: Steps

  private func step(_ pass: Gate.Pass) {
    if let cursor {
      let next = history.stop(after: cursor)
      self.cursor = next >= history.end ? nil : next
      return
    }
    guard live?.end == nil else { return say("The loop has ended: r runs it again.", .running) }
    guard !isShared else { return say("There are no steps on the interface's thread: r undoes it.", .running) }
    isPaused = true
    if history.now.step == 1, history.now.deadlines.isEmpty, !(live?.isHeld ?? false),
      history.now.items.runningJobs == 0
    {
      say("Nothing is due: the turn goes on when you press one of the lesson's keys.", .running)
    }
    live?.open(pass)
    animate()
  }

  /// One event back; the world does not un-run.
  func back() {
    pause()
    let from = cursor ?? history.end
    cursor = history.stop(before: from)
  }

  // MARK: Other screens

  private func move(by step: Int) {
    let index = Course.all.firstIndex { $0.card.id == card.id } ?? 0
    let next = index + step
    guard next >= 0 else { return say("This is the first lesson.", .aside) }
    close()
    guard next < Course.all.count else { return app.replace(SandboxScreen(app)) }
    app.replace(LessonScreen(app, Course.all[next]))
  }
}
