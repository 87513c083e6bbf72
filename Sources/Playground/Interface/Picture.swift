// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// What the panes of a screen draw: a run up to a moment.
struct Picture {
  var history: History
  /// The place in the trace after which nothing has happened yet.
  var cursor: Int
  var moment: Moment
  var now: Instant
  /// Whether the loop is held before what it has begun last.
  var isHeld = false
  /// How many threads the pool has.
  var threads = 0

  /// The run as it is now.
  init(_ history: History, now: Instant) {
    self.history = history
    cursor = history.end
    moment = history.now
    self.now = max(now, history.now.time)
  }

  /// The run as it was before the event at that place.
  init(_ history: History, at cursor: Int) {
    self.history = history
    self.cursor = cursor
    moment = history.moment(at: cursor)
    now = moment.time
  }

  /// The run as it was at a time: after all that had happened by then.
  init(_ history: History, time: Instant) {
    self.init(history, at: history.start + history.events.partitioned { $0.time <= time })
    now = time
  }

  /// How long the outermost callback has been running; `nil` if none is.
  var running: Duration? {
    guard !isHeld, let first = moment.stack.first else { return nil }
    return max(.zero, now - first.began)
  }

  /// How long the loop has been blocked; `nil` if it isn't.
  var blocked: Duration? {
    guard let running, running > Lints.limit else { return nil }
    return running
  }

  /// Which share of the last five seconds callbacks took.
  var busy: String {
    let window = min(Duration.seconds(5), max(.milliseconds(1), now - .zero))
    let from = now - window
    var sum = Duration.zero
    let spans = history.lanes.loop
    for index in stride(from: spans.partitioned { $0.begin < cursor } - 1, through: 0, by: -1) {
      let span = spans[index]
      let end = span.end < cursor ? min(span.to, now) : now
      guard end > from else { break }
      sum += end - max(span.from, from)
    }
    return Amount.share(isHeld ? .zero : sum, of: window)
  }

  /// The timer that is overdue for longest; `nil` if none is.
  var overdue: Moment.Deadline? {
    moment.deadlines.values.filter { $0.due < now.nanoseconds - 1_000_000 }.min {
      ($0.due, $0.name) < ($1.due, $1.name)
    }
  }

  /// The timer that is due next.
  var next: Moment.Deadline? { moment.deadlines.values.min { ($0.due, $0.name) < ($1.due, $1.name) } }

  /// The line of the log that was written last before the moment, and those before it.
  var log: ArraySlice<(event: Int, line: LogLine)> { history.log[..<history.log.partitioned { $0.event < cursor }] }

  /// What the program should not have done so far.
  var lints: ArraySlice<(event: Int, lint: Lint, time: Instant)> {
    history.lints[..<history.lints.partitioned { $0.event < cursor }]
  }
}

extension Array {
  /// How many elements at the beginning fulfil a condition that those after them don't.
  func partitioned(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
