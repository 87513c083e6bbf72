// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let scripts: [Word] = [
    Word(
      "load FILE", example: "load demo.txt",
      "Takes commands from a file, then goes on here."
    ) { session, arguments throws(Complaint) in
      let path = try arguments.text("a file")
      try session.load(path)
    },
    Word(
      "save FILE", example: "save demo.txt",
      "Writes what you typed so far to a file, with waits where time went by: `load` and `sandbox FILE` play it."
    ) { session, arguments throws(Complaint) in
      let path = try arguments.text("a file")
      try session.write(session.history.script, to: path)
      session.say("saved \(session.history.count) commands to \(path)")
    },
    Word(
      "trace FILE", example: "trace demo.json",
      "Writes what happened so far as a trace for ui.perfetto.dev or chrome://tracing."
    ) { session, arguments throws(Complaint) in
      let path = try arguments.text("a file")
      try session.write(session.trace, to: path)
      session.say("traced to \(path)")
    },
    export,
  ]
}

extension SandboxSession {
  /// Writes a file that a command names.
  func write(_ text: String, to path: String) throws(Complaint) {
    do throws(SystemError) {
      let descriptor = try Descriptors.create(path)
      do throws(SystemError) {
        try Descriptors.write(Array(text.utf8), to: descriptor)
      } catch {
        // The first error is the one to tell.
        try? Descriptors.close(descriptor, path)
        throw error
      }
      try Descriptors.close(descriptor, path)
    } catch {
      throw Complaint("\(path) can't be written: \(error.reason)")
    }
  }
}

/// The commands of a session and when they were said.
struct SandboxHistory {
  private struct Entry {
    let text: String
    let began: Instant
    var ended: Instant
  }
  private var entries: [Entry] = []

  var count: Int { entries.count }

  /// Words that only look at the session.
  private static let onlookers: Set<String> = ["save", "trace", "export", "help", "ps"]

  /// A command was performed.
  mutating func add(_ command: [Token], at now: Instant) {
    guard !Self.onlookers.contains(command[0].text) else { return }
    entries.append(Entry(text: command.map(Self.quoted).joined(separator: " "), began: now, ended: now))
  }

  /// The last command has ended: after a wait, that is later than it began.
  mutating func end(at now: Instant) {
    guard !entries.isEmpty else { return }
    entries[entries.count - 1].ended = now
  }

  /// A script that says the same at the same times, to the millisecond.
  var script: String {
    var lines = ""
    var last = Instant.zero
    for entry in entries {
      let pause = (entry.began - last).roundedNanoseconds / 1_000_000
      if pause > 0 { lines += "wait \(Seconds.exact(nanoseconds: pause * 1_000_000))\n" }
      lines += entry.text + "\n"
      last = max(last, entry.ended)
    }
    return lines
  }

  private static func quoted(_ token: Token) -> String {
    let needsQuotes = token.isQuoted || token.text.contains { $0.isWhitespace || $0 == ";" || $0 == "\"" }
    guard needsQuotes || token.text.hasPrefix("#") || token.text.isEmpty else { return token.text }
    let escapes: [Character: String] = ["\"": "\\\"", "\\": "\\\\", "\n": "\\n", "\t": "\\t"]
    return "\"" + token.text.map { escapes[$0] ?? String($0) }.joined() + "\""
  }
}
