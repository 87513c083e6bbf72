// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let timers: [Word] = [
    Word(
      "every TIME TEXT", example: "every 1 tick",
      "Prints the text again and again. The deadlines stand on a grid, so a busy loop makes one late, not all."
    ) { session, arguments throws(Complaint) in
      let interval = try arguments.duration()
      let text = try arguments.text()
      guard interval > .zero else {
        throw Complaint("every 0 would print in each turn for ever: take 1ms or more")
      }
      let name = session.things.newName("t")
      session.echo(
        SwiftText.closure(
          "let \(name) = loop.addPeriodicTimer(every: \(SwiftText.duration(interval)))", SwiftText.print(text)))
      let timer = session.loop.addPeriodicTimer(every: interval, file: session.file, line: session.line) {
        session.log(text)
      }
      session.things.add(PeriodicThing(name, timer.label(name)))
    },
    Word(
      "after TIME TEXT", example: "after 5 BOOM",
      "Prints the text once, when the time has passed: never early."
    ) { session, arguments throws(Complaint) in
      let delay = try arguments.duration()
      let text = try arguments.text()
      let name = session.things.newName("t")
      session.echo(
        SwiftText.closure("let \(name) = loop.addTimer(after: \(SwiftText.duration(delay)))", SwiftText.print(text)))
      let timer = session.loop.addTimer(after: delay, file: session.file, line: session.line) { session.log(text) }
      session.things.add(OneShotThing(name, timer.label(name)))
    },
    Word(
      "cancel NAME|all", example: "cancel t1",
      "Cancels a timer, a job, a chunk or a process, or all of them."
    ) { session, arguments throws(Complaint) in
      let name = try arguments.word("a name")
      try arguments.end()
      guard name == "all" else {
        let thing = try session.things.find(name, "timer, job, chunk or process", as: (any Thing).self)
        guard thing.isCancellable else {
          throw Complaint("\(name) is a \(thing.sort), which can't be cancelled: succeed it or fail it")
        }
        session.echo("\(name).cancel()")
        return thing.cancel()
      }
      let things = session.things.all.filter { !$0.isOver && $0.isCancellable }
      if things.isEmpty { session.say("There is nothing to cancel.") }
      for thing in things {
        session.echo("\(thing.name).cancel()")
        thing.cancel()
      }
    },
  ]

  static let ticks: [Word] = [
    Word(
      "next TEXT", example: "next hello",
      "Prints the text in the next step 5 of a turn, after the callback that runs now."
    ) { session, arguments throws(Complaint) in
      let text = try arguments.text()
      session.echo(SwiftText.closure("loop.nextTick", SwiftText.print(text)))
      session.loop.nextTick(file: session.file, line: session.line) { session.log(text) }
    },
    Word(
      "block TIME", example: "block 2",
      "Holds the loop's only thread for that long: nothing else runs meanwhile. See what it does to a timer."
    ) { session, arguments throws(Complaint) in
      let duration = try arguments.duration()
      try arguments.end()
      session.echo("loop.block(for: \(SwiftText.duration(duration)))")
      session.program.passes(duration)
      session.block(for: duration)
    },
    Word(
      "chunk COUNT TIME", example: "chunk 200 10ms",
      "Does the work in that many slices, one a turn, so that the loop stays alive in between."
    ) { session, arguments throws(Complaint) in
      let count = try arguments.count("a number of slices", atMost: 5_000)
      let duration = try arguments.duration()
      try arguments.end()
      let name = session.things.newName("c")
      session.echo(
        SwiftText.closure(
          "let \(name) = loop.chunk(1...\(count), .elements(1))", taking: "_",
          "loop.block(for: \(SwiftText.duration(duration)))"))
      session.echo("\(name).callback { print(\"\\($0) slices done\") }")
      let loop = session.loop
      let (file, line) = (session.file, session.line)
      let chunker = loop.chunk(1...count, .elements(1), file: file, line: line) { _ in
        loop.block(for: duration, file: file, line: line)
      }
      chunker.label(name).callback { session.log("\($0) slices done") }
      session.things.add(
        Awaited(
          name, "chunk", chunker, timeout: ("CancellationError()", CancellationError()), cancel: { chunker.cancel() },
          waits: { "\(chunker.done) of \(count) slices done" }))
    },
  ]
}

final class PeriodicThing: Thing {
  let name: String
  let sort = "timer"
  private let timer: PeriodicTimer

  init(_ name: String, _ timer: PeriodicTimer) {
    self.name = name
    self.timer = timer
  }

  var isOver: Bool { timer.isCancelled }
  var keepsLoopAlive: Bool { !isOver }
  func cancel() { timer.cancel() }

  var state: String {
    guard !isOver else { return "cancelled, fired \(timer.firings) times" }
    let interval = Seconds.exact(nanoseconds: timer.interval.roundedNanoseconds)
    return "every \(interval) s, fired \(timer.firings) times"
  }
}

final class OneShotThing: Thing {
  let name: String
  let sort = "timer"
  private let timer: OneShotTimer

  init(_ name: String, _ timer: OneShotTimer) {
    self.name = name
    self.timer = timer
  }

  var isOver: Bool { !timer.isPending }
  var keepsLoopAlive: Bool { timer.isPending }
  func cancel() { timer.cancel() }
  var state: String { timer.deadline.map { "once, at \(Seconds.text($0))" } ?? "over" }
}
