// SPDX-License-Identifier: Apache-2.0

/// One word of the sandbox's language: what it is called, what help says of it, and what it does.
struct Word: Sendable {
  let name: String
  /// How it is written: `every TIME TEXT`.
  let usage: String
  /// One that works: `every 1 tick`.
  let example: String
  /// What it does, in one or two sentences.
  let help: String
  /// Checks all that follows it before it does anything, so that a complaint leaves the session as it was.
  let run: @Sendable (SandboxSession, inout Arguments) throws(Complaint) -> Void

  init(
    _ usage: String, example: String, _ help: String,
    run: @escaping @Sendable (SandboxSession, inout Arguments) throws(Complaint) -> Void
  ) {
    name = String(usage.prefix { $0 != " " })
    self.usage = usage
    self.example = example
    self.help = help
    self.run = run
  }

  /// All words, by family, in the order in which help shows them.
  static let families: [(title: String, words: [Word])] = [
    ("timers", timers), ("ticks", ticks), ("deferrables", deferrables), ("processes", processes),
    ("pool", pool), ("signals", signals), ("time", time), ("scripts", scripts), ("session", session),
  ]

  static let all = families.flatMap(\.words)

  static func named(_ name: String) -> Word? { all.first { $0.name == name } }

  /// The word of that name, or what to say to somebody who typed it.
  static func find(_ name: String) throws(Complaint) -> Word {
    if let word = named(name) { return word }
    if let word = Nearest.match(for: name, among: all.map(\.name)) {
      throw Complaint("unknown word \"\(name)\". Did you mean: \(word)?")
    }
    throw Complaint("unknown word \"\(name)\". `help` lists all there are")
  }
}
