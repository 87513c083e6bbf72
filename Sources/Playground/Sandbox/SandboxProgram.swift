// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The Swift that a session stands for, as one program: what was echoed, with a run of the loop wherever time went by.
///
/// Commands of one instant are said one after the other, and the loop turns when time goes on.
struct SandboxProgram {
  private var lines: [String]
  /// What the program's loop says the time is behind the last line.
  private var clock = Instant.zero
  /// Whether time flows by the machine's clock.
  private var isOdd: Bool

  /// A program with a loop.
  init(speed: Double, threads: Int?) {
    isOdd = speed.isFinite
    lines = Self.opening(speed: speed, threads: threads)
  }

  /// How it begins, in the echo too.
  static func opening(speed: Double, threads: Int?) -> [String] {
    var lines = ["let loop = EventLoop.virtual()"]
    if speed.isFinite { lines.append("loop.virtualTime?.speed = \(SwiftText.speed(speed))") }
    if let threads { lines.append("DeferPool.shared.threads = \(threads)") }
    return lines
  }

  /// Adds what a command stands for that was said then.
  mutating func add(_ new: [String], at now: Instant) {
    catchUp(to: now)
    lines += new
  }

  /// Time passes otherwise from here on.
  mutating func adapt(toSpeed speed: Double) { isOdd = speed.isFinite }

  /// The last lines let that much time pass by themselves.
  mutating func passes(_ duration: Duration) { clock = clock + duration }

  private mutating func catchUp(to now: Instant) {
    // Somebody types at odd times, and milliseconds are enough of them; what a script waits for is exact.
    let odd = isOdd ? Duration.nanoseconds((now - clock).roundedNanoseconds % 1_000_000) : .zero
    let passed = now - clock - odd
    guard passed > .zero else { return }
    lines.append("try loop.run(for: \(SwiftText.duration(passed)))")
    clock = clock + passed
  }

  /// The whole file, at that time; `endless` names what would go on for ever.
  func text(at now: Instant, endless: [String]) -> String {
    var program = self
    program.catchUp(to: now)
    if endless.isEmpty {
      program.lines.append("try loop.run(until: .idle)")
    } else {
      program.lines.append("// For ten seconds more: \(endless.joined(separator: ", ")) would go on for ever.")
      program.lines.append("try loop.run(for: .seconds(10))")
    }
    return """
      // A session of the playground's sandbox. It is the main.swift of a package that depends on the product Concurrency;
      // `playground eject` makes such a package.
      import Concurrency

      \(program.lines.joined(separator: "\n"))

      """
  }
}

extension Word {
  static let export = Word(
    "export FILE.swift", example: "export main.swift",
    "Writes this session as a Swift program: the lines behind =, with runs of the loop where time went by."
  ) { session, arguments throws(Complaint) in
    let path = try arguments.text("a file")
    guard path.hasSuffix(".swift") else {
      throw Complaint("\(path) should end in .swift, since that is what it will be")
    }
    let endless = session.things.alive.filter { $0 is PeriodicThing }.map(\.name)
    try session.write(session.program.text(at: session.loop.now, endless: endless), to: path)
    session.say("exported to \(path)")
  }
}
