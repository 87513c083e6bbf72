// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension [TraceEvent] {
  /// Changes the `number`th event that fits.
  func changing(
    _ number: Int = 1, where fits: (TraceEvent) -> Bool, _ change: (inout TraceEvent) -> Void
  ) -> [TraceEvent] {
    let places = indices.filter { fits(self[$0]) }
    guard places.count >= number else { return self }
    var events = self
    change(&events[places[number - 1]])
    return events
  }

  /// Changes every event that fits.
  func changingAll(where fits: (TraceEvent) -> Bool, _ change: (inout TraceEvent) -> Void) -> [TraceEvent] {
    map { event in
      var event = event
      if fits(event) { change(&event) }
      return event
    }
  }

  /// Leaves out the `number`th run that fits, from its begin to its end.
  func droppingRun(_ number: Int = 1, where fits: (TraceEvent) -> Bool) -> [TraceEvent] {
    guard let range = run(number, where: fits) else { return self }
    return Array(self[..<range.lowerBound] + self[(range.upperBound + 1)...])
  }

  /// Has the `number`th run that fits twice.
  func doublingRun(_ number: Int = 1, where fits: (TraceEvent) -> Bool) -> [TraceEvent] {
    guard let range = run(number, where: fits) else { return self }
    return Array(self[...range.upperBound] + self[range] + self[(range.upperBound + 1)...]).renumbered()
  }

  /// Puts the run of `this` right behind the event that fits `that`.
  func movingRun(where this: (TraceEvent) -> Bool, behind that: (TraceEvent) -> Bool) -> [TraceEvent] {
    guard let range = run(1, where: this) else { return self }
    var rest = Array(self[..<range.lowerBound] + self[(range.upperBound + 1)...])
    guard let place = rest.firstIndex(where: that) else { return self }
    rest.insert(contentsOf: self[range], at: place + 1)
    return rest.renumbered()
  }

  /// Puts the first event that fits `this` right behind the first that fits `that`.
  func moving(where this: (TraceEvent) -> Bool, behind that: (TraceEvent) -> Bool) -> [TraceEvent] {
    guard let from = firstIndex(where: this) else { return self }
    var rest = self
    let event = rest.remove(at: from)
    guard let place = rest.firstIndex(where: that) else { return self }
    rest.insert(event, at: place + 1)
    return rest.renumbered()
  }

  /// Has a copy of the first event that fits, changed, at the end.
  func appending(where fits: (TraceEvent) -> Bool, _ change: (inout TraceEvent) -> Void = { _ in }) -> [TraceEvent] {
    guard var copy = first(where: fits) else { return self }
    change(&copy)
    return (self + [copy]).renumbered()
  }

  /// Exchanges the texts of two lines.
  func swappingLines(_ left: String, _ right: String) -> [TraceEvent] {
    map { event in
      var event = event
      guard event.is(.log) else { return event }
      if event.label == left { event.label = right } else if event.label == right { event.label = left }
      return event
    }
  }

  private func run(_ number: Int, where fits: (TraceEvent) -> Bool) -> ClosedRange<Int>? {
    let places = indices.filter { self[$0].phase == .begin && fits(self[$0]) }
    guard places.count >= number else { return nil }
    let begin = places[number - 1]
    // The ends of what runs inside come first.
    var depth = 0
    for index in begin..<count where self[index].lane == self[begin].lane {
      if self[index].phase == .begin { depth += 1 }
      if self[index].phase == .end { depth -= 1 }
      if depth == 0 { return begin...index }
    }
    return nil
  }

  private func renumbered() -> [TraceEvent] {
    enumerated().map { index, event in
      var event = event
      event.sequence = UInt64(index + 1)
      return event
    }
  }
}

private func isLine(_ text: String) -> @Sendable (TraceEvent) -> Bool { { $0.is(.log) && $0.label == text } }
private func isKey(_ key: String) -> @Sendable (TraceEvent) -> Bool { { $0.is(.keyBegin) && $0.label == key } }

/// At least three for each lesson, one or more against each thing that it says.
let alterations: [Alteration] = [
  Alteration("loop", "two steps in the wrong order") {
    $0.changing(where: { $0.is(.stepBegin) && $0.first == 5 }) { $0.first = 1 }
  },
  Alteration("loop", "a turn in which nothing ran") { events in
    events.filter { $0.turn != 3 || ["turn", "step"].contains($0.subject) }
  },
  Alteration("loop", "nobody stopped it") { $0.filter { !$0.is(.loopStop) } },
  Alteration("loop", "the hook did not run") { $0.droppingRun { $0.is(.hookBegin) } },
  Alteration("loop", "run returned at once") {
    $0.moving(where: isLine("run has returned"), behind: { $0.is(.loopBegin) })
  },

  Alteration("timers", "two equal deadlines against the order of arming") { events in
    let begins = events.filter { $0.is(.timerBegin) && $0.first == 500_000_000 && $0.file.hasPrefix("Lessons") }.map(
      \.id)
    return events.changingAll(where: { $0.is(.timerBegin) && begins.contains($0.id) }) {
      $0.id = begins[0] == $0.id ? begins[1] : begins[0]
    }
  },
  Alteration("timers", "a later deadline first") {
    $0.changing(where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) { $0.first = 2_000_000_000 }
  },
  Alteration("timers", "a nanosecond early") {
    $0.changing(2, where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) { $0.time -= .nanoseconds(1) }
  },
  Alteration("timers", "a zero timer in the turn that armed it") { events in
    guard let armed = events.first(where: { $0.is(.timerArm) && $0.turn > 0 }) else { return events }
    return events.changing(where: { $0.is(.timerBegin) && $0.id == armed.id }) { $0.turn = armed.turn }
  },
  Alteration("timers", "a cancelled one fires") { events in
    guard let cancelled = events.first(where: { $0.is(.timerCancel) }) else { return events }
    return events.changing(where: { $0.is(.timerBegin) && $0.time > cancelled.time && $0.file == cancelled.file }) {
      $0.id = cancelled.id
    }
  },

  Alteration("periodic", "one more beat after the end") {
    $0.doublingRun(14) { $0.subject == "timer" && $0.file.hasPrefix("Lessons") }
  },
  Alteration("periodic", "a burst after the block") {
    $0.doublingRun(3) { $0.subject == "timer" && $0.file.hasPrefix("Lessons") }
  },
  Alteration("periodic", "a skipped beat that isn't counted") {
    $0.changing(where: { $0.subject == "periodic" && $0.second > 0 }) { $0.second = 0 }
  },
  Alteration("periodic", "a beat off the grid") {
    $0.changing(4, where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) {
      $0.first += 1_000_000
      $0.time += .milliseconds(1)
    }
  },
  Alteration("periodic", "a late beat without an excuse") { $0.filter { $0.subject != "block" } },
  Alteration("periodic", "a beat after it was cancelled", script: "b@0.6 c@2.1") { events in
    events.movingRun(where: isKey("c"), behind: { $0.subject == "periodic" && $0.phase == .end })
  },

  Alteration("next-tick", "two ticks in the wrong order") { events in
    let ticks = events.filter { $0.is(.tickBegin) }.map(\.id)
    return events.changingAll(where: { $0.is(.tickBegin) && [ticks[1], ticks[2]].contains($0.id) }) {
      $0.id = $0.id == ticks[1] ? ticks[2] : ticks[1]
    }
  },
  Alteration("next-tick", "a link of the chain in the turn that queued it") {
    $0.changing(3, where: { $0.is(.tickBegin) }) { $0.turn -= 1 }
  },
  Alteration("next-tick", "B before C") { $0.swappingLines("B", "C") },
  Alteration("next-tick", "a beat that starved") {
    $0.changing(6, where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) { $0.time += .milliseconds(400) }
  },
  Alteration("next-tick", "the other thread was not heard") { $0.filter { !isLine("hello")($0) } },
  Alteration("next-tick", "the other thread ran on the loop as a tick") {
    $0.movingRun(
      where: { $0.is(.arrivalBegin) && $0.file.hasPrefix("Lessons") && $0.turn > 9 }, behind: { $0.is(.tickBegin) })
  },

  Alteration("chunking", "a block that delayed nobody") {
    $0.changing(6, where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) {
      $0.first = Int($0.time.nanoseconds)
    }
  },
  Alteration("chunking", "a beat that waited for many slices") {
    $0.changing(8 + 4, where: { $0.is(.timerBegin) && $0.file.hasPrefix("Lessons") }) { $0.time += .milliseconds(80) }
  },
  Alteration("chunking", "work that was left undone") {
    $0.changing(where: isLine("200 slices done")) { $0.label = "199 slices done" }
  },
  Alteration("chunking", "slices that never ran") { events in
    events.filter { $0.subject != "block" || $0.first != 10_000_000 || $0.time.nanoseconds < 5_000_000_000 }
  },
  Alteration("chunking", "a result that never came") { $0.filter { !isLine("done elsewhere")($0) } },

  Alteration("pool", "a callback on a worker") { $0.changing(where: isLine("result 1")) { $0.lane = 1 } },
  Alteration("pool", "a callback outside of an arrival") {
    $0.movingRun(where: { $0.subject == "callback" && $0.turn == 2 }, behind: { $0.is(.turnEnd) && $0.turn == 2 })
  },
  Alteration("pool", "three jobs at once on two threads") { events in
    events.moving(where: { $0.is(.jobBegin) && $0.turn == 3 }, behind: { $0.is(.jobBegin) && $0.lane == 2 })
  },
  Alteration("pool", "a job on a third worker") {
    $0.changing(where: { $0.is(.jobBegin) }) { $0.lane = 3 }
  },
  Alteration("pool", "a result that never came") { $0.droppingRun(3) { $0.subject == "callback" } },
  Alteration("pool", "a failure that was heard twice") {
    $0.doublingRun { $0.subject == "errback" }
  },
  Alteration("pool", "a failure that nobody was told of") { $0.filter { !$0.is(.lost) } },
  Alteration("pool", "a result at some other time") {
    $0.changingAll(where: isLine("result 5")) { $0.time += .milliseconds(300) }
      .changingAll(where: isLine("result 2")) { $0.time += .milliseconds(300) }
  },

  Alteration("deferrable", "B before A") { $0.swappingLines("A 1", "B 1") },
  Alteration("deferrable", "C hears the old value") { $0.changing(where: isLine("C 10")) { $0.label = "C 1" } },
  Alteration("deferrable", "both lines run") { $0.appending(where: isLine("C 10")) { $0.label = "E refused" } },
  Alteration("deferrable", "a late callback that doesn't run") { $0.filter { !isLine("late 10")($0) } },
  Alteration("deferrable", "a second status is taken") {
    $0.changing(where: isLine("set again: false")) { $0.label = "set again: true" }
  },
  Alteration("deferrable", "a timeout at another time", script: "t@0.5") {
    $0.changing(where: isLine("E timed out")) { $0.time += .milliseconds(1) }
  },
  Alteration("deferrable", "no timeout", script: "t@0.5") {
    $0.filter { !isLine("E timed out")($0) && !$0.is(.statusSet) }
  },
  Alteration("deferrable", "a timeout that nobody asked for", script: "x@1") {
    $0.changing(where: isLine("E refused")) { $0.label = "E timed out" }
  },

  Alteration("default-deferrable", "one listener hears twice") { $0.appending(where: isLine("one: refused")) },
  Alteration("default-deferrable", "a listener hears nothing") { $0.filter { !isLine("two: refused")($0) } },
  Alteration("default-deferrable", "the failure waits for the other part") {
    $0.changingAll(where: { $0.is(.log) && $0.turn == 1 }) { $0.turn = 2 }
  },
  Alteration("default-deferrable", "they hear different things") {
    $0.changing(where: isLine("two: refused")) { $0.label = "two: [\"part a\"]" }
  },
  Alteration("default-deferrable", "success after the first part", script: "a@1 b@2") {
    $0.changingAll(where: { $0.is(.log) }) { $0.turn = 1 }
  },
  Alteration("default-deferrable", "a failure out of nowhere", script: "a@1 b@2") {
    $0.changingAll(where: { $0.is(.log) }) { $0.label = "\($0.label?.prefix(3) ?? ""): refused" }
  },

  Alteration("spawn", "a process that runs inside of notify") {
    $0.movingRun(where: { $0.subject == "process" }, behind: isKey("g"))
  },
  Alteration("spawn", "a hop in the turn of the one before") {
    $0.changing(2, where: { $0.is(.tickBegin) }) { $0.turn -= 1 }
  },
  Alteration("spawn", "messages in the wrong order") { events in
    let ticks = events.filter { $0.is(.tickBegin) && $0.turn == 8 }.map(\.id)
    return events.changingAll(where: { $0.is(.tickBegin) && ticks.contains($0.id) }) {
      $0.id = $0.id == ticks[0] ? ticks[1] : ticks[0]
    }
  },
  Alteration("spawn", "a message that got lost") { $0.filter { !isLine("ping 3")($0) } },
  Alteration("spawn", "the old closure hears after yield") {
    $0.changing(where: isLine("heir 3")) { $0.label = "ping 3" }
  },
  Alteration("spawn", "the heir hears before yield") { $0.changing(where: isLine("ping 2")) { $0.label = "heir 2" } },
  Alteration("spawn", "the dead hear") {
    $0.movingRun(where: isKey("k"), behind: isKey("i"))
  },

  Alteration("signals", "a handler inside of another callback") {
    $0.movingRun(where: { $0.is(.signalBegin) }, behind: isKey("u"))
  },
  Alteration("signals", "heard in the turn that raised it") {
    $0.changingAll(where: { $0.is(.log) && $0.turn == 2 }) { $0.turn = 1 }
  },
  Alteration("signals", "a signal that was lost") { events in
    events.filter { !($0.is(.log) && $0.turn == 7 && $0.label?.hasPrefix("USR1") == true) }
  },
  Alteration("signals", "signals that nobody raised") { events in
    (0..<9).reduce(events) { events, _ in events.appending(where: isLine("USR1 heard, 1 in all")) }
  },
  Alteration("signals", "a watch that hears nothing") { $0.filter { !isLine("heard here, too")($0) } },
  Alteration("signals", "a cancelled watch that hears") { $0.appending(where: isLine("heard here, too")) },
]
