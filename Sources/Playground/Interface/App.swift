// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The interface: a pile of screens, of which the topmost is seen.
final class App: Interface {
  /// The interface's own loop.
  let loop: EventLoop
  let options: Options
  private(set) var screens: [any Screen] = []
  private weak var screen: FullScreen?
  /// Whether colours were turned off by a key.
  private var isPlain = false
  /// What is to be done when the terminal is the shell's again.
  private(set) var afterwards: (() -> ExitCode)?

  init(loop: EventLoop, options: Options, progress: Progress = .load()) {
    self.progress = progress
    self.loop = loop
    self.options = options
  }

  // MARK: Progress

  private var progress: Progress

  /// How far somebody has come with a lesson.
  func state(_ id: String) -> Progress.State { progress.state(of: id) }

  /// Takes note of how far somebody has come with a lesson.
  func progress(_ id: String, _ state: Progress.State) {
    progress.mark(id, state)
  }

  /// The lesson that was shown last, for the course to choose it.
  var lastLesson: String?

  /// Why progress isn't kept, once.
  func takeComplaint() -> String? { progress.takeComplaint() }

  // MARK: For screens

  /// Asks for a frame.
  func invalidate() { screen?.invalidate() }

  /// The terminal's size.
  var size: Size { screen?.size ?? Size(columns: 80, rows: 24) }

  var isASCII: Bool { screen?.isASCII ?? false }

  /// Puts a screen on top.
  func push(_ next: any Screen) {
    screens.last?.disappear()
    screens.append(next)
    next.appear()
    invalidate()
  }

  /// Puts a screen in place of the topmost.
  func replace(_ next: any Screen) {
    screens.popLast()?.disappear()
    screens.append(next)
    next.appear()
    invalidate()
  }

  /// Takes the topmost away; the interface ends with the last one.
  func pop() {
    screens.popLast()?.disappear()
    guard let top = screens.last else { return leave(.success) }
    top.appear()
    invalidate()
  }

  /// Takes a screen away, also from below another one.
  func remove(_ screen: any Screen) {
    if screens.last === screen { pop() } else { screens.removeAll { $0 === screen } }
  }

  func leave(_ code: ExitCode) {
    for screen in screens { screen.disappear() }
    screens = []
    screen?.leave(code)
  }

  /// Ends the interface, and goes on with something else on the same terminal.
  func leave(then next: @escaping () -> ExitCode) {
    afterwards = next
    leave(.success)
  }

  // MARK: Interface

  func start(_ screen: FullScreen) {
    self.screen = screen
    screens.last?.appear()
  }

  func handle(_ key: Key) {
    switch key {
    case .control("c"): leave(.interrupted)
    case .control("l"): screen?.redraw()
    case .character("T") where !isTyping:
      isPlain.toggle()
      invalidate()
    case .character("P") where !isTyping: leave { [options] in MenuCommand.run(options, output: Output()) }
    default:
      screens.last?.handle(key)
      invalidate()
    }
  }

  /// Whether letters are text now.
  private var isTyping: Bool { (screens.last as? any TypingScreen)?.isTyping ?? false }

  func resized(to size: Size) {}
  func printed(_ line: String) {
    screens.last?.printed(line)
    invalidate()
  }
  func suspended() { screens.last?.disappear() }
  func resumed() { screens.last?.appear() }

  func draw(on canvas: inout Canvas) {
    screens.last?.draw(on: &canvas)
    if isASCII { canvas.map(ASCII.character) }
    if isPlain {
      for row in 0..<canvas.size.rows {
        canvas.restyle(row: row, columns: 0..<canvas.size.columns) { $0.color = .plain }
      }
    }
  }
}

/// A screen into which text may be typed.
protocol TypingScreen: Screen {
  /// Whether letters are text now, and not keys that do something.
  var isTyping: Bool { get }
}
