// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What the scope draws, gathered from a trace: what ran on the loop and on each worker, what was due when, which results
/// waited.
///
/// Everything carries its place in the trace, so that the lanes of an earlier moment are those with the later part left
/// out. Each list is in order of that place.
struct Lanes: Sendable {
  /// A deadline, and when it was met.
  struct Due: Sendable, Equatable {
    /// The places in the trace of arming and of firing or cancelling.
    var armed: Int
    var met = Int.max
    var due: Instant
    var came = Instant.never
    var id: UInt64
    var isCancelled = false
  }

  /// A number that changed.
  struct Level: Sendable, Equatable {
    var event: Int
    var time: Instant
    var value: Int
  }

  private(set) var loop: [Span] = []
  /// By worker, from 1.
  private(set) var workers: [Int: [Span]] = [:]
  private(set) var results: [Span] = []
  private(set) var dues: [Due] = []
  /// How many jobs wait for a thread.
  private(set) var waiting: [Level] = []

  private var depth = 0
  private var shown = false
  private var pendingDues: [UInt64: Int] = [:]
  private var openJobs: [UInt64: (worker: Int, index: Int)] = [:]
  private var openResults: [UInt64: Int] = [:]
  private var jobPlaces: Set<Place> = []
  private var names = Names()

  /// Takes the event at that place of the trace.
  mutating func take(_ event: TraceEvent, _ index: Int) {
    let name = names.name(of: event)
    switch event.subject {
    case "turn", "step", "loop", "close", "stop", "status", "log", "lost": return
    case "job": return takeJob(event, name, index)
    default: break
    }
    let place = Place(event)
    switch (event.subject, event.phase) {
    case ("timer", .arm), ("timer", .move):
      guard place != nil else { return }
      meet(event.id, index, event.time, isCancelled: true)
      pendingDues[event.id] = dues.count
      dues.append(Due(armed: index, due: Instant(nanoseconds: Int64(event.first)), id: event.id))
    case ("timer", .cancel): meet(event.id, index, event.time, isCancelled: true)
    case ("arrival", .arm):
      guard let place, jobPlaces.contains(place) else { return }
      openResults[event.id] = results.count
      results.append(Span(begin: index, from: event.time, letter: .result))
    case (_, .begin):
      if event.subject == "timer" { meet(event.id, index, event.time) }
      if event.subject == "arrival", let open = openResults.removeValue(forKey: event.id) {
        results[open].end = index
        results[open].to = event.time
      }
      begin(event, place, name, index)
    case (_, .end): end(event, index)
    default: break
    }
  }

  private mutating func meet(_ id: UInt64, _ index: Int, _ time: Instant, isCancelled: Bool = false) {
    guard let open = pendingDues.removeValue(forKey: id) else { return }
    dues[open].met = index
    dues[open].came = time
    dues[open].isCancelled = isCancelled
  }

  private mutating func begin(_ event: TraceEvent, _ place: Place?, _ name: String, _ index: Int) {
    if depth == 0 {
      shown = false
      // What the playground itself does is shown by what comes of it.
      loop.append(Span(begin: index, from: event.time, letter: .arrival))
    }
    depth += 1
    guard place != nil, let letter = Letter(running: event.subject) else { return }
    let last = loop.count - 1
    guard last >= 0, !shown || loop[last].letter < letter else { return }
    shown = true
    loop[last].letter = letter
    loop[last].name = name
  }

  private mutating func end(_ event: TraceEvent, _ index: Int) {
    depth = max(0, depth - 1)
    guard depth == 0, let last = loop.indices.last else { return }
    loop[last].end = index
    loop[last].to = event.time
    // The playground's own bookkeeping, which took no time, is none of the program's business.
    if !shown, loop[last].from == event.time { loop.removeLast() }
  }

  private mutating func takeJob(_ event: TraceEvent, _ name: String, _ index: Int) {
    guard let place = Place(event) else { return }
    switch event.phase {
    case .arm:
      jobPlaces.insert(place)
      note(1, event, index)
    case .begin:
      note(-1, event, index)
      openJobs[event.id] = (event.lane, workers[event.lane]?.count ?? 0)
      workers[event.lane, default: []].append(Span(begin: index, from: event.time, letter: .job, name: name))
    case .end:
      guard let open = openJobs.removeValue(forKey: event.id) else { return note(-1, event, index) }
      workers[open.worker]?[open.index].end = index
      workers[open.worker]?[open.index].to = event.time
      workers[open.worker]?[open.index].hasFailed = event.first != 0
    case .cancel: note(-1, event, index)
    default: break
    }
  }

  private mutating func note(_ change: Int, _ event: TraceEvent, _ index: Int) {
    waiting.append(Level(event: index, time: event.time, value: max(0, (waiting.last?.value ?? 0) + change)))
  }

  /// Forgets what was over before that place of the trace.
  mutating func forget(before index: Int) {
    func isOver(_ span: Span) -> Bool { span.end < index }
    loop.removeAll(where: isOver)
    let oldResults = results.prefix { isOver($0) }.count
    results.removeFirst(oldResults)
    openResults = openResults.mapValues { $0 - oldResults }
    for worker in workers.keys {
      let old = workers[worker, default: []].prefix { isOver($0) }.count
      workers[worker]?.removeFirst(old)
      for (id, open) in openJobs where open.worker == worker { openJobs[id]?.index = open.index - old }
    }
    // All of them, not only the first: one timer may wait for as long as the run lasts.
    dues.removeAll { $0.met < index }
    for (place, due) in dues.enumerated() where due.met == .max { pendingDues[due.id] = place }
    let oldLevels = waiting.prefix { $0.event < index }.count
    if oldLevels > 1 { waiting.removeFirst(oldLevels - 1) }
  }
}
