// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `A run's history` {
  private func events(_ lesson: any Lesson.Type) throws -> [TraceEvent] { try played(lesson).events }

  @Test(arguments: Course.all.map { $0.card.id })
  func `gives at each place the moment that folding from the beginning gives`(_ id: String) throws {
    let lesson = try Course.lesson(id)
    let history = History()
    history.append(try events(lesson))
    var (folded, names) = (Moment(), Names())
    for (place, event) in history.events.enumerated() {
      // Every place would take the square of the events; these reach all states that are kept.
      if place % 97 == 0 { #expect(history.moment(at: place) == folded) }
      folded.take(event, names.name(of: event))
    }
    // All have their names by now.
    for event in history.events { #expect(history.names.known(for: event) == names.name(of: event)) }
    #expect(history.names == names)
    #expect(history.moment(at: history.end) == folded)
  }

  @Test func `goes back and forth over the same places`() throws {
    let history = History()
    history.append(try events(Deferrables.self))
    var forward: [Int] = []
    var place = history.start
    while place < history.end {
      place = history.stop(after: place)
      forward.append(place)
    }
    var back: [Int] = []
    place = history.end
    while place > history.start {
      back.append(place)
      place = history.stop(before: place)
    }
    #expect(Array(forward.dropLast()) == back.dropFirst().reversed())
  }

  @Test func `ends with its last event, where that is worth to stop at`() throws {
    let all = try events(Deferrables.self)
    let last = try #require(all.lastIndex { $0.is(.log) })
    let history = History()
    history.append(Array(all[...last]))
    #expect(history.stop(before: history.end + 1) == history.end)
    #expect(history.stop(before: history.end) < history.end)
    let zoom = ZoomScreen(try Scenes.app(), title: "", history: history, code: [])
    zoom.handle(.left)
    #expect(zoom.cursor < history.end)
    zoom.handle(.end)
    #expect(zoom.cursor == history.end)
  }

  @Test func `keeps at least 65,536 events, and counts what it forgets`() throws {
    let history = History()
    let pattern = try events(Chunking.self)
    var count = 0
    while count < 3 * History.capacity {
      history.append(pattern)
      count += pattern.count
    }
    #expect(history.end == count)
    #expect(history.dropped == history.end - history.events.count)
    #expect(history.events.count >= History.capacity)
    #expect(history.events.count <= History.capacity + 8192 + pattern.count)
    #expect(history.log.allSatisfy { $0.event >= history.start })
    #expect(history.event(at: history.start) != nil && history.event(at: history.start - 1) == nil)
    // What is kept can still be looked at, from its first place on.
    var (folded, names) = (Moment(), Names())
    for place in 0..<history.start + 5 {
      let event = pattern[place % pattern.count]
      folded.take(event, names.name(of: event))
    }
    #expect(history.moment(at: history.start + 5) == folded)
    #expect(
      Scope(Picture(history, now: history.now.time), column: .milliseconds(50), width: 80).lanes(atMost: 9).count > 2)
  }

  @Test func `keeps no more of one long piece than of many, and all of what has an end`() throws {
    let pattern = try events(Chunking.self)
    let piece = (0..<3 * History.capacity).map { pattern[$0 % pattern.count] }
    let history = History()
    history.append(piece)
    #expect((History.capacity...History.capacity + 8192).contains(history.events.count))
    #expect(history.end == piece.count && history.moment(at: history.start).turn > 0)
    let whole = History(capacity: .max)
    whole.append(piece)
    #expect(whole.dropped == 0 && whole.events.count == piece.count)
  }
}

@Suite struct `The lanes` {
  @Test func `forget what is over, also behind a timer that waits for long`() throws {
    func timer(_ phase: LoopEvent.Phase, _ id: UInt64, due: Int) -> TraceEvent {
      var event = TraceEvent(LoopEvent(.log), turn: 1, file: "Lessons/X.swift")
      (event.subject, event.phase, event.id, event.first, event.line) = ("timer", phase, id, due, 1)
      event.time = Instant(nanoseconds: Int64(due))
      return event
    }
    let history = History()
    history.append([timer(.arm, 1, due: 1_000_000_000)])
    for id in 2..<UInt64(2 * History.capacity) {
      history.append([timer(.arm, id, due: Int(id)), timer(.begin, id, due: Int(id)), timer(.end, id, due: Int(id))])
    }
    #expect(history.lanes.dues.count <= history.events.count)
    #expect(history.lanes.dues.first?.id == 1 && history.lanes.dues.first?.met == .max)
    // It is still known when it fires.
    history.append([timer(.begin, 1, due: 1_000_000_000)])
    #expect(history.lanes.dues.first?.met == history.end - 1)
  }
}

@Suite struct `The scope` {
  private func lane(_ name: String, _ scope: Scope) -> String {
    String(scope.lanes(atMost: 9).first { $0.name == name }?.cells.map(\.character) ?? [])
  }

  @Test func `shows a block of 2 s as 40 columns of 50 ms, and the beat as overdue meanwhile`() throws {
    let frame = try Scenes.frame(Chunking.self)
    let scope = Scope(frame.view(at: .zero + .seconds(3.2)).picture, column: .milliseconds(50), width: 80)
    #expect(lane("reactor", scope).hasSuffix("T····T····T····T····K" + String(repeating: "█", count: 39)))
    #expect(lane("due", scope).hasSuffix("T····T····T····T····T····!" + String(repeating: "─", count: 34)))
  }

  @Test func `shows jobs on the workers, and their results on their way`() throws {
    let frame = try Scenes.frame(Pool.self)
    let scope = Scope(frame.view(at: .zero + .seconds(2.7)).picture, column: .milliseconds(50), width: 80)
    let end = lane("worker-1", scope)
    #expect(end.contains("[j1=================[j3"), "\(end)")
    #expect(lane("results", scope).contains("R"))
    #expect(lane("reactor", scope).contains("C"))
  }

  @Test func `leaves lanes out that have nothing to show`() throws {
    let frame = try Scenes.frame(Deferrables.self)
    let names = Scope(frame.view(at: .zero + .seconds(0.4)).picture, column: .milliseconds(50), width: 80)
      .lanes(atMost: 9).map(\.name)
    #expect(names == ["reactor"])
  }

  @Test func `moves by whole columns`() throws {
    let history = try Scenes.frame(Chunking.self).history
    func reactor(_ milliseconds: Int) -> String {
      lane(
        "reactor",
        Scope(Picture(history, time: .zero + .milliseconds(milliseconds)), column: .milliseconds(50), width: 80))
    }
    #expect(reactor(1_000) == reactor(1_049))
    #expect(reactor(1_000).dropFirst() == reactor(1_050).dropLast())
  }
}

@Suite struct `The code pane` {
  private func notes(_ frame: LessonFrame, at time: Double, line text: String) throws -> [String] {
    let view = frame.view(at: .zero + .seconds(time))
    let line = try #require(view.code.first { $0.text.contains(text) })
    return CodePane(lines: view.code, file: view.card?.file ?? "", picture: view.picture).notes(line.number).map(\.text)
  }

  @Test func `says what runs, how long, how often and how late`() throws {
    let frame = try Scenes.frame(Chunking.self)
    #expect(try notes(frame, at: 2.6, line: "onKey(\"b\")") == ["RUNNING 1.35 s", "x1"])
    #expect(try notes(frame, at: 2.6, line: "addPeriodicTimer") == ["1.10 s late", "x5"])
    #expect(try notes(frame, at: 1.1, line: "addPeriodicTimer") == ["due in 0.15 s", "x4"])
  }

  @Test func `says which callbacks wait, which ran and which were dropped`() throws {
    let frame = try Scenes.frame(Deferrables.self)
    #expect(try notes(frame, at: 0.4, line: "io.log(\"C ") == ["waits"])
    #expect(try notes(frame, at: 1.5, line: "io.log(\"C ") == ["x1"])
    #expect(try notes(frame, at: 1.5, line: "io.log(\"E ") == ["dropped"])
  }

  @Test func `says where jobs are`() throws {
    let frame = try Scenes.frame(Pool.self)
    #expect(try notes(frame, at: 1.2, line: "loop.defer(on: io.pool) { [") == ["2 running", "2 waiting"])
  }

  @Test(arguments: 1...20) func `shows the line that runs, however little room there is`(_ rows: Int) throws {
    for scroll in [0, 5, 30] {
      let view = try Scenes.frame(Chunking.self).view(at: .zero + .seconds(2.6))
      var canvas = Canvas(Size(columns: 80, rows: rows))
      CodePane(lines: view.code, file: Chunking.card.file, picture: view.picture)
        .draw(on: &canvas, Area(canvas.size), scroll: scroll)
      #expect(canvas.lines.contains { $0.hasPrefix(" 38>") })
    }
  }

  @Test func `marks the line that runs`() throws {
    let view = try Scenes.frame(Chunking.self).view(at: .zero + .seconds(2.6))
    let pane = CodePane(lines: view.code, file: Chunking.card.file, picture: view.picture)
    #expect(pane.current == view.code.first { $0.text.contains("onKey(\"b\")") }?.number)
  }
}

@Suite struct `The log pane` {
  @Test func `goes on below the text of a line that is too long, and loses nothing of it`() {
    let words = (1...30).map { "word\($0)" }
    let history = History()
    history.note(LogLine(time: .zero, turn: "", kind: "callback", text: words.joined(separator: " ")))
    for columns in 34...80 {
      var canvas = Canvas(Size(columns: columns, rows: 30))
      LogPane(picture: Picture(history, now: .zero)).draw(on: &canvas, Area(canvas.size))
      let lines = canvas.lines.filter { !$0.isEmpty }
      #expect(lines.first?.hasPrefix("   0.000  callback word1") == true)
      #expect(lines.joined(separator: " ").split(separator: " ").dropFirst(2).map(String.init) == words)
      #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(String(repeating: " ", count: 19) + "word") })
    }
  }
}

@Suite struct `The turn as a sentence` {
  private func sentence(_ lesson: any Lesson.Type, at time: Double) throws -> String {
    TurnLine(picture: try LessonFrame(lesson).view(at: .zero + .seconds(time)).picture).sentence.map(\.text).joined()
  }

  @Test func `tells where the loop is and what comes next`() throws {
    #expect(
      try sentence(Chunking.self, at: 1.1) == "[wait until 1.250] > timers > I/O > arrivals > ticks > closing")
    #expect(
      try sentence(Chunking.self, at: 2.6) == "wait > timers > I/O > [arrivals: key b] > ticks > closing")
    #expect(
      try sentence(Deferrables.self, at: 0.4) == "[wait: nothing is due] > timers > I/O > arrivals > ticks > closing")
  }
}
