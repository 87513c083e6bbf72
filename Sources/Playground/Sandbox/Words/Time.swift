// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let time: [Word] = [
    Word(
      "wait TIME", example: "wait 2.5",
      "Lets the loop run for that long before the next command. What is due at its very end and was armed later comes after."
    ) { session, arguments throws(Complaint) in
      let duration = try arguments.duration()
      try arguments.end()
      session.echo("try loop.run(for: \(SwiftText.duration(duration)))")
      session.program.passes(duration)
      session.wait(for: duration)
    },
    Word(
      "expect TEXT [within TIME]", example: "expect \"got-it 42\" within 1",
      "Goes on when something with that text has been printed since the last expect; fails if that takes longer."
    ) { session, arguments throws(Complaint) in
      let text = try arguments.text(upTo: "within")
      let limit = arguments.take("within") ? try arguments.duration() : .zero
      try arguments.end()
      session.expect(text, within: limit)
    },
    Word(
      "speed NUMBER|max", example: "speed 0.25",
      "How fast time passes: 1 is real time, 0.25 slow motion, max jumps to what is due next."
    ) { session, arguments throws(Complaint) in
      let text = try arguments.word("a number, or max")
      try arguments.end()
      guard let speed = try? Options.speed(text) else {
        throw Complaint("\"\(text)\" is no speed: take a number from 0.1 to 10, or max")
      }
      session.echo("loop.virtualTime?.speed = \(SwiftText.speed(speed))")
      session.loop.virtualTime?.speed = speed
      session.program.adapt(toSpeed: speed)
      EventLoop.note(LoopEvent(.speed, label: text))
    },
  ]
}

extension SwiftText {
  /// A speed as a program writes it: `.infinity`, `1`, `0.25`.
  static func speed(_ speed: Double) -> String {
    guard speed.isFinite else { return ".infinity" }
    return speed == speed.rounded() ? "\(Int(speed))" : "\(speed)"
  }
}

extension LoopEvent.Kind {
  /// Time passes at another speed from here on; the label is the speed.
  static let speed = Self("speed", .point, .notes)
}
