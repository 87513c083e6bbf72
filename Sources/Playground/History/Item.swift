// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A timer, a deferrable, a job or a process of the program, and what has become of it.
struct Item: Sendable, Equatable {
  enum Kind: Sendable { case timer, deferrable, job, process, watch, signal }

  /// What became of it last.
  enum State: Sendable, Equatable {
    /// It waits: a timer for its deadline, a job for a thread, a deferrable for its status.
    case waiting
    /// It runs: a job on that worker.
    case running(worker: Int)
    /// A job has ended, and its result is on its way to the loop.
    case ended
    case succeeded, failed, cancelled
    /// A timer has fired for the last time.
    case fired
  }

  /// A callback or errback of a deferrable.
  struct Entry: Sendable, Equatable {
    enum State: Sendable { case waiting, running, ran, dropped }
    var id: UInt64
    var isErrback: Bool
    var place: Place?
    var state = State.waiting
  }

  var kind: Kind
  var name: String
  var place: Place?
  var state = State.waiting
  /// When it came to this state; for a timer that waits, its deadline.
  var time = Instant.zero
  /// How often it ran.
  var runs = 0
  /// How many points of its grid a periodic timer has missed.
  var missed = 0
  /// How far apart the last two deadlines of a timer were, in nanoseconds.
  var interval: Int64 = 0
  /// How many messages of a process wait.
  var messages = 0
  /// How often a deferrable's status was set.
  var settings = 0
  var entries: [Entry] = []

  /// Whether there is more to come from it.
  var isAlive: Bool {
    switch state {
    case .waiting, .running, .ended: true
    case .succeeded, .failed, .cancelled, .fired: false
    }
  }
}
