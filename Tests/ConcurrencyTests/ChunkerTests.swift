// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

@Suite struct `A chunker` {
  @Test func `A2-chunk-1 takes so many elements a turn, in order, and succeeds with their number`() throws {
    var turns: [Int: [Int]] = [:]
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.chunk(1...10, .elements(4)) { turns[loop.turnNumber, default: []].append($0) }
      .callback { history.append("\($0) done") }
    try loop.run(until: .idle)
    #expect(turns == [1: [1, 2, 3, 4], 2: [5, 6, 7, 8], 3: [9, 10]])
    #expect(history == ["10 done"])
  }

  @Test func `A2-chunk-2 leaves ticks and timers their turn between two slices`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.nextTick {
      loop.addTimer(after: .zero) { history.append("timer") }
      loop.nextTick { history.append("tick") }
    }
    loop.chunk(1...3, .elements(1)) { history.append("\($0)") }
    try loop.run(until: .idle)
    #expect(history == ["1", "timer", "2", "tick", "3"] || history == ["1", "timer", "tick", "2", "3"])
  }

  @Test(arguments: [Int.min, -1, 0, 1])
  func `takes at least one element a turn`(_ size: Int) throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    loop.chunk("abc", .elements(size)) { _ in turns.append(loop.turnNumber) }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3])
  }

  @Test func `A2-6 begins in a later step, and never settles before the call that made it returns`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.schedule {
      let chunker = loop.chunk(EmptyCollection<Int>(), .elements(10)) { _ in history.append("element") }
      history.append("made, \(chunker.status)")
      chunker.callback { history.append("\($0) done") }
      history.append("waiting")
    }
    try loop.run(until: .idle)
    #expect(history == ["made, unknown", "waiting", "0 done"])
  }

  @Test func `A2-chunk-4 goes by time: in virtual time, which stands still, one element a turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    loop.chunk(1...3, .time(.seconds(100))) { _ in turns.append(loop.turnNumber) }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3])
  }

  @Test func `A2-chunk-3 goes by time: on a real loop until it is over, and at least one element`() throws {
    var slices: [Int: Int] = [:]
    var ended = 0
    let slice = Duration.milliseconds(2)
    try withRealLoop { loop in
      var sliceBegan = loop.now
      loop.chunk(1...6, .time(slice)) { element in
        if slices[loop.turnNumber] == nil { sliceBegan = loop.now }
        // No element begins when the time is over.
        #expect(slices[loop.turnNumber] == nil || loop.now - sliceBegan < slice || element > 6)
        slices[loop.turnNumber, default: 0] += 1
        if element == 3 { spin(for: slice) }
      }.callback {
        ended = $0
        loop.stop()
      }
    }
    #expect(ended == 6)
    // The third element used the time up.
    #expect(slices.count >= 2)
  }

  @Test(arguments: [Duration.zero, .seconds(-1)])
  func `A2-chunk-3 with no time does one element a turn`(_ time: Duration) throws {
    var turns: [Int] = []
    try withRealLoop { loop in
      loop.chunk(1...3, .time(time)) { _ in turns.append(loop.turnNumber) }.callback { _ in loop.stop() }
    }
    #expect(Set(turns).count == 3)
  }

  @Test func `A2-chunk-3 with all the time in the world does all in one turn`() throws {
    var turns: Set<Int> = []
    try withRealLoop { loop in
      loop.chunk(1...1000, .time(.seconds(400 * 365 * 86_400))) { _ in turns.insert(loop.turnNumber) }
        .callback { _ in loop.stop() }
    }
    #expect(turns.count == 1)
  }

  @Test func `works through an infinite sequence for as long as it is let`() throws {
    var sum = 0
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1..., .elements(10)) { sum += $0 }
    loop.tickLoop {
      guard chunker.done == 50 else { return .again }
      chunker.cancel()
      return .stop
    }
    try loop.run(until: .idle)
    #expect(sum == 50 * 51 / 2)
  }

  @Test func `makes its iterator when it is made and asks it for one element at a time`() throws {
    final class Source: Sequence {
      var history: [String] = []
      func makeIterator() -> AnyIterator<Int> {
        history.append("made")
        var number = 0
        return AnyIterator {
          number += 1
          self.history.append("next \(number)")
          return number <= 2 ? number : nil
        }
      }
    }
    let source = Source()
    let loop = EventLoop.virtual()
    loop.chunk(source, .elements(5)) { source.history.append("body \($0)") }
    source.history.append("returned")
    try loop.run(until: .idle)
    #expect(source.history == ["made", "returned", "next 1", "body 1", "next 2", "body 2", "next 3"])
  }

  @Test func `A2-chunk-6 shows how many elements are done, in its body, too`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    chunker = loop.chunk(1...5, .elements(3)) { _ in history.append(chunker?.done ?? -1) }
    try loop.run(until: .idle)
    history.append(chunker?.done ?? -1)
    #expect(history == [0, 1, 2, 3, 4, 5])
  }

  @Test func `describes itself`() throws {
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...5, .elements(3)) { _ in }
    #expect(chunker.description == "Chunker(running, 0 done)")
    chunker.pause()
    #expect(chunker.description == "Chunker(paused, 0 done)")
    chunker.resume()
    try loop.run(until: .idle)
    #expect(chunker.description == "Chunker(ended, 5 done)")
  }

  @Test func `A2-chunk-5 is kept by the loop while it runs, and releases sequence and body when it is done`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    weak var gone: Chunker?
    let held: Chunker
    do {
      let canary = Canary { history.append("released") }
      let chunker = loop.chunk([canary], .elements(1)) { _ in withExtendedLifetime(canary) { history.append("ran") } }
      gone = chunker
      chunker.callback { _ in history.append("done") }
      held = chunker
    }
    try loop.run(until: .idle)
    #expect(history == ["ran", "done", "released"])
    withExtendedLifetime(held) {}
    do { gone = loop.chunk(1...3, .elements(1)) { history.append("\($0)") } }
    #expect(gone != nil)
    try loop.run(until: .idle)
    #expect(gone == nil)
    #expect(history.suffix(3) == ["1", "2", "3"])
  }
}

@Suite struct `A paused chunker` {
  @Test func `A2-chunk-7 stops before the next element, and goes on after it in a later turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    chunker = loop.chunk(1...6, .elements(4)) { element in
      history.append("\(element) in turn \(loop.turnNumber)")
      if element == 2 {
        chunker?.pause()
        history.append("paused \(chunker?.isPaused == true)")
      }
    }
    chunker?.callback { history.append("\($0) done") }
    loop.addTimer(after: .seconds(1)) {
      chunker?.resume()
      history.append("resumed at \(loop.elapsed), turn \(loop.turnNumber)")
    }
    try loop.run(until: .idle)
    #expect(
      history == [
        "1 in turn 1", "2 in turn 1", "paused true", "resumed at 1.0 seconds, turn 2", "3 in turn 2", "4 in turn 2",
        "5 in turn 2", "6 in turn 2", "6 done",
      ])
  }

  @Test func `A2-chunk-7 by its sequence does the element that the sequence gives then: none is lost`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    let elements = (1...4).lazy.map { element in
      if element == 2 { chunker?.pause() }
      return element
    }
    chunker = loop.chunk(elements, .elements(4)) { history.append("\($0) in turn \(loop.turnNumber)") }
    chunker?.callback { history.append("\($0) done") }
    loop.addTimer(after: .seconds(1)) {
      history.append("\(chunker?.description ?? "")")
      chunker?.resume()
    }
    try loop.run(until: .idle)
    #expect(
      history == [
        "1 in turn 1", "2 in turn 1", "Chunker(paused, 2 done)", "3 in turn 2", "4 in turn 2", "4 done",
      ])
    chunker = nil
  }

  @Test func `A1-run-14 doesn't keep the loop from idle`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(1)) { history.append($0) }
    loop.nextTick { chunker.pause() }
    try loop.run(until: .idle)
    #expect(history == [1])
  }

  @Test func `A2-chunk-7 paused twice and resumed twice goes on once`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...4, .elements(1)) { _ in turns.append(loop.turnNumber) }
    chunker.pause()
    chunker.pause()
    chunker.resume()
    chunker.resume()
    chunker.resume()
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4])
  }

  @Test func `A2-chunk-7 paused and resumed before its next slice is not run twice a turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...5, .elements(1)) { _ in turns.append(loop.turnNumber) }
    loop.tickLoop {
      chunker.pause()
      chunker.resume()
      chunker.pause()
      chunker.resume()
      return chunker.done < 5 ? .again : .stop
    }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4, 5])
  }

  @Test func `A2-chunk-7 resumed in the body that paused it goes on as if nothing had been`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    chunker = loop.chunk(1...5, .elements(3)) { element in
      history.append("\(element) in turn \(loop.turnNumber)")
      chunker?.pause()
      chunker?.resume()
    }
    chunker?.callback { history.append("\($0) done in turn \(loop.turnNumber)") }
    try loop.run(until: .idle)
    #expect(
      history == [
        "1 in turn 1", "2 in turn 1", "3 in turn 1", "4 in turn 2", "5 in turn 2", "5 done in turn 2",
      ])
  }

  @Test func `resumed without having been paused does nothing`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...3, .elements(1)) { _ in turns.append(loop.turnNumber) }
    chunker.resume()
    try loop.run(until: .idle)
    chunker.resume()
    chunker.pause()
    #expect(!chunker.isPaused)
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3])
  }

  @Test func `A2-chunk-5 is kept by nobody but those who hold it`() throws {
    let loop = EventLoop.virtual()
    weak var gone: Chunker?
    do {
      let chunker = loop.chunk(1...6, .elements(1)) { _ in }
      gone = chunker
      chunker.pause()
    }
    try loop.run(until: .idle)
    #expect(gone == nil)
  }

  @Test func `A2-chunk-8 can be cancelled`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(1)) { history.append("\($0)") }
    chunker.errback { history.append("failed \($0)") }
    chunker.pause()
    chunker.cancel()
    chunker.resume()
    try loop.run(until: .idle)
    #expect(history == ["failed CancellationError()"])
  }
}

@Suite struct `Ending a chunker` {
  @Test func `A2-chunk-8 by cancel fails it inside the call, and no further element is touched`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(2)) { history.append("\($0)") }
    chunker.callback { _ in history.append("done") }.errback { history.append("failed \($0)") }
    loop.nextTick {
      chunker.cancel()
      history.append("cancelled")
      chunker.cancel()
    }
    try loop.run(until: .idle)
    #expect(history == ["1", "2", "failed CancellationError()", "cancelled"])
    #expect(chunker.done == 2)
  }

  @Test func `A2-chunk-8 by cancel in its body stops before the next element`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    chunker = loop.chunk(1...6, .elements(4)) { element in
      history.append("\(element)")
      if element == 2 {
        chunker?.cancel()
        history.append("end of the body")
      }
    }
    chunker?.errback { history.append("failed \($0)") }
    try loop.run(until: .idle)
    #expect(history == ["1", "2", "failed CancellationError()", "end of the body"])
    #expect(chunker?.done == 2)
    chunker = nil
  }

  @Test func `A2-chunk-8 A2-6 in its sequence leaves undone what that gives then; stopping the loop doesn't`() throws {
    var histories: [[String]] = []
    let ends: [(Chunker, EventLoop) -> Void] = [
      { chunker, _ in chunker.cancel() }, { chunker, _ in chunker.succeed(100) }, { _, loop in loop.stop() },
    ]
    for end in ends {
      var history: [String] = []
      let loop = EventLoop.virtual()
      var chunker: Chunker?
      let elements = (1...6).lazy.map { element in
        history.append("next \(element)")
        if element == 2, let chunker { end(chunker, loop) }
        return element
      }
      chunker = loop.chunk(elements, .elements(4)) { history.append("body \($0)") }
      chunker?.callback { history.append("\($0) done") }.errback { history.append("failed \($0)") }
      try loop.run(until: .idle)
      history.append(chunker?.description ?? "")
      chunker = nil
      histories.append(history)
    }
    let beginning = ["next 1", "body 1", "next 2"]
    #expect(
      histories == [
        beginning + ["failed CancellationError()", "Chunker(ended, 1 done)"],
        beginning + ["100 done", "Chunker(ended, 1 done)"],
        beginning + ["body 2", "Chunker(ended, 2 done)"],
      ])
  }

  @Test func `releases sequence and body at once, in the body when it returns`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker: Chunker
    do {
      let canary = Canary { history.append("released") }
      chunker = loop.chunk(1...6, .elements(1)) { _ in withExtendedLifetime(canary) {} }
    }
    chunker.cancel()
    history.append("cancelled")
    let other: Chunker
    do {
      let canary = Canary { history.append("other released") }
      var own: Chunker?
      other = loop.chunk(1...6, .elements(1)) { _ in
        withExtendedLifetime(canary) {
          own?.cancel()
          own = nil
          history.append("body")
        }
      }
      own = other
    }
    try loop.run(until: .idle)
    #expect(history == ["released", "cancelled", "body", "other released"])
    withExtendedLifetime((chunker, other)) {}
  }

  @Test func `A2-6 by settling it from outside stops the work`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(1)) { history.append("\($0)") }
    chunker.callback { history.append("\($0) done") }
    loop.nextTick { chunker.succeed(100) }
    try loop.run(until: .idle)
    #expect(history == ["1", "100 done"])
    #expect(chunker.description == "Chunker(ended, 1 done)")
  }

  @Test func `A2-6 by settling it in its body stops before the next element`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    var chunker: Chunker?
    chunker = loop.chunk(1...6, .elements(3)) { element in
      history.append("\(element)")
      if element == 2 { chunker?.succeed(100) }
    }
    chunker?.callback { history.append("\($0) done") }
    try loop.run(until: .idle)
    #expect(history == ["1", "2", "100 done"])
    chunker = nil
  }

  @Test func `A2-6 by its timeout stops the work`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1..., .elements(1)) { _ in loop.block(for: .milliseconds(300)) }
    chunker.timeout(after: .seconds(1), on: loop, failingWith: CancellationError())
      .errback { _ in history.append("\(chunker.done) done at \(loop.elapsed)") }
    try loop.run(until: .idle)
    #expect(history == ["4 done at 1.2 seconds"])
  }

  @Test func `A5-closing-8 by closing leaves it unsettled for good, and resume does nothing`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(1)) { history.append("\($0)") }
    let paused = loop.chunk(1...6, .elements(1)) { history.append("paused \($0)") }
    paused.pause()
    for one in [chunker, paused] { one.completion { history.append("\($0)") } }
    loop.nextTick { loop.stop() }
    loop.onStop { history.append("hook") }
    try loop.run()
    chunker.resume()
    paused.resume()
    chunker.cancel()
    try loop.run(until: .idle)
    #expect(history == ["1", "hook"])
    #expect(chunker.description == "Chunker(ended, 1 done)")
    #expect(paused.description == "Chunker(ended, 0 done)")
  }

  @Test func `A5-closing-8 by stopping the loop in its body stops before the next element`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let chunker = loop.chunk(1...6, .elements(4)) { element in
      history.append("\(element)")
      if element == 2 { loop.stop() }
    }
    chunker.completion { history.append("\($0)") }
    try loop.run()
    try loop.run(until: .idle)
    #expect(history == ["1", "2"])
  }

  @Test func `A5-closing-8 by closing counts for one that is made late in it, too`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    _ = loop.chunk(1...1, .elements(1)) { _ in }
    var made: Chunker?
    loop.whenClosing {
      made = loop.chunk(1...6, .elements(1)) { history.append("\($0)") }
      made?.pause()
    }
    loop.stop()
    made?.resume()
    try loop.run(until: .idle)
    #expect(history == [])
    #expect(made?.description == "Chunker(ended, 0 done)")
  }
}
