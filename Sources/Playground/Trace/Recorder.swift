// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Hears everything that a loop tells of itself and hands it on in order of sequence, with the turn it fell into.
///
/// Set it as the observer of a loop that has none yet. Workers may call it while the loop does: an event that comes
/// ahead of an earlier one waits for that. What it hands on, it hands on one at a time.
///
/// ```swift
/// let recorder = Recorder { event in print(event.kind, event.label ?? "") }
/// loop.observer = recorder
/// ```
final class Recorder: LoopObserver {
  let interest: LoopInterest = .all

  private struct State {
    /// What came ahead of its turn, by sequence.
    var early: [UInt64: LoopEvent] = [:]
    var next: UInt64 = 1
    var turn = 0
    var history: [TraceEvent] = []
    /// A `#fileID` is told again and again, and always at the same address.
    var files: [UnsafeRawPointer: String] = [:]
    /// After the last turn that was asked for nothing is recorded any more.
    var isOver = false
  }

  private let state = Locked(State())
  private let turns: Int?
  private let isKept: Bool
  private let take: @Sendable (TraceEvent) -> Void
  private let atLastTurn: @Sendable () -> Void

  /// A recorder that hands each event to `take`.
  ///
  /// - Parameters:
  ///   - turns: How many turns to record; the rest is ignored.
  ///   - isKept: Whether to keep the events for ``history``.
  ///   - atLastTurn: Called once, when that many turns are over; it may stop the loop through its handle.
  ///   - take: Called for each event, on whichever thread; it must not wait for the loop.
  init(
    turns: Int? = nil, isKept: Bool = true, atLastTurn: @escaping @Sendable () -> Void = {},
    _ take: @escaping @Sendable (TraceEvent) -> Void
  ) {
    self.turns = turns
    self.isKept = isKept
    self.take = take
    self.atLastTurn = atLastTurn
  }

  /// A recorder that keeps all events.
  convenience init() { self.init { _ in } }

  /// A recorder that keeps all events, and hands each to `take`.
  convenience init(_ take: @escaping @Sendable (TraceEvent) -> Void) { self.init(turns: nil, take) }

  /// All that was recorded so far, in order.
  var history: [TraceEvent] { state.withLock { $0.history } }

  func observe(_ event: LoopEvent) {
    let isLast = state.withLock { state -> Bool in
      let wasOver = state.isOver
      state.early[event.sequence] = event
      while let event = state.early.removeValue(forKey: state.next) {
        state.next += 1
        record(event, &state)
      }
      return state.isOver && !wasOver
    }
    if isLast { atLastTurn() }
  }

  /// Hands on what waits for an event that never came; call it when the run is over.
  func finish() {
    state.withLock { state in
      for event in state.early.values.sorted(by: { $0.sequence < $1.sequence }) { record(event, &state) }
      state.early = [:]
    }
  }

  private func record(_ event: LoopEvent, _ state: inout State) {
    guard !state.isOver else { return }
    if event.kind == .turnBegin { state.turn = event.first }
    let recorded = TraceEvent(event, turn: state.turn, file: file(event.file, &state))
    if isKept { state.history.append(recorded) }
    take(recorded)
    if let turns, event.kind == .turnEnd, event.first >= turns { state.isOver = true }
  }

  private func file(_ name: StaticString, _ state: inout State) -> String {
    guard name.hasPointerRepresentation else { return name.description }
    if let known = state.files[name.utf8Start] { return known }
    let text = name.description
    state.files[name.utf8Start] = text
    return text
  }
}
