// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension EventLoop {
  /// What a loop has done and what it waits for: a snapshot.
  public struct Statistics: Sendable, Equatable {
    /// Turns, in all runs.
    public internal(set) var turns = 0
    /// Ticks that have run.
    public internal(set) var ticks = 0
    /// Ticks queued now.
    public internal(set) var ticksQueued = 0
    /// Timers that have fired.
    public internal(set) var timersFired = 0
    /// Timers pending now, those that are never due among them.
    public internal(set) var timersPending = 0
    /// Descriptors watched now.
    public internal(set) var watches = 0
    /// Signals watched now.
    public internal(set) var signalWatches = 0
    /// Pieces of work of other threads, and deliveries, that have run.
    public internal(set) var arrivals = 0
    /// Deliveries whose value has not been received yet.
    public internal(set) var outstanding = 0
    /// Holds not released yet.
    public internal(set) var holds = 0
    /// How late the latest timer step was: the time from the first due deadline to the look that found it.
    public internal(set) var lag = Duration.zero
    /// The greatest ``lag`` so far.
    public internal(set) var longestLag = Duration.zero
    /// The longest that one callback has held the loop: measured on a virtual clock, and on a real one while an observer
    /// asks for ``LoopInterest/times``.
    public internal(set) var longestCallback = Duration.zero
    /// What keeps ``RunCondition/idle`` from being reached, in words: `2 timers`, `1 watch`.
    public internal(set) var keptFromIdleBy: [String] = []
  }

  /// What the loop has done so far and what it waits for now.
  public var statistics: Statistics {
    var statistics = counters
    statistics.ticks = ticks.pointee.head - ticksDropped
    statistics.ticksQueued = ticks.pointee.count
    statistics.timersPending = timers.pointee.count
    statistics.watches = watches.count
    statistics.signalWatches = signals.count
    statistics.outstanding = outstanding
    statistics.holds = inbox.holds.load(ordering: .relaxed)
    statistics.keptFromIdleBy = keptFromIdleBy
    return statistics
  }

  private var keptFromIdleBy: [String] {
    let active = watches.places.count { !watches[$0].interest.isEmpty }
    let counts = [
      (ticks.pointee.count, "tick"), (inbox.isEmpty ? 0 : 1, "arrival"), (timers.pointee.finiteCount, "timer"),
      (active, "watch"), (outstanding, "outstanding delivery"), (inbox.holds.load(ordering: .relaxed), "hold"),
      (endOfTurn.count, "closing"), (hasSignals ? 1 : 0, "raised signal"),
    ]
    return counts.filter { $0.0 > 0 }.map { count, word in
      guard count > 1 else { return "1 \(word)" }
      if word.hasSuffix("y") { return "\(count) \(word.dropLast())ies" }
      return "\(count) \(word)\(word.hasSuffix("h") ? "es" : "s")"
    }
  }

  /// Whether the run that is under way has nothing left to wait for.
  var hasBecomeIdle: Bool { endsWhenIdle && isIdle }

  /// Whether nothing is left that could ever happen.
  var isIdle: Bool {
    // Holds come before arrivals: who schedules and then releases its hold, counts on its work being seen.
    ticks.pointee.isEmpty && endOfTurn.isEmpty && timers.pointee.finiteCount == 0 && outstanding == 0
      && inbox.holds.load(ordering: .sequentiallyConsistent) == 0 && inbox.isEmpty && !hasSignals && activeWatches == 0
  }
}
