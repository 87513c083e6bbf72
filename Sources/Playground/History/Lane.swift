// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Something in a lane of the scope that began and has ended, or goes on.
struct Span: Sendable, Equatable {
  /// The places in the trace of its beginning and its end; `.max` while it goes on.
  var begin: Int
  var end = Int.max
  var from: Instant
  var to = Instant.never
  /// What stands where it begins.
  var letter: Letter
  /// What it is called, where there is room to say so.
  var name = ""
  /// Whether it ended in an error.
  var hasFailed = false
}

/// Why the loop runs, in one letter; of several in one column the one of highest rank is shown.
enum Letter: Character, Sendable, Comparable {
  case job = "["
  case result = "R"
  case arrival = "A"
  case hook = "H"
  case tick = "N"
  case timer = "T"
  case watch = "W"
  case process = "M"
  case callback = "C"
  case errback = "E"
  case signal = "S"
  case key = "K"
  case overdue = "!"

  static func < (left: Letter, right: Letter) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .job: 0
    case .result: 1
    case .arrival: 2
    case .hook: 3
    case .tick: 4
    case .timer: 5
    case .watch: 6
    case .process: 7
    case .callback: 8
    case .errback: 9
    case .signal: 10
    case .key: 11
    case .overdue: 12
    }
  }

  /// The letter for what begins to run; `nil` for what has none.
  init?(running subject: String) {
    switch subject {
    case "timer", "periodic": self = .timer
    case "tick": self = .tick
    case "arrival": self = .arrival
    case "key": self = .key
    case "signal": self = .signal
    case "watch": self = .watch
    case "process": self = .process
    case "callback", "completion", "derived": self = .callback
    case "errback": self = .errback
    case "hook", "closing": self = .hook
    default: return nil
    }
  }

  /// What it stands for, in the legend.
  var meaning: String {
    switch self {
    case .job: "job"
    case .result: "result waits"
    case .arrival: "from another thread"
    case .hook: "stop hook"
    case .tick: "nextTick"
    case .timer: "timer"
    case .watch: "descriptor"
    case .process: "message"
    case .callback: "callback"
    case .errback: "errback"
    case .signal: "signal"
    case .key: "key"
    case .overdue: "overdue"
    }
  }
}
