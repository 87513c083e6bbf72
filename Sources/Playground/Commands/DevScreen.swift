// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// A full screen that shows what reaches it, and that can be made to do what a screen must survive.
final class DevScreen: Interface {
  private let loop: EventLoop
  private weak var screen: FullScreen?
  private var size = Size(columns: 0, rows: 0)
  private var keys = 0
  private var lastKeys: [Key] = []
  private var events: [String] = []
  private var lines: [String] = []
  private var count = 0
  private var counter: PeriodicTimer?
  private var hasCursor = false
  /// Where the next crash happens.
  private var place = Character("u")
  private var background: BackgroundLoop?

  init(on loop: EventLoop) { self.loop = loop }

  func start(_ screen: FullScreen) {
    self.screen = screen
    size = screen.size
    events.append("start")
    do {
      background = try EventLoop.inBackground(.init(name: "second")) { _ in }
    } catch {
      lines.append("no second loop: \(error)")
    }
  }

  func resized(to size: Size) {
    self.size = size
    events.append("resized")
  }

  func printed(_ line: String) {
    lines.append(line)
    screen?.invalidate()
  }

  func suspended() { events.append("suspended") }

  func resumed() { events.append("resumed") }

  // MARK: Keys

  func handle(_ key: Key) {
    keys += 1
    lastKeys = lastKeys.suffix(7) + [key]
    switch key {
    case .control("c"): screen?.leave(.interrupted)
    case .character(let character): act(character)
    case .paste(let text): lines.append("paste \(SwiftText.literal(text))")
    default: break
    }
    screen?.invalidate()
  }

  private func act(_ key: Character) {
    switch key {
    case "q": screen?.leave(.success)
    case "t": tick { $0.invalidate() }
    case "T": tick { $0.redraw() }
    case "s": hasCursor.toggle()
    case "o": print("printed", "to standard output")
    case "e": Output().tell("printed to standard error")
    case "O": background?.handle.schedule { _ in Self.printMuch() }
    case "x": print("tab\there \u{1B}[31mred\rback\u{7} \u{202E}rtl 日本語 👨‍👩‍👧 e\u{301} end")
    case "i": lines.append("process \(JobControl.processID)")
    case "u", "l", "p": place = key
    case "F": crash(.fatal)
    case "I": crash(.index)
    case "A": crash(.abort)
    case "V": crash(.overflow)
    case "b": _ = loop.defer { SpinForever.run() } as DeferredJob<Void>
    case "B": background?.handle.schedule { _ in SpinForever.run() }
    default: break
    }
  }

  /// More than the pipe takes at once.
  private static func printMuch() { for number in 1...50_000 { print("line \(number)") } }

  /// Begins to draw again and again, or ends it.
  private func tick(_ draw: @escaping (FullScreen) -> Void) {
    if let counter {
      counter.cancel()
      self.counter = nil
      return
    }
    counter = PeriodicTimer(every: .milliseconds(5), on: loop) { [weak self] _ in
      guard let self, let screen = self.screen else { return }
      self.count += 1
      draw(screen)
    }
  }

  private func crash(_ way: Crashing) {
    switch place {
    case "l": background?.handle.schedule { _ in way.crash() }
    case "p": _ = loop.defer { way.crash() } as DeferredJob<Void>
    default: way.crash()
    }
  }

  // MARK: Drawing

  func draw(on canvas: inout Canvas) {
    let right = size.columns - 1
    canvas.put("size \(size.columns)x\(size.rows)", row: 0, column: 0, style: Style(bold: true))
    canvas.put("keys \(keys): \(lastKeys.map(Self.name).joined(separator: " "))", row: 1, column: 0, width: right)
    canvas.put("count \(count)", row: 2, column: 0, style: Style(color: .green))
    canvas.put("events \(events.suffix(8).joined(separator: " "))", row: 3, column: 0, width: right)
    let room = max(0, size.rows - 5)
    for (row, line) in lines.suffix(room).enumerated() {
      canvas.put(line, row: row + 4, column: 0, width: right, style: Style(color: .cyan, dim: true))
    }
    for row in 0..<size.rows { canvas.put("|", row: row, column: right, style: Style(color: .brightBlue)) }
    canvas.fill("=", row: size.rows - 1, columns: 0..<size.columns, style: Style(reverse: true))
    if hasCursor { canvas.cursor = Position(row: 1, column: 2) }
  }

  private static func name(_ key: Key) -> String {
    switch key {
    case .character(let character): SwiftText.escaped(String(character))
    case .control(let character): "C-\(character)"
    case .alt(let character): "M-\(SwiftText.escaped(String(character)))"
    case .function(let number): "F\(number)"
    case .paste(let text): "paste(\(text.count))"
    default: "\(key)"
    }
  }
}

/// A thread that is stuck.
private enum SpinForever {
  static func run() { while true { try? EventLoop.virtual().run(for: .seconds(1)) } }
}
