// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The sandbox: commands below, what comes of them above, and the loop that does it all in the scope.
final class SandboxScreen: TypingScreen {
  let app: App
  let history = History(lateLimit: .milliseconds(20))
  var run: SandboxRun?
  var news: SpawnedProcess<>?
  var transcript: [String] = []
  var editor = LineEditor()
  var frames: PeriodicTimer?
  var isPaused = false
  var speed: Double
  var scale = Duration.milliseconds(50)
  /// Whether keys are for the scope and not for the line.
  var isScoping = false
  var cursor: Int?
  var remark = ""

  init(_ app: App) {
    self.app = app
    let speed = app.options.speed ?? 1
    self.speed = LessonScreen.speeds.contains(speed) && speed.isFinite ? speed : 1
    transcript = ["Nothing happens until you type a command. Try: every 1 tick", "`help` lists the words.", ""]
  }

  var isTyping: Bool { !isScoping }

  // MARK: Life

  func appear() {
    if run == nil {
      do {
        let news = app.loop.spawn { [weak self] in self?.take() }
        self.news = news
        run = try SandboxRun(app.options, speed: speed) { [address = news.address] in address.notify() }
      } catch {
        transcript.append("! the sandbox can't be started: \(error)")
      }
    } else if !isPaused {
      run?.live.open(.run(speed: speed))
    }
    animate()
  }

  func disappear() {
    if !isPaused { run?.live.open(.stop) }
    frames?.cancel()
    frames = nil
  }

  func printed(_ line: String) { transcript.append(line) }

  func leave() {
    run?.live.abandon()
    run = nil
    news?.cancel()
    app.pop()
  }

  func take() {
    guard let run else { return }
    history.append(run.live.takeEvents())
    transcript += run.takeLines()
    if transcript.count > 2000 { transcript.removeFirst(1000) }
    if run.live.end != nil { leave() }
    app.invalidate()
  }

  func animate() {
    guard frames == nil, !isPaused else { return }
    frames = app.loop.addPeriodicTimer(every: .milliseconds(50)) { [weak self] timer in
      guard let self, !self.isPaused, self.run?.live.end == nil else {
        timer.cancel()
        self?.frames = nil
        return
      }
      self.app.invalidate()
    }
  }

  // MARK: Keys

  func handle(_ key: Key) {
    remark = ""
    switch key {
    case .escape:
      isScoping.toggle()
      cursor = nil
    case .function(1): app.push(help)
    case .control("d") where editor.isEmpty: leave()
    case .tab where !isScoping: complete()
    default: if isScoping { scope(key) } else if let line = editor.take(key) { submit(line) }
    }
  }

  func scope(_ key: Key) {
    switch key {
    case .character(" "): if isPaused { goOn() } else { pause() }
    case .character("."): step(.turn)
    case .character(">"): step(.callback)
    case .character(","):
      pause()
      cursor = history.stop(before: cursor ?? history.end)
    case .character("["): changeSpeed(-1)
    case .character("]"): changeSpeed(1)
    case .character("+"): scale = max(.milliseconds(10), scale / 2)
    case .character("-"): scale = min(.seconds(1), scale * 2)
    case .character("z"):
      app.push(
        ZoomScreen(
          app, title: "13 Sandbox", history: history, code: [], cursor: cursor, goOn: { [weak self] in self?.goOn() }))
    case .character("?"): app.push(help)
    case .character("q"): leave()
    case .character(":"), .enter: isScoping = false
    default: break
    }
  }

  func submit(_ line: String) {
    guard line.utf8.count <= 4096 else { return remark = "That is too long for a line: `load FILE` runs a script." }
    let words = line.split(separator: " ").map(String.init)
    transcript.append("> \(line)")
    switch words.first {
    case "pause": pause()
    case "run": goOn()
    case "step": for _ in 0..<max(1, min(1000, Int(words.dropFirst().first ?? "1") ?? 1)) { step(.turn) }
    case "back":
      pause()
      for _ in 0..<max(1, min(1000, Int(words.dropFirst().first ?? "1") ?? 1)) {
        cursor = history.stop(before: cursor ?? history.end)
      }
    default:
      if cursor != nil { cursor = nil }
      run?.submit(line)
      if isPaused, !line.isEmpty { remark = "The loop is paused: it runs this at `run` or `step`." }
    }
  }

  /// Completes the word before the cursor; shows what there is if there are several.
  func complete() {
    let line = editor.line
    let command = line.split(separator: ";").last.map(String.init) ?? ""
    let trimmed = command.drop { $0 == " " }
    guard !trimmed.contains(" ") else { return }
    let names = (Word.all.map(\.name) + ["pause", "step", "back", "run"]).filter { $0.hasPrefix(trimmed) }.sorted()
    if names.count == 1 {
      editor.replace(String(line.dropLast(trimmed.count)) + names[0] + " ")
    } else {
      remark = names.joined(separator: "  ")
    }
  }

  func pause() {
    isPaused = true
    run?.live.open(.stop)
  }

  func goOn() {
    isPaused = false
    cursor = nil
    run?.live.open(.run(speed: speed))
    animate()
  }

  func step(_ pass: Gate.Pass) {
    if let cursor {
      let next = history.stop(after: cursor)
      self.cursor = next >= history.end ? nil : next
      return
    }
    isPaused = true
    run?.live.open(pass)
  }

  func changeSpeed(_ step: Int) {
    let finite = LessonScreen.speeds.filter(\.isFinite)
    let index = finite.firstIndex(of: speed) ?? 3
    speed = finite[max(0, min(finite.count - 1, index + step))]
    if !isPaused { run?.live.open(.run(speed: speed)) }
  }

  var help: HelpScreen {
    HelpScreen(
      app, title: "the sandbox",
      sections: Word.families.map { family in
        (family.title, family.words.map { KeyRows.Entry($0.name, $0.help) })
      } + [
        (
          "the screen",
          [.init("pause", "stops time"), .init("step N", "turns"), .init("back N", "events"), .init("run", "goes on")]
        ),
        HelpScreen.legend,
      ])
  }
}
