// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let session: [Word] = [
    Word("ps", example: "ps", "Lists what is there and how it stands.") { session, arguments throws(Complaint) in
      try arguments.end()
      let things = session.things.all.filter { !$0.isOver || $0 is DeferrableThing }
      if things.isEmpty { session.say("Nothing is there. `help` lists what can be made.") }
      for line in Things.table(things) { session.say(line) }
    },
    Word(
      "log on|off", example: "log off",
      "Stops printing what happens, and goes on with it: for typing in peace. `expect` sees it all the same."
    ) { session, arguments throws(Complaint) in
      switch try arguments.word("on or off") {
      case "on": session.showsLog = true
      case "off": session.showsLog = false
      case let other: throw Complaint("log is on or off, not \"\(other)\"")
      }
      try arguments.end()
    },
    Word("help [WORD]", example: "help every", "Lists the words, or tells of one.") {
      session, arguments throws(Complaint) in
      guard !arguments.isEmpty else {
        for line in help { session.say(line) }
        return
      }
      let word = try Word.find(try arguments.word("a word"))
      try arguments.end()
      session.say("\(word.usage)")
      for line in wrapped(word.help.split(separator: " ").map(String.init), by: " ", to: 74) { session.say(line) }
      if word.example != word.usage { session.say("as in: \(word.example)") }
    },
    Word("stop", example: "stop", "Stops the loop: all that is still to come is released unrun. The session ends.") {
      session, arguments throws(Complaint) in
      try arguments.end()
      session.echo("loop.stop()")
      session.end(.success)
    },
    Word("quit", example: "quit", "Leaves the sandbox. Ctrl-D does, too.") { session, arguments throws(Complaint) in
      try arguments.end()
      session.end(.success)
    },
  ]

  /// All words on one screen.
  private static var help: [String] {
    let lines = families.flatMap { family in
      wrapped(family.words.map(\.usage), by: "   ", to: 62).enumerated().map { index, line in
        LogLine.padded(index == 0 ? family.title : "", to: 13) + line
      }
    }
    return lines + [
      "", "A TIME is in seconds, or has a unit: 2, 0.5, 250ms, 1m. A TEXT with odd",
      "characters goes in \"quotes\". ; divides commands, # begins a comment.",
      "help WORD tells more of one.",
    ]
  }

  /// The parts in as few lines as they fit in.
  private static func wrapped(_ parts: [String], by gap: String, to width: Int) -> [String] {
    var lines: [String] = []
    for part in parts {
      if let last = lines.last, last.count + gap.count + part.count <= width {
        lines[lines.count - 1] = last + gap + part
      } else {
        lines.append(part)
      }
    }
    return lines
  }
}

extension Things {
  /// One line for each: name, sort, state.
  static func table(_ things: [any Thing]) -> [String] {
    let width = max(3, things.map(\.name.count).max() ?? 0)
    return things.map {
      "\(LogLine.padded($0.name, to: width))  \(LogLine.padded($0.sort, to: 10))  \($0.state)"
    }
  }

  /// What keeps the loop from becoming idle.
  var alive: [any Thing] { all.filter { $0.keepsLoopAlive } }
}
