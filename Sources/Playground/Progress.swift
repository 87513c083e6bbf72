// SPDX-License-Identifier: Apache-2.0

import Lessons
import Reactor

/// Which lessons somebody has begun, and which are done.
///
/// Kept as a text that people can read and mend, `$XDG_STATE_HOME/reactor-playground/progress`, one line for each lesson
/// that isn't new:
///
/// ```text
/// chunking done
/// pool started
/// ```
///
/// Lines that it doesn't know are kept: a later playground may have written them. Two playgrounds may run at once: a
/// change is made to what the file says at that moment, behind a lock of its own, and becomes the file by being renamed.
struct Progress {
  enum State: String, Comparable, CaseIterable, Sendable {
    case new, started, done

    static func < (left: State, right: State) -> Bool { left.rank < right.rank }
    private var rank: Int { [.new: 0, .started: 1, .done: 2][self] ?? 0 }
  }

  /// Where it is kept; `nil` if it can't be.
  private let folder: String?
  private var lines: [String]
  /// Why it isn't kept, until somebody has been told.
  private var complaint: String?

  /// What was kept so far.
  static func load() -> Progress { Progress(variable: ProcessFacts.variable) }

  /// As ``load()``, with another environment.
  init(variable: (String) -> String?) {
    lines = []
    func path(_ name: String) -> String? { variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil } }
    // A machine that builds changes learns nothing.
    guard variable("CI")?.isEmpty ?? true else {
      folder = nil
      return
    }
    guard let state = path("XDG_STATE_HOME") ?? path("HOME").map({ $0 + "/.local/state" }) else {
      folder = nil
      complaint = "neither HOME nor XDG_STATE_HOME says where"
      return
    }
    folder = state + "/reactor-playground"
    lines = (try? read()) ?? []
  }

  /// How far somebody has come with the lesson.
  func state(of id: String) -> State { Self.state(of: id, in: lines) }

  /// Takes note of how far somebody has come; it never goes back.
  ///
  /// It works also where nothing can be kept; see ``takeComplaint()``.
  mutating func mark(_ id: String, _ state: State) {
    guard state > self.state(of: id) else { return }
    // Before the file is looked at: the mark holds for this run, whatever becomes of that.
    lines = Self.marked(lines, id, state)
    change { Self.marked($0, id, state) }
  }

  /// Forgets everything; throws if the file can't be removed.
  mutating func reset() throws(SystemError) {
    lines = []
    guard let folder else { return }
    try Folders.remove(folder + "/progress")
  }

  /// Why progress isn't kept, once: the next time there is nothing to tell.
  mutating func takeComplaint() -> String? {
    defer { complaint = nil }
    return complaint.map { "progress isn't kept: \($0)" }
  }

  // MARK: The file

  private mutating func change(_ body: ([String]) -> [String]) {
    guard let folder, !isBroken else { return }
    do throws(SystemError) {
      try Folders.make(folder)
      try Folders.locked(folder + "/lock") { () throws(SystemError) in
        lines = body(try read())
        try Folders.replace(folder + "/progress", with: Array(lines.map { $0 + "\n" }.joined().utf8))
      }
    } catch {
      isBroken = true
      complaint = "\(error)"
    }
  }

  private var isBroken = false

  /// The file's lines; none if there is no file.
  private func read() throws(SystemError) -> [String] {
    guard let folder, Folders.exists(folder + "/progress") else { return [] }
    let text = String(decoding: try Descriptors.contents(folder + "/progress"), as: UTF8.self)
    return text.split(separator: "\n").map(String.init)
  }

  // MARK: Lines

  private static func state(of id: String, in lines: [String]) -> State {
    lines.compactMap { line -> State? in
      guard let mark = parsed(line), mark.id == id else { return nil }
      return mark.state
    }.max() ?? .new
  }

  private static func marked(_ lines: [String], _ id: String, _ state: State) -> [String] {
    let state = max(state, self.state(of: id, in: lines))
    var lines = lines
    let place = lines.firstIndex { parsed($0)?.id == id }
    if let place { lines[place] = "\(id) \(state)" } else { lines.append("\(id) \(state)") }
    return lines
  }

  private static func parsed(_ line: String) -> (id: String, state: State)? {
    let words = line.split(separator: " ")
    guard words.count == 2, let state = State(rawValue: String(words[1])) else { return nil }
    return (String(words[0]), state)
  }
}

/// `playground reset --progress`: all lessons are new again.
enum ResetProgress {
  static func run(_ output: Output) -> ExitCode {
    var progress = Progress.load()
    do throws(SystemError) {
      try progress.reset()
    } catch {
      output.tell("playground reset: \(error)")
      return .environment
    }
    output.print("All lessons are new again.")
    return .success
  }
}
