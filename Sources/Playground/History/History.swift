// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The trace of a run with all that is folded from it, and any earlier moment of it.
///
/// **Facts.** A screen shows the state after some event: the last one while the loop runs, any earlier one when somebody
/// goes back. Folding from the beginning each time is too slow for a key that repeats; keeping each state takes too much
/// memory.
///
/// **The rule here.** The state is kept at each 512th event, and an earlier one is folded from the last kept before it.
/// Names only ever become more, and no state has its own.
/// What is drawn over time (lanes, log) is kept once, each part with its place in the trace.
///
/// **What it costs.** At most 65,536 events are kept; the older ones are forgotten in portions, and counted.
final class History {
  /// How many events are kept at least, once there are so many.
  static let capacity = 65_536
  private static let portion = 8_192
  private static let stride = 512

  /// The place of the first event that is kept.
  private(set) var start = 0
  private(set) var events: [TraceEvent] = []
  /// What each event's thing was called then.
  private var called: [String] = []
  /// The names of all things so far.
  private(set) var names = Names()
  private(set) var lanes = Lanes()
  /// The state after the last event.
  private(set) var now = Moment()
  /// The lines of the log, each with the place of its event.
  private(set) var log: [(event: Int, line: LogLine)] = []
  /// What the program should not have done, likewise.
  private(set) var lints: [(event: Int, lint: Lint, time: Instant)] = []
  private var plain = PlainLog()
  private var lintFold = Lints()
  private var kept: [(place: Int, moment: Moment)] = [(0, Moment())]
  private var cached: (place: Int, moment: Moment)?
  private let capacity: Int

  /// A history of so many events; of all where what is added has an end.
  init(lateLimit: Duration = .milliseconds(1), capacity: Int = History.capacity) {
    plain.lateLimit = lateLimit
    self.capacity = capacity
  }

  /// The place after the last event.
  var end: Int { start + events.count }

  /// How many events were forgotten.
  var dropped: Int { start }

  /// Takes more of the trace.
  func append(_ more: [TraceEvent]) {
    for event in more {
      let place = end
      let name = names.name(of: event)
      events.append(event)
      called.append(name)
      now.take(event, name)
      lanes.take(event, place)
      for line in plain.take(event) { log.append((place, line)) }
      for lint in lintFold.take(event) { lints.append((place, lint, event.time)) }
      if (place + 1) % Self.stride == 0 { kept.append((place + 1, now)) }
    }
    if events.count - Self.portion > capacity {
      forget((events.count - capacity) / Self.portion * Self.portion)
    }
  }

  /// Puts a line into the log that is in no trace: what was printed.
  func note(_ line: LogLine) { log.append((end - 1, line)) }

  /// The event at a place; `nil` if it isn't kept, or there is none.
  func event(at place: Int) -> TraceEvent? {
    events.indices.contains(place - start) ? events[place - start] : nil
  }

  /// The state after the events before that place.
  func moment(at place: Int) -> Moment {
    if place >= end { return now }
    var (from, moment) = kept.last { $0.place <= place } ?? kept[0]
    if let cached, cached.place <= place, cached.place > from { (from, moment) = cached }
    for index in max(from, start)..<max(place, from, start) {
      moment.take(events[index - start], called[index - start])
    }
    cached = (place, moment)
    return moment
  }

  private func forget(_ count: Int) {
    let place = start + count
    events.removeFirst(count)
    called.removeFirst(count)
    start = place
    lanes.forget(before: place)
    log.removeAll { $0.event < place }
    lints.removeAll { $0.event < place }
    kept.removeAll { $0.place < place }
    cached = nil
  }
}
