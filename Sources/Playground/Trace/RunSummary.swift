// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// The numbers of a run, from its trace.
struct RunSummary: Sendable, Equatable {
  /// How many turns there were.
  var turns = 0
  /// The longest that one callback held the loop.
  var longestCallback = Duration.zero
  /// The most that a timer of the program was late.
  var longestLag = Duration.zero
  /// What was still registered when it ended, in words.
  var alive: [String] = []

  init(_ events: [TraceEvent]) {
    var names = Names()
    var pending: [UInt64: (order: UInt64, text: String)] = [:]
    for event in events {
      let name = names.name(of: event)
      turns = max(turns, event.turn)
      guard !event.isInternal else { continue }
      switch (event.subject, event.phase) {
      case ("timer", .arm), ("timer", .move):
        pending[event.id] = (event.sequence, "timer \(name), due \(Seconds.text(nanoseconds: Int64(event.first)))")
      case ("timer", .begin):
        longestLag = max(longestLag, .nanoseconds(event.time.nanoseconds - Int64(event.first)))
        pending[event.id] = nil
      case ("job", .arm): pending[event.id] = (event.sequence, "job \(name), queued")
      case ("job", .begin): pending[event.id]?.text = "job \(name), running"
      case ("watch", .arm): pending[event.id] = (event.sequence, "watch \(name)")
      case (_, .cancel), ("job", .end): pending[event.id] = nil
      default: break
      }
    }
    // What closing releases is told as cancelled; timers are released quietly.
    alive = pending.values.sorted { $0.order < $1.order }.map(\.text)
    let runs = Lessons.Trace(events).runs.filter { $0.inside.isEmpty }
    longestCallback = runs.compactMap { run in run.end.map { $0.time - run.begin.time } }.max() ?? .zero
  }
}
