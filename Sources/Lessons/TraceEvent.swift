// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// One event of a recorded run: a ``LoopEvent`` as plain data that can be written to a file, with the turn it fell into.
public struct TraceEvent: Sendable, Equatable {
  /// Its place in the stream; the stream is sorted by it.
  public var sequence: UInt64
  /// When it happened, on the loop's clock.
  public var time: Instant
  /// The number of the turn; 0 before the first.
  public var turn: Int
  /// 0 for the loop's thread, n for worker n.
  public var lane: Int
  /// The sort of thing, as `timer`.
  public var subject: String
  /// The part of its life.
  public var phase: LoopEvent.Phase
  /// The thing's number; 0 if it has none.
  public var id: UInt64
  /// The number of what was running; 0 if nothing was.
  public var cause: UInt64
  /// The file that registered it, as `Lessons/L02Timers.swift`; empty if there is none.
  public var file: String
  /// The line there.
  public var line: Int
  /// A number whose meaning the kind tells.
  public var first: Int
  /// Another one.
  public var second: Int
  /// The thing's name, or the text of the event.
  public var label: String?

  /// The event as the loop told it.
  public init(_ event: LoopEvent, turn: Int, file: String) {
    sequence = event.sequence
    time = event.time
    self.turn = turn
    lane = event.lane.rawValue
    subject = event.kind.subject
    phase = event.kind.phase
    id = event.id
    cause = event.cause
    self.file = file
    line = Int(event.line)
    first = event.first
    second = event.second
    label = event.label
  }

  /// Whether it is of that kind.
  public func `is`(_ kind: LoopEvent.Kind) -> Bool { phase == kind.phase && subject == kind.subject }

  /// `timer.begin`; a point has its subject alone.
  public var kind: String { phase == .point ? subject : "\(subject).\(phase.rawValue)" }

  /// The name of the file without its module; `L02Timers.swift`.
  public var fileName: Substring { file.split(separator: "/").last ?? "" }
}

extension LoopEvent.Kind {
  /// A line that a program logs; the label is its text.
  public static let log = Self("log", .point, .notes)
  /// A live key was given an action; the label is the key.
  public static let keyArm = Self("key", .arm, .arming)
  /// A live key's action begins; the label is the key.
  public static let keyBegin = Self("key", .begin, .runs)
  /// A live key's action has run.
  public static let keyEnd = Self("key", .end, .runs)
  /// A deferrable was released although somebody should still have heard of it; the label tells what, `first` is
  /// 1 if it was a failure.
  public static let lost = Self("lost", .point, .notes)
}
