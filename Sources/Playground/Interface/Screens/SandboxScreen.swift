// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The sandbox: commands below, what comes of them above, and the loop that does it all in the scope.
final class SandboxScreen: TypingScreen {
  private let app: App
  private let history = History(lateLimit: .milliseconds(20))
  private var run: SandboxRun?
  private var news: SpawnedProcess<>?
  private var transcript: [String] = []
  private var editor = LineEditor()
  private var frames: PeriodicTimer?
  private var isPaused = false
  private var speed: Double
  private var scale = Duration.milliseconds(50)
  /// Whether keys are for the scope and not for the line.
  private var isScoping = false
  private var cursor: Int?
  private var remark = ""

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

  private func leave() {
    run?.live.abandon()
    run = nil
    news?.cancel()
    app.pop()
  }

  private func take() {
    guard let run else { return }
    history.append(run.live.takeEvents())
    transcript += run.takeLines()
    if transcript.count > 2000 { transcript.removeFirst(1000) }
    if run.live.end != nil { leave() }
    app.invalidate()
  }

  private func animate() {
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

  private func scope(_ key: Key) {
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

  private func submit(_ line: String) {
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
  private func complete() {
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

  private func pause() {
    isPaused = true
    run?.live.open(.stop)
  }

  private func goOn() {
    isPaused = false
    cursor = nil
    run?.live.open(.run(speed: speed))
    animate()
  }

  private func step(_ pass: Gate.Pass) {
    if let cursor {
      let next = history.stop(after: cursor)
      self.cursor = next >= history.end ? nil : next
      return
    }
    isPaused = true
    run?.live.open(pass)
  }

  private func changeSpeed(_ step: Int) {
    let finite = LessonScreen.speeds.filter(\.isFinite)
    let index = finite.firstIndex(of: speed) ?? 3
    speed = finite[max(0, min(finite.count - 1, index + step))]
    if !isPaused { run?.live.open(.run(speed: speed)) }
  }

  private var help: HelpScreen {
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

  // MARK: Drawing

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
