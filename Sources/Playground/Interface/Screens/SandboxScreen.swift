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
  private lazy var frames = Frames(app) { [weak self] in self?.moves ?? false }
  var isPaused = false
  var speed: Double
  /// How many turns are still to be stepped, one after the other.
  private var turnsLeft = 0
  var scale = Duration.milliseconds(50)
  /// Whether keys are for the scope and not for the line.
  var isScoping = false
  var cursor: Int?
  var remark = ""

  init(_ app: App) {
    self.app = app
    let speed = app.options.speed ?? 1
    self.speed = speed.isFinite ? speed : 1
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
    frames.update()
  }

  func disappear() {
    if !isPaused { run?.live.open(.stop) }
    frames.stop()
  }

  func printed(_ line: String) { transcript.append(line) }

  func leave() {
    run?.live.abandon()
    run = nil
    news?.cancel()
    app.remove(self)
  }

  func take() {
    guard let run else { return }
    let events = run.live.takeEvents()
    history.append(events)
    // A command may have set it.
    for event in events where event.is(.speed) { speed = (try? Options.speed(event.label ?? "")) ?? speed }
    if turnsLeft > 0, run.live.isHeld { stepOn() }
    transcript += run.takeLines()
    if transcript.count > 2000 { transcript.removeFirst(1000) }
    if run.live.end != nil { leave() }
    app.invalidate()
  }

  /// Whether what is shown moves by itself.
  private var moves: Bool { !isPaused && run.map { $0.live.end == nil } ?? false }

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
    case .character("["): change(speed: Speeds.slower(than: speed))
    case .character("]"): change(speed: Speeds.faster(than: speed, atMost: 10))
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
    guard line.utf8.count < SandboxRun.longestLine else {
      return remark = "That is too long for a line: `load FILE` runs a script."
    }
    let words = line.split(separator: " ").map(String.init)
    transcript.append("> \(line)")
    switch words.first {
    case "pause": pause()
    case "run": goOn()
    case "step":
      turnsLeft = count(words)
      while turnsLeft > 0, cursor != nil { stepOn() }
      if turnsLeft > 0 { stepOn() }
    case "back":
      pause()
      for _ in 0..<count(words) { cursor = history.stop(before: cursor ?? history.end) }
    default:
      cursor = nil
      guard run?.submit(line) ?? true else {
        return remark = "That is not taken: so much waits already. The loop must run before."
      }
      if isPaused, !line.isEmpty { remark = "The loop is paused: it runs this at `run` or `step`." }
    }
  }

  /// How many turns or events a command asks for.
  private func count(_ words: [String]) -> Int { max(1, min(1000, words.count > 1 ? Int(words[1]) ?? 1 : 1)) }

  /// Takes the next of several turns: each begins where the one before has come to its end.
  private func stepOn() {
    let left = turnsLeft - 1
    step(.turn)
    turnsLeft = left
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
    turnsLeft = 0
    isPaused = true
    run?.live.open(.stop)
  }

  func goOn() {
    turnsLeft = 0
    isPaused = false
    cursor = nil
    run?.live.open(.run(speed: speed))
    frames.update()
  }

  func step(_ pass: Gate.Pass) {
    turnsLeft = 0
    if let cursor {
      let next = history.stop(after: cursor)
      self.cursor = next >= history.end ? nil : next
      return
    }
    isPaused = true
    run?.live.open(pass)
  }

  func change(speed new: Double) {
    speed = new
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
