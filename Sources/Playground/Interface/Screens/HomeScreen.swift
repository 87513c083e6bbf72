// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The course: what there is, what was done, and what the chosen one is about.
final class HomeScreen: TypingScreen {
  /// Something to open.
  struct Entry: Sendable {
    var number: Int
    var id: String
    var title: String
    var card: Card?
    var about: String
    var open: @Sendable (App) -> any Screen
  }

  let app: App
  var chosen = 0
  var filter: LineEditor?
  var command: LineEditor?
  var remark = ""
  private var hasBegun = false

  init(_ app: App) { self.app = app }

  var isTyping: Bool { filter != nil || command != nil }

  // MARK: Entries

  static let all: [Entry] =
    Course.all.map { lesson in
      let card = lesson.card
      return Entry(
        number: card.number, id: card.id, title: card.title, card: card, about: card.text,
        open: { LessonScreen($0, lesson) })
    } + [
      Entry(
        number: 13, id: "sandbox", title: "Sandbox", card: nil,
        about: """
          Nothing happens until you type a command: `every 1 tick`, `after 5 BOOM`, `defer sleep 2`, `spawn p`. Each
          stands for one line of Swift, which is shown, and what comes of it is seen in the scope.

          `export FILE.swift` writes the session as a program that compiles.
          """, open: { SandboxScreen($0) }),
      Entry(
        number: 14, id: "self", title: "The playground's own loop", card: nil,
        about: """
          This interface runs on the same loop as the lessons do: its keys, its frames and the signal of a window that
          was resized are events like any other. Here it looks at itself.

          How many turns does an idle interface make in a second?
          """, open: { SelfScreen($0) }),
    ]

  static let groups: [(title: String, numbers: ClosedRange<Int>)] = [
    ("BASICS", 1...5), ("HANDING WORK OVER", 6...9), ("OUTSIDE WORLD", 10...12), ("FREE PLAY", 13...14),
  ]

  var entries: [Entry] {
    guard let filter, !filter.isEmpty else { return Self.all }
    let word = filter.line.lowercased()
    return Self.all.filter { "\($0.id) \($0.title)".lowercased().contains(word) || "\($0.number)" == word }
  }

  // MARK: Keys

  func appear() {
    // Back from a lesson, that one is chosen; back from anything else, what was.
    if let last = app.lastLesson {
      app.lastLesson = nil
      return choose(last)
    }
    guard !hasBegun else { return }
    hasBegun = true
    // The first lesson that is not done.
    chosen = Self.all.firstIndex { $0.card != nil && app.state($0.id) != .done } ?? 0
  }

  func handle(_ key: Key) {
    remark = ""
    if command != nil { return typeCommand(key) }
    if filter != nil, isText(key) { return typeFilter(key) }
    switch key {
    case .up, .character("k"): chosen = max(0, chosen - 1)
    case .down, .character("j"): chosen = max(0, min(entries.count - 1, chosen + 1))
    case .home, .pageUp: chosen = 0
    case .end, .pageDown: chosen = max(0, entries.count - 1)
    case .enter, .right: openChosen()
    case .character("/"): show(LineEditor())
    case .character(":"): command = LineEditor()
    case .character("?"): app.push(help)
    case .character("q"), .escape: if filter != nil { show(nil) } else { app.pop() }
    default: break
    }
  }

  func openChosen() {
    guard entries.indices.contains(chosen) else { return }
    let entry = entries[chosen]
    show(nil)
    app.push(entry.open(app))
  }

  func choose(_ id: String) { chosen = Self.all.firstIndex { $0.id == id } ?? chosen }

  func isText(_ key: Key) -> Bool {
    switch key {
    case .character, .backspace, .delete, .left, .control, .paste: true
    default: false
    }
  }

  func typeFilter(_ key: Key) {
    var typed = filter
    _ = typed?.take(key)
    show(typed)
  }

  /// Shows what a filter leaves; what is chosen stays so where it is among that.
  private func show(_ filter: LineEditor?) {
    let id = entries.indices.contains(chosen) ? entries[chosen].id : nil
    self.filter = filter
    chosen = entries.firstIndex { $0.id == id } ?? 0
  }

  func typeCommand(_ key: Key) {
    if key == .escape { return command = nil }
    guard let line = command?.take(key) else { return }
    command = nil
    guard !line.isEmpty else { return }
    let word = line.split(separator: " ").map(String.init).last ?? ""
    if word == "q" || word == "quit" { return app.leave(.success) }
    if let entry = Self.all.first(where: { $0.id == word || Int(word) == $0.number }) {
      return app.push(entry.open(app))
    }
    let meant = Nearest.match(for: word, among: Self.all.map(\.id))
    remark = "There is no lesson \"\(word)\"." + (meant.map { " Did you mean \($0)?" } ?? "")
  }

  var help: HelpScreen {
    HelpScreen(
      app, title: "the course",
      sections: [
        (
          "Keys",
          [
            .init("↑ ↓", "choose"), .init("Enter", "open"), .init("/", "only those with a word in their names"),
            .init(":", "open by number or id"), .init("T", "colours on, off"),
            .init("P", "plain text, for screen readers"),
            .init("q", "leave"), .init("Ctrl-Z", "suspend; fg comes back"), .init("Ctrl-L", "draw everything anew"),
          ]
        ),
        (
          "In a script",
          [
            .init("list", "the lessons, one a line"), .init("run ID", "play one as text"),
            .init("run --all", "play all, and say whether all was as it should be"),
            .init("show ID", "its code"), .init("sandbox FILE", "commands from a file"), .init("help", "all of it"),
          ]
        ),
      ])
  }
}
