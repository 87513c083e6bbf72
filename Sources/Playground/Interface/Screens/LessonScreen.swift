// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A lesson: read it, predict, run it, stop it, go back in it.
///
/// The lesson runs on a loop and a thread of its own; what that tells is taken here, on the interface's loop, and drawn.
final class LessonScreen: TypingScreen {
  let app: App
  let lesson: any Lesson.Type
  let card: Card
  let code: [LessonText.Line]
  var stage = LessonView.Stage.reading
  var pane = LessonView.Pane.log
  var history = History()
  var live: (any Running)?
  /// The moment that is shown; `nil` for now.
  var cursor: Int?
  var isPaused = false
  var speed: Double
  var scale = Duration.milliseconds(50)
  var scroll = 0
  var predicted: Int?
  /// What the run showed to be right.
  var answer: Int?
  var hasNewRuns = false
  /// What was said last about a key, and until when it stays.
  var remark: (text: String, style: Style)?
  private lazy var frames = Frames(app) { [weak self] in self?.moves ?? false }
  private var judging: PeriodicTimer?
  /// What is typed on the last line, and what is done with it.
  var prompt: (label: String, editor: LineEditor, done: (String) -> Void)?
  /// What was pressed, for the command line that does the same.
  var presses: [Options.Press] = []
  /// Whether commands were typed.
  var hasCommands = false
  /// Whether something else is on top.
  private var isAway = false
  private var runs = 0
  private var news: SpawnedProcess<>?
  /// Who hears what a command says.
  var answers: SpawnedProcess<>?
  /// When the interface's thread came back from a callback of the lesson, how long that took, and how many keys came then.
  var thawed: (time: Instant, length: Duration, keys: Int)?

  init(_ app: App, _ lesson: any Lesson.Type) {
    self.app = app
    self.lesson = lesson
    card = lesson.card
    code = LessonText.region(of: card.file)
    speed = app.options.speed ?? 1
  }

  var isTyping: Bool { prompt != nil }

  // MARK: The run

  /// Starts the lesson anew, on a thread of its own.
  func start() {
    live?.abandon()
    begin { run in
      // The lesson's thread tells this one by a message; a run that was abandoned talks to nobody.
      let news = app.loop.spawn { [weak self] in self?.take(run) }
      self.news = news
      return try LiveRun(lesson, speed: speed.isFinite ? speed : 1, threads: app.options.pool ?? 2) {
        [address = news.address] in
        address.notify()
      }
    }
    presses = app.options.presses
    for press in presses { live?.press(press.key, at: press.time) }
    if !speed.isFinite { live?.open(pace) }
  }

  /// Begins a run from nothing; what an earlier one still tells is of no interest.
  func begin(_ make: (Int) throws -> any Running) {
    history = History(lateLimit: .milliseconds(20))
    cursor = nil
    isPaused = false
    answer = nil
    presses = []
    thawed = nil
    hasCommands = false
    stage = .running
    runs += 1
    live = nil
    do { live = try make(runs) } catch { say("The lesson can't be started: \(error)", .bad) }
    app.progress(card.id, .started)
    animate()
  }

  /// How the loop goes on: at infinite speed in leaps, since nothing could be watched and a beat would never end.
  var pace: Gate.Pass {
    speed.isFinite ? .run(speed: speed) : .leap(until: (live?.now ?? .zero) + Self.leap)
  }

  /// How far a leap goes.
  static let leap = Duration.seconds(10)

  /// Takes what the lesson has told.
  func take(_ run: Int) {
    guard run == runs, let live else { return }
    let events = live.takeEvents()
    if !events.isEmpty {
      history.append(events)
      hasNewRuns = true
      if answer == nil { judgeSoon() }
    }
    // While nobody looks it is held by us.
    if !speed.isFinite, !isPaused, !isAway, live.isHeld {
      isPaused = true
      say("A leap of \(Amount.text(Self.leap)) is over: Space for the next, [ and Space to watch again.", .running)
    }
    if case .threw(let error) = live.end { say("The lesson ended with an error: \(error)", .bad) }
    animate()
    app.invalidate()
  }

  /// Looks whether the run has answered the question: not more often than needed, since it reads the whole trace.
  private func judgeSoon() {
    guard judging == nil else { return }
    judging = app.loop.addPeriodicTimer(every: .milliseconds(500)) { [weak self] timer in
      guard let self, self.answer == nil, self.hasNewRuns else {
        timer.cancel()
        self?.judging = nil
        return
      }
      self.hasNewRuns = false
      self.judge()
    }
  }

  /// Whether something was done that the question doesn't speak of: its answer would be that of another question.
  var isOtherExperiment: Bool {
    let asked = Set(card.question.press.split { !$0.isLetter }.filter { $0.count == 1 }.map(String.init))
    return hasCommands || (!asked.isEmpty && presses.contains { !asked.contains($0.key) })
  }

  private func judge() {
    // Where everything has come to rest: in the middle of it the answer would be another.
    let now = history.now
    guard !isOtherExperiment else { return }
    guard stage == .running, history.events.count < 50_000, now.phase != .running || now.step == 1, now.ticks == 0,
      now.items.runningJobs + now.items.waitingJobs == 0
    else { return hasNewRuns = true }
    answer = lesson.init().answer(Trace(history.events, isExact: false))
    guard answer != nil else { return }
    app.progress(card.id, .done)
    app.invalidate()
  }

  // MARK: Frames

  /// Whether what is shown moves by itself.
  private var moves: Bool {
    stage == .running && !isPaused && cursor == nil && live?.end == nil && !(live?.isHeld ?? true)
  }

  /// Draws while time flows.
  func animate() { frames.update() }

  func appear() {
    isAway = false
    app.lastLesson = card.id
    if stage == .running, !isPaused { live?.open(pace) }
    animate()
  }

  func disappear() {
    isAway = true
    // Nobody looks, and on return time shall not have jumped.
    if stage == .running, !isPaused { live?.open(.stop) }
    frames.stop()
  }

  /// Ends the lesson.
  func close() {
    runs += 1
    live?.abandon()
    live = nil
    frames.stop()
    judging?.cancel()
  }

  func printed(_ line: String) {
    history.note(LogLine(time: history.now.time, turn: "", kind: "print", text: line))
  }

  func say(_ text: String, _ style: Style = .plain) { remark = (text, style) }
  func hush() { remark = nil }

  // MARK: Time

  func pause() {
    guard !isPaused else { return }
    isPaused = true
    live?.open(.stop)
    animate()
  }

  func goOn() {
    isPaused = false
    cursor = nil
    live?.open(pace)
    animate()
  }

  func change(speed new: Double) {
    speed = isShared ? max(new, SharedRun.slowest) : new
    if !isPaused { live?.open(pace) }
  }
}
