// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What is typed on the last line.
extension LessonScreen {
  func ask(_ label: String, _ text: String, _ done: @escaping (String) -> Void) {
    var editor = LineEditor()
    editor.replace(text)
    prompt = (label, editor, done)
  }

  func type(_ key: Key) {
    guard var prompt else { return }
    if key == .escape { return self.prompt = nil }
    let line = prompt.editor.take(key)
    self.prompt = prompt
    guard let line else { return }
    self.prompt = nil
    if !line.isEmpty { prompt.done(line) }
  }

  /// The command that does the same without a screen.
  var commandLine: String {
    let keys = presses.map {
      " --do \($0.key)@\(Seconds.exact(nanoseconds: $0.time.roundedNanoseconds / 1_000_000 * 1_000_000))"
    }
    return "run \(card.id)\(keys.joined())"
  }

  /// A command of the sandbox, on the lesson's loop.
  func perform(_ line: String) {
    guard !isShared else {
      return say("A command might hold the interface's thread for ever: r takes the lesson off it.", .running)
    }
    hasCommands = true
    let said = Locked<[String]>([])
    answers = app.loop.spawn { [weak self] in
      let lines = said.withLock { $0 }
      if let self, let last = lines.last { self.say(last.split(separator: " ").joined(separator: " "), .aside) }
      self?.app.invalidate()
    }
    guard let address = answers?.address else { return }
    let isTaken = live?.schedule { [options = app.options] loop in
      LoopCommands.perform(line, on: loop, options) { line in
        said.withLock { $0.append(line) }
        address.notify()
      }
    }
    if isTaken != true { say("The loop has ended: r runs it again.", .running) }
  }

  func save(_ path: String) {
    do {
      try TraceFiles.save(history.events, title: card.id, to: path)
      say("The trace is in \(path): open it at ui.perfetto.dev.", .good)
    } catch {
      say("\(error)", .bad)
    }
  }
}
