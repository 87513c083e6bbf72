// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What a loop is doing at one place of its trace: which turn and step, what runs, what waits, what became of what.
///
/// It is a fold: taking the events up to any place gives the state at that place, so going back is folding less.
struct Moment: Sendable, Equatable {
  /// Where the loop is in its life.
  enum Phase: Sendable { case before, running, closing, ended }

  /// A callback that runs.
  struct Run: Sendable, Equatable {
    var id: UInt64
    var subject: String
    var name: String
    /// Where what runs was registered; `nil` if the program did not do that.
    var place: Place?
    var began: Instant
  }

  /// A timer that waits.
  struct Deadline: Sendable, Equatable {
    var name: String
    var due: Int64
    var place: Place
  }

  /// What happened to what was registered at a line.
  struct Traffic: Sendable, Equatable {
    var runs = 0
    var cancels = 0
    /// How many ticks and messages from there wait.
    var queued = 0
  }

  private(set) var phase = Phase.before
  private(set) var time = Instant.zero
  private(set) var turn = 0
  /// 1 to 6; 0 between two turns.
  private(set) var step = 0
  /// What runs on the loop, the innermost last.
  private(set) var stack: [Run] = []
  /// The program's timers that wait.
  private(set) var deadlines: [UInt64: Deadline] = [:]
  private(set) var ticks = 0
  /// Results and work of other threads that wait for the loop.
  private(set) var arrivals: [UInt64: Instant] = [:]
  private(set) var items = ItemTable()
  private(set) var traffic: [Place: Traffic] = [:]
  /// The longest that a callback held the loop.
  private(set) var longest = Duration.zero
  /// How long callbacks ran, in all.
  private(set) var busy = Duration.zero
  /// How many threads the pool has shown.
  private(set) var workers = 0

  /// The names of deferrables by their numbers, for those that turn out to be jobs.
  private var owners: [UInt64: String] = [:]
  private var outermost = Instant.zero
  private var queuedTicks: [UInt64: Place?] = [:]

  /// Takes the next event, whose thing has that name.
  mutating func take(_ event: TraceEvent, _ name: String) {
    time = max(time, event.time)
    let place = Place(event)
    switch event.subject {
    case "turn":
      if event.phase == .begin { turn = event.first }
      // Whoever began to watch later has not seen the loop begin.
      if phase == .before { phase = .running }
      step = 0
      return
    case "step":
      step = event.phase == .begin ? event.first : 0
      return
    case "loop":
      // A host's turns are runs of their own, each of which begins and ends; the loop ends where it closed.
      if event.phase == .begin { phase = .running } else if phase == .closing { phase = .ended }
      return
    case "close":
      if event.phase == .begin { phase = .closing }
      return
    case "job":
      // The deferrable that a job is had a name of its own until the job was there.
      if event.phase == .arm, let first = owners.removeValue(forKey: UInt64(max(0, event.first))), first != name {
        items.rename(first, name, .job)
      }
      return items.takeJob(event, name, place, &workers)
    case "status":
      owners[event.id] = nil
      return items.setStatus(event, name, place)
    case "log", "lost", "stop": return
    default: break
    }
    switch event.phase {
    case .begin: begin(event, name, place)
    case .end: end(event)
    case .arm, .move: arm(event, name, place)
    case .cancel: cancel(event, name, place)
    case .point: break
    }
  }

  // MARK: Runs

  private mutating func begin(_ event: TraceEvent, _ name: String, _ place: Place?) {
    if stack.isEmpty { outermost = event.time }
    let run = Run(id: event.id, subject: event.subject, name: name, place: place, began: event.time)
    switch event.subject {
    case "timer":
      deadlines[event.id] = nil
      if place != nil { items.fire(name) }
    case "tick": dequeue(event.id)
    case "arrival": arrivals[event.id] = nil
    case "process": items.run(name, .process, place)
    case "signal" where place != nil: items.run(name, .signal, place)
    case "watch" where place != nil: items.run(name, .watch, place)
    case "periodic": items.miss(name, event.second)
    case "callback", "errback": items.begin(entry: event.id, of: name)
    default: break
    }
    // The tick of a message, and the timer of a beat, are counted once.
    if let place, stack.last?.place != place || stack.last?.subject == event.subject {
      traffic[place, default: Traffic()].runs += 1
    }
    stack.append(run)
  }

  private mutating func end(_ event: TraceEvent) {
    guard let run = stack.popLast() else { return }
    if run.subject == "callback" || run.subject == "errback" { items.end(entry: run.id, of: run.name) }
    guard stack.isEmpty else { return }
    let length = event.time - outermost
    busy += length
    if run.place != nil || length > .zero { longest = max(longest, length) }
  }

  /// `key b`, `timer t1`: for the sentence that tells the turn.
  static func words(_ run: Run) -> String? {
    guard run.place != nil else { return nil }
    let word =
      switch run.subject {
      case "periodic": "timer"
      case "process": "message to"
      case "tick": "tick"
      default: run.subject
      }
    return run.name.isEmpty ? word : "\(word) \(run.name)"
  }

  // MARK: Registrations

  private mutating func arm(_ event: TraceEvent, _ name: String, _ place: Place?) {
    switch event.subject {
    case "timer":
      guard let place else { return }
      deadlines[event.id] = Deadline(name: name, due: Int64(event.first), place: place)
      items.arm(timer: name, place, due: Instant(nanoseconds: Int64(event.first)))
    case "tick":
      ticks += 1
      queuedTicks[event.id] = .some(place)
      if let place {
        traffic[place, default: Traffic()].queued += 1
        items.queueMessage(from: place, 1)
      }
    case "arrival": if place != nil { arrivals[event.id] = event.time }
    case "callback", "errback":
      owners[UInt64(max(0, event.first))] = name
      items.add(
        Item.Entry(id: event.id, isErrback: event.subject == "errback", place: place), to: name, place)
    case "watch": if let place { items.run(name, .watch, place, counts: false) }
    case "signal": if let place { items.run(name, .signal, place, counts: false) }
    default: break
    }
  }

  private mutating func cancel(_ event: TraceEvent, _ name: String, _ place: Place?) {
    deadlines[event.id] = nil
    arrivals[event.id] = nil
    // What closing drops was not cancelled by the program.
    guard let place, phase == .running else { return }
    traffic[place, default: Traffic()].cancels += 1
    items.cancel(name, at: event.time)
  }

  private mutating func dequeue(_ id: UInt64) {
    guard let place = queuedTicks.removeValue(forKey: id) else { return }
    ticks -= 1
    guard let place else { return }
    traffic[place]?.queued -= 1
    items.queueMessage(from: place, -1)
  }
}
