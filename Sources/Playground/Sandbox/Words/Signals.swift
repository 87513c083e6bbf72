// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  /// What may be raised, by the name that people know, and what Swift calls it.
  ///
  /// The others would end the playground, or belong to the terminal.
  private static let raisable: [(name: String, signal: Signal, code: String)] = [
    ("USR1", .user1, ".user1"), ("USR2", .user2, ".user2"), ("WINCH", .windowChange, ".windowChange"),
    ("CHLD", .child, ".child"), ("CONT", .continue, ".continue"), ("ALRM", .alarm, ".alarm"),
  ]

  static let signals: [Word] = [
    Word(
      "signal NAME", example: "signal USR1",
      "Raises a signal in this process. The loop hears it as an ordinary callback, not inside a signal handler."
    ) { session, arguments throws(Complaint) in
      let wanted = try arguments.word("the name of a signal")
      try arguments.end()
      let name = wanted.uppercased().hasPrefix("SIG") ? String(wanted.uppercased().dropFirst(3)) : wanted.uppercased()
      guard let known = Word.raisable.first(where: { $0.name == name }) else {
        throw Complaint(
          "signal can't raise \"\(wanted)\": it knows \(Word.raisable.map(\.name).joined(separator: ", "))")
      }
      if session.signals.insert(known.signal).inserted {
        session.echo("loop.onSignal(\(known.code)) { print(\"heard \(name)\") }")
        session.loop.onSignal(known.signal, file: session.file, line: session.line) { session.log("heard \(name)") }
          .label(name)
      }
      session.echo("Signal\(known.code).raise()")
      known.signal.raise()
    }
  ]
}
