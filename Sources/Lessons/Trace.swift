// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// A recorded run, as the lessons' checks read it.
public struct Trace: Sendable {
  /// A callback that ran.
  public struct Run: Sendable {
    /// How it began; its place, time and turn are those of the run.
    public var begin: TraceEvent
    /// How it ended; `nil` if it hadn't when the recording ended.
    public var end: TraceEvent?
    /// What it ran in, the innermost last: places in ``Trace/runs``.
    public var inside: [Int]
  }

  /// A line that was logged.
  public struct Line: Sendable {
    /// The line.
    public var event: TraceEvent
    /// What logged it, the innermost last: places in ``Trace/runs``.
    public var inside: [Int]
    /// Its text.
    public var text: String { event.label ?? "" }
  }

  /// All events, in order.
  public let events: [TraceEvent]
  /// Whether times are exact, as they are where time jumps; else they are as exact as the machine, and checks go by order
  /// alone.
  public let isExact: Bool
  /// Every callback that ran on the loop, in order of their beginnings.
  public private(set) var runs: [Run] = []
  /// Every line that was logged, in order.
  public private(set) var lines: [Line] = []

  /// A trace of these events, which are in order of sequence.
  public init(_ events: [TraceEvent], isExact: Bool = true) {
    self.events = events
    self.isExact = isExact
    var open: [Int] = []
    for event in events where event.lane == 0 && !Self.frames.contains(event.subject) {
      switch event.phase {
      case .begin:
        runs.append(Run(begin: event, end: nil, inside: open))
        open.append(runs.count - 1)
      case .end: if let index = open.popLast() { runs[index].end = event }
      default: if event.is(.log) { lines.append(Line(event: event, inside: open)) }
      }
    }
  }

  /// What callbacks run in.
  private static let frames: Set<String> = ["turn", "step", "loop", "close", "stop"]

  /// The runs of that sort.
  public func runs(_ subject: String) -> [Run] { runs.filter { $0.begin.subject == subject } }

  /// The presses of that key.
  public func presses(_ key: String) -> [Run] { runs("key").filter { $0.begin.label == key } }

  /// The lines that begin so.
  public func lines(_ prefix: String) -> [Line] { lines.filter { $0.text.hasPrefix(prefix) } }

  /// The events of that kind.
  public func events(_ kind: LoopEvent.Kind) -> [TraceEvent] { events.filter { $0.is(kind) } }

  /// The sorts of callback that a line or run stands in, the innermost last.
  public func subjects(_ inside: [Int]) -> [String] { inside.map { runs[$0].begin.subject } }

  /// When the loop was busy with calls to `block(for:)`: those of one turn, which follow each other, count as one.
  public var blocks: [(begin: Instant, end: Instant)] {
    Dictionary(grouping: runs("block"), by: \.begin.turn).values.map { blocks in
      (begin: blocks[0].begin.time, end: blocks.last?.end?.time ?? .never)
    }.sorted { $0.begin < $1.begin }
  }

  /// Checks that ticks ran in the order in which they were queued, each in a turn after the tick that queued it.
  func tickOrder() -> String? {
    let ran = events(.tickBegin)
    let queued = events(.tickArm)
    for (queued, ran) in zip(queued, ran) where queued.id != ran.id {
      return "tick \(ran.id) ran before tick \(queued.id), which was queued first"
    }
    let ticks = Set(ran.map(\.id))
    let turns = Dictionary(queued.map { ($0.id, $0) }) { first, _ in first }
    for tick in ran {
      guard let queued = turns[tick.id] else { return "tick \(tick.id) ran and was never queued" }
      if isInTick(queued, ticks), tick.turn != queued.turn + 1 {
        return "a tick that was queued by a tick in turn \(queued.turn) ran in turn \(tick.turn)"
      }
    }
    return nil
  }

  private func isInTick(_ event: TraceEvent, _ ticks: Set<UInt64>) -> Bool {
    guard event.cause != 0 else { return false }
    if ticks.contains(event.cause) { return true }
    // What ran may itself have run in a tick, as a process does.
    guard let run = runs.last(where: { $0.begin.id == event.cause && $0.begin.sequence < event.sequence }) else {
      return false
    }
    return run.inside.contains { runs[$0].begin.subject == "tick" }
  }
}
