// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The items of a program by name, in the order in which they appeared.
///
/// The latest hundred or so are kept: a program that runs for long makes no end of them.
struct ItemTable: Sendable, Equatable {
  private(set) var all: [Item] = []
  private var indices: [String: Int] = [:]
  /// Above this the older half of what is over is forgotten.
  private static let limit = 128

  /// How many jobs wait for a thread.
  var waitingJobs: Int { all.count { $0.kind == .job && $0.state == .waiting } }
  /// How many jobs run.
  var runningJobs: Int { all.count { if case .running = $0.state { true } else { false } } }

  subscript(name: String) -> Item? { indices[name].map { all[$0] } }

  private mutating func change(
    _ name: String, _ kind: Item.Kind, _ place: Place?, _ change: (inout Item) -> Void
  ) {
    guard !name.isEmpty else { return }
    if let index = indices[name] { return change(&all[index]) }
    var item = Item(kind: kind, name: name, place: place)
    change(&item)
    indices[name] = all.count
    all.append(item)
    if all.count > Self.limit { forget() }
  }

  /// Forgets the older half of what is over.
  private mutating func forget() {
    var over = all.count { !$0.isAlive } / 2
    all.removeAll { item in
      guard !item.isAlive, over > 0 else { return false }
      over -= 1
      return true
    }
    indices = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
  }

  /// What was taken for something else turns out to be this.
  mutating func rename(_ old: String, _ new: String, _ kind: Item.Kind) {
    guard let index = indices.removeValue(forKey: old) else { return }
    all[index].name = new
    all[index].kind = kind
    indices[new] = index
  }

  // MARK: Timers

  mutating func arm(timer name: String, _ place: Place, due: Instant) {
    change(name, .timer, place) { timer in
      if timer.runs > 0 || timer.interval > 0 { timer.interval = max(0, due.nanoseconds - timer.time.nanoseconds) }
      timer.state = .waiting
      timer.time = due
    }
  }

  mutating func fire(_ name: String) {
    guard let index = indices[name] else { return }
    all[index].runs += 1
    // Its deadline stays for the next one to be compared with.
    all[index].state = .fired
  }

  /// A beat had no time for some of its points.
  mutating func miss(_ name: String, _ count: Int) {
    guard let index = indices[name] else { return }
    all[index].missed += count
    // The next point is so much further off.
    all[index].interval /= Int64(count + 1)
  }

  mutating func cancel(_ name: String, at time: Instant) {
    guard let index = indices[name], all[index].kind != .deferrable else { return }
    all[index].state = .cancelled
    all[index].time = time
  }

  // MARK: Processes and watches

  mutating func run(_ name: String, _ kind: Item.Kind, _ place: Place?, counts: Bool = true) {
    change(name, kind, place) { if counts { $0.runs += 1 } }
  }

  /// One message more, or less, for the processes of that place.
  mutating func queueMessage(from place: Place, _ change: Int) {
    for index in all.indices where all[index].kind == .process && all[index].place == place {
      all[index].messages = max(0, all[index].messages + change)
    }
  }

  // MARK: Jobs

  mutating func takeJob(_ event: TraceEvent, _ name: String, _ place: Place?, _ workers: inout Int) {
    workers = max(workers, event.lane)
    change(name, .job, place) { job in
      job.kind = .job
      job.time = event.time
      switch event.phase {
      case .begin: job.state = .running(worker: event.lane)
      case .end: job.state = event.first == 2 ? .cancelled : .ended
      default: job.state = .waiting
      }
    }
  }

  // MARK: Deferrables

  mutating func setStatus(_ event: TraceEvent, _ name: String, _ place: Place?) {
    guard place != nil else { return }
    change(name, .deferrable, place) { deferrable in
      let hasSucceeded = event.first == 1
      deferrable.state = hasSucceeded ? .succeeded : .failed
      deferrable.time = event.time
      deferrable.settings += 1
      for index in deferrable.entries.indices where deferrable.entries[index].isErrback == hasSucceeded {
        if deferrable.entries[index].state == .waiting { deferrable.entries[index].state = .dropped }
      }
    }
  }

  mutating func add(_ entry: Item.Entry, to name: String, _ place: Place?) {
    guard place != nil else { return }
    change(name, .deferrable, place) { item in
      item.entries.append(entry)
      // A late one that isn't of the status's line never runs.
      let isLost = entry.isErrback ? item.state == .succeeded : item.state == .failed
      if isLost { item.entries[item.entries.count - 1].state = .dropped }
    }
  }

  mutating func begin(entry: UInt64, of name: String) { set(entry, of: name, .running) }
  mutating func end(entry: UInt64, of name: String) { set(entry, of: name, .ran) }

  private mutating func set(_ entry: UInt64, of name: String, _ state: Item.Entry.State) {
    guard let item = indices[name], let index = all[item].entries.firstIndex(where: { $0.id == entry }) else { return }
    all[item].entries[index].state = state
  }
}
