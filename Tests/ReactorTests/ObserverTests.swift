// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

extension LoopEvent {
  /// All but sequence, place and lane, in one line: `kind #id <cause @time first/second label`.
  fileprivate var text: String {
    let cause = cause == 0 ? "" : " <\(cause)"
    let identity = id == 0 ? "" : " #\(id)"
    let numbers = first == 0 && second == 0 ? "" : second == 0 ? " \(first)" : " \(first)/\(second)"
    return "\(kind)\(identity)\(cause) @\(time.nanoseconds)\(numbers)\(label.map { " \($0)" } ?? "")"
  }
}

extension LoopEvent.Kind {
  fileprivate static let mark = LoopEvent.Kind("mark", .point, .notes)
  fileprivate static let jobBegin = LoopEvent.Kind("job", .begin, .jobs)
  fileprivate static let jobEnd = LoopEvent.Kind("job", .end, .jobs)
}

@Suite struct `An observer` {
  @Test func `A1-observer-5 hears the whole history of a small program`() throws {
    let recorder = Recorder()
    let loop = EventLoop.virtual()
    loop.observer = recorder
    let timer = loop.addTimer(after: .nanoseconds(5)) {
      loop.nextTick { EventLoop.note(LoopEvent(.mark, label: "in a tick")) }
      loop.block(for: .nanoseconds(2))
    }
    timer.label("five")
    loop.addTimer(after: .nanoseconds(9)) {}.cancel()
    timer.reset(after: .nanoseconds(6))
    loop.onStop { EventLoop.note(LoopEvent(.mark, label: "in a hook")) }
    try loop.run(until: .idle)
    #expect(
      recorder.events.map(\.text) == [
        "timer.arm #1 @0 5", "timer.arm #2 @0 9", "timer.cancel #2 @0", "timer.move #1 @0 6 five",
        "hook.arm #3 @0", "loop.begin @0",
        "turn.begin @0 1", "step.begin @0 1", "step.end @6 1",
        "step.begin @6 2", "timer.begin #1 @6 6 five", "tick.arm #4 <1 @6", "block.begin #5 <1 @6 2",
        "block.end #5 <1 @8 2", "timer.end #1 @8 6 five", "step.end @8 2",
        "step.begin @8 5", "tick.begin #4 @8", "mark <4 @8 in a tick", "tick.end #4 @8", "step.end @8 5",
        "turn.end @8 1",
        "stop @8", "close.begin @8", "hook.begin #3 @8", "mark <3 @8 in a hook", "hook.end #3 @8", "close.end @8",
        "loop.end @8",
      ])
  }

  @Test func `A1-observer-5 hears of watches, arrivals and the end of the turn`() throws {
    let recorder = Recorder([.runs, .arming])
    let pipe = DescriptorPair.pipe()
    pipe.send()
    let loop = EventLoop.virtual()
    loop.observer = recorder
    var watch: Watch?
    let number = pipe.readEnd
    watch = try loop.watch(number, for: .readable) { _ in
      watch?.interest = [.readable, .writable]
      watch?.cancel()
    }
    watch?.label("pipe")
    loop.handle.schedule { _ in }
    loop.atEndOfTurn {}
    try loop.run(until: .idle)
    #expect(
      recorder.events.map(\.text) == [
        "watch.arm #1 @0 \(number)/1", "arrival.arm #2 @0",
        "watch.begin #1 @0 \(number)/1 pipe", "watch.move #1 <1 @0 \(number)/3 pipe",
        "watch.cancel #1 <1 @0 \(number) pipe", "watch.end #1 @0 \(number)/1 pipe",
        "arrival.begin #2 @0", "arrival.end #2 @0", "closing.begin @0", "closing.end @0",
      ])
  }

  @Test func `A1-observer-5 hears the steps of each turn, in order`() throws {
    let recorder = Recorder(.steps)
    let pipe = DescriptorPair.pipe()
    pipe.send()
    let loop = EventLoop.virtual()
    loop.observer = recorder
    var watch: Watch?
    loop.atEndOfTurn {}
    loop.nextTick {}
    loop.handle.schedule { _ in }
    watch = try loop.watch(pipe.readEnd, for: .readable) { _ in watch?.cancel() }
    loop.addTimer(after: .zero) {}
    _ = try loop.turn()
    let steps = recorder.events.filter { $0.kind == .stepBegin || $0.kind == .stepEnd }
    #expect(steps.map(\.first) == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6])
    #expect(recorder.kinds.filter { !$0.hasPrefix("step") } == ["loop.begin", "turn.begin", "turn.end", "loop.end"])
  }

  @Test(
    arguments: [
      (.runs, ["timer.begin", "tick.begin", "tick.end", "timer.end"]), (.arming, ["timer.arm", "tick.arm"]),
      (.notes, ["mark"]), ([], []), (.steps, ["loop", "turn", "step", "stop", "close"]),
    ] as [(LoopInterest, [String])])
  func `A1-observer-1 hears only what it is interested in`(_ interest: LoopInterest, _ expected: [String]) throws {
    let recorder = Recorder(interest)
    let loop = EventLoop.virtual()
    loop.observer = recorder
    loop.addTimer(after: .seconds(1)) {
      loop.nextTick {}
      EventLoop.note(LoopEvent(.mark))
    }
    try loop.run(until: .idle)
    let found = interest == .steps ? recorder.events.map(\.kind.subject) : recorder.kinds
    #expect(Set(found) == Set(expected))
    #expect(recorder.events.allSatisfy { !$0.kind.interest.isDisjoint(with: interest) })
  }

  @Test func `A5-threads-1 draws numbers for events that are handed over only`() throws {
    let recorder = Recorder([.runs, .notes])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    let handle = loop.handle
    for second in 1...20 {
      loop.addTimer(after: .seconds(second)) {
        loop.nextTick { EventLoop.note(LoopEvent(.mark)) }
        startThreads(3) { _ in
          handle.note(LoopEvent(.mark))
          handle.note(LoopEvent(.jobBegin))
        }.join()
      }
    }
    try loop.run(until: .idle)
    let numbers = recorder.events.map(\.sequence)
    #expect(numbers == Array(1...UInt64(numbers.count)))
    #expect(numbers.count == 20 * (2 + 2 + 1 + 3))
  }

  @Test func `A1-observer-3 hears who caused a thing, and where it was registered`() throws {
    let recorder = Recorder([.arming, .runs])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    let line: UInt = #line + 1
    loop.nextTick {
      loop.addTimer(after: .seconds(1)) {}
      loop.nextTick {}
    }
    try loop.run(until: .idle)
    let events = recorder.events
    let tick = try #require(events.first)
    let armed = events.filter { $0.kind.phase == .arm }
    #expect(armed.map(\.line) == [line, line + 1, line + 2])
    #expect(armed.map(\.cause) == [0, tick.id, tick.id])
    #expect(Set(armed.map(\.id)).count == 3)
    #expect(armed.allSatisfy { "\($0.file)" == "ReactorTests/ObserverTests.swift" })
    let begun = events.filter { $0.kind.phase == .begin }
    #expect(begun.map(\.id) == [tick.id, armed[2].id, armed[1].id])
    #expect(begun.map(\.line) == [line, line + 2, line + 1])
    #expect(begun.map(\.cause) == [0, 0, 0])
  }

  @Test func `A1-observer-3 hears causes that nest`() throws {
    let recorder = Recorder([.jobs, .notes])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    loop.nextTick {
      EventLoop.note(LoopEvent(.jobBegin, id: 70))
      EventLoop.note(LoopEvent(.jobBegin, id: 71))
      EventLoop.note(LoopEvent(.mark))
      EventLoop.note(LoopEvent(.jobEnd, id: 71))
      EventLoop.note(LoopEvent(.mark))
      EventLoop.note(LoopEvent(.jobEnd, id: 70))
    }
    try loop.run(until: .idle)
    let tick = try #require(recorder.events.first?.cause)
    #expect(recorder.events.map(\.cause) == [tick, 70, 71, 70, 70, tick])
  }

  @Test func `A1-api-32 hears the label of a thing`() throws {
    let recorder = Recorder(.runs)
    let pipe = DescriptorPair.pipe()
    pipe.send()
    let loop = EventLoop.virtual()
    loop.observer = recorder
    let watch = try loop.watch(pipe.readEnd, for: .readable) { _ in loop.stop() }
    watch.label("pipe")
    loop.addTimer(after: .zero) {}.label("zero")
    loop.addTimer(after: .zero) {}
    try loop.run()
    #expect(recorder.events.map(\.label) == ["zero", "zero", nil, nil, "pipe", "pipe"])
  }

  @Test func `A1-api-32 hears a label that was given before it came, and of that thing only`() throws {
    for loop in [EventLoop.virtual(), try EventLoop(PollerUnderTest.configuration)] {
      let recorder = Recorder(.runs)
      loop.addTimer(after: .zero) {}.label("fired before")
      loop.addTimer(after: .zero) {}.label("cancelled before").cancel()
      try loop.run(for: .zero)
      loop.addTimer(after: .zero) {}
      loop.addTimer(after: .zero) {}
      loop.addTimer(after: .zero) {}.label("late")
      loop.observer = recorder
      try loop.run(for: .zero)
      #expect(recorder.events.map(\.label) == [nil, nil, nil, nil, "late", "late"])
      loop.stop()
    }
  }

  @Test func `A1-api-31 hears no registration of a time when nobody observed`() throws {
    for loop in [EventLoop.virtual(), try EventLoop(PollerUnderTest.configuration)] {
      let recorder = Recorder(.runs)
      loop.observer = Recorder()
      loop.addTimer(after: .zero) {}
      loop.nextTick {}
      loop.observer = nil
      try loop.run(for: .zero)
      loop.addTimer(after: .zero) {}
      loop.nextTick {}
      loop.observer = recorder
      try loop.run(for: .zero)
      #expect(recorder.events.map(\.id) == [0, 0, 0, 0])
      #expect(recorder.events.map(\.line) == [0, 0, 0, 0] as [UInt])
      loop.stop()
    }
  }

  @Test func `hears of ticks by their own numbers after closing dropped some`() throws {
    let recorder = Recorder([.runs, .arming])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    loop.nextTick(releasing { loop.nextTick {} })
    loop.stop()
    let line: UInt = #line + 1
    loop.nextTick {}
    loop.nextTick {}
    try loop.run(until: .idle)
    let begun = recorder.events.filter { $0.kind == .tickBegin }
    #expect(begun.map(\.line) == [line, line + 1])
  }

  @Test func `A1-observer-2 may block, and then the loop stands still`() throws {
    final class Gate: LoopObserver {
      let interest: LoopInterest = .runs
      let state = Locked<(waiting: Bool, isOpen: Bool)>((false, false))
      func observe(_ event: LoopEvent) {
        state.withLock { $0.waiting = true }
        state.wakeAll()
        _ = state.wait { $0.isOpen ? true : nil }
      }
    }
    let gate = Gate()
    let ran = Locked(false)
    let background = try EventLoop.inBackground(PollerUnderTest.configuration) { loop in
      loop.observer = gate
      loop.nextTick {
        ran.withLock { $0 = true }
        loop.stop()
      }
    }
    _ = gate.state.wait { $0.waiting ? true : nil }
    spin(for: .milliseconds(5))
    #expect(!ran.withLock { $0 })
    // No lock is held: others may schedule and note meanwhile.
    #expect(background.handle.schedule { _ in })
    gate.state.withLock { $0.isOpen = true }
    gate.state.wakeAll()
    try background.join()
    #expect(ran.withLock { $0 })
  }

  @Test func `A1-observer-2 A5-threads-3 is called from several threads at once, and may be changed meanwhile`() throws
  {
    final class Meeting: LoopObserver {
      let interest: LoopInterest = .notes
      let present = Locked(0)
      func observe(_ event: LoopEvent) {
        present.withLock { $0 += 1 }
        present.wakeAll()
        // Returns only when three calls are under way.
        _ = present.wait { $0 >= 3 ? true : nil }
      }
    }
    let meeting = Meeting()
    let loop = EventLoop.virtual()
    loop.observer = meeting
    let handle = loop.handle
    let threads = startThreads(2) { _ in handle.note(LoopEvent(.mark)) }
    _ = meeting.present.wait { $0 == 2 ? true : nil }
    let late = startThreads(1) { _ in handle.note(LoopEvent(.mark)) }
    _ = meeting.present.wait { $0 == 3 ? true : nil }
    loop.observer = nil
    threads.join()
    late.join()
    handle.note(LoopEvent(.mark))
    #expect(meeting.present.withLock { $0 } == 3)
  }

  @Test func `A5-threads-3 is changed while a call is under way`() throws {
    final class Slow: LoopObserver {
      let interest: LoopInterest = .notes
      let state = Locked<(began: Bool, mayEnd: Bool)>((false, false))
      func observe(_ event: LoopEvent) {
        state.withLock { $0.began = true }
        state.wakeAll()
        _ = state.wait { $0.mayEnd ? true : nil }
      }
    }
    let slow = Slow()
    let loop = EventLoop.virtual()
    loop.observer = slow
    let handle = loop.handle
    let threads = startThreads(1) { _ in handle.note(LoopEvent(.mark)) }
    _ = slow.state.wait { $0.began ? true : nil }
    loop.observer = nil
    slow.state.withLock { $0.mayEnd = true }
    slow.state.wakeAll()
    threads.join()
    #expect(loop.observer == nil)
  }

  @Test func `A1-observer-6 reads the last look's time, or the clock where it asks for times`() throws {
    for interest in [LoopInterest.runs, [.runs, .times]] {
      let recorder = Recorder(interest)
      try withRealLoop { loop in
        loop.observer = recorder
        loop.nextTick {
          spin(for: .milliseconds(2))
          loop.stop()
        }
      }
      let times = recorder.events.map(\.time)
      #expect(times.count == 2)
      let passed = times[1] - times[0]
      if interest.contains(.times) { #expect(passed >= .milliseconds(2)) } else { #expect(passed == .zero) }
    }
  }

  @Test func `A5-threads-2 A1-api-24 hears other threads by the clock`() throws {
    let recorder = Recorder(.jobs)
    let loop = try EventLoop(PollerUnderTest.configuration)
    loop.observer = recorder
    let handle = loop.handle
    let before = loop.now
    spin(for: .milliseconds(1))
    onAnotherThread {
      handle.note(LoopEvent(.jobBegin, lane: .worker(3)))
      spin(for: .milliseconds(1))
      handle.note(LoopEvent(.jobEnd, lane: .worker(3)))
    }
    let events = recorder.events
    #expect(events.map(\.lane) == [.worker(3), .worker(3)])
    #expect(events[0].time >= before + .milliseconds(1))
    #expect(events[1].time >= events[0].time + .milliseconds(1))
  }

  @Test func `A1-api-17 of the loop that runs on this thread hears a note, of no other one`() throws {
    let outer = Recorder(.notes), inner = Recorder(.notes)
    let loop = EventLoop.virtual()
    loop.observer = outer
    EventLoop.note(LoopEvent(.mark, label: "no loop runs"))
    loop.nextTick {
      EventLoop.note(LoopEvent(.mark, label: "outer"))
      let nested = EventLoop.virtual()
      nested.observer = inner
      nested.nextTick { EventLoop.note(LoopEvent(.mark, label: "inner")) }
      do { try nested.run(until: .idle) } catch { Issue.record(error) }
      EventLoop.note(LoopEvent(.mark, label: "outer again"))
      onAnotherThread { EventLoop.note(LoopEvent(.mark, label: "another thread")) }
    }
    try loop.run(until: .idle)
    #expect(outer.events.map(\.label) == ["outer", "outer again"])
    #expect(inner.events.map(\.label) == ["inner"])
  }

  @Test func `A1-observer-7 that is missing costs no event`() throws {
    var made = 0
    func event() -> LoopEvent {
      made += 1
      return LoopEvent(.mark)
    }
    let loop = EventLoop.virtual()
    loop.nextTick { EventLoop.note(event()) }
    loop.handle.note(event())
    try loop.run(until: .idle)
    #expect(made == 0)
  }

  @Test func `A1-observer-4 takes kinds of a module above`() {
    #expect(LoopEvent.Kind("cache", .point, .runs).description == "cache")
    #expect(LoopEvent.Kind("cache", .begin, .runs).description == "cache.begin")
    #expect(LoopEvent.Kind("cache", .begin, .runs) != LoopEvent.Kind("cache", .end, .runs))
  }

  @Test func `may be set in a callback`() throws {
    let recorder = Recorder(.runs)
    let loop = EventLoop.virtual()
    loop.nextTick { loop.observer = recorder }
    loop.nextTick {}
    loop.addTimer(after: .seconds(1)) { loop.observer = nil }
    loop.addTimer(after: .seconds(2)) {}
    try loop.run(until: .idle)
    #expect(recorder.kinds == ["tick.end", "tick.begin", "tick.end", "timer.begin"])
  }

  @Test func `of many ticks at once costs no more for each`() throws {
    let loop = EventLoop.virtual()
    loop.observer = Recorder([.steps])
    var count = 0
    for _ in 0..<scaled(200_000) { loop.nextTick { count += 1 } }
    try loop.run(until: .idle)
    #expect(count == scaled(200_000))
  }
}
