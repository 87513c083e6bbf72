// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Lets a loop's thread pass, or holds it: before a turn, before a callback, or as soon as it comes by.
///
/// The loop comes by in its observer, which may block. Whoever steps asks from another thread; what the loop has not
/// reached yet it reaches as fast as it can: while it is stepped its time jumps, and while it is held its time stands.
final class Gate: Sendable {
  /// How far the loop may go.
  enum Pass: Sendable, Equatable {
    /// As far as it likes, at that speed.
    case run(speed: Double)
    /// As fast as it can, until its time has come there.
    case leap(until: Instant)
    /// Until it comes by anywhere.
    case stop
    /// To the beginning of the next turn.
    case turn
    /// To the beginning of the next callback of the program.
    case callback
  }

  private struct State {
    var pass: Pass
    /// Counts what was asked for: who is held goes on at the next request.
    var requests = 0
    var isHeld = false
    /// Where jobs were handed over.
    var jobLines: Set<UInt> = []
  }

  private let state: Locked<State>
  private let time: VirtualTime
  /// How fast time passes while the loop is stepped.
  private let stepSpeed: Double
  /// Called on the loop's thread where it is held.
  private let held: @Sendable () -> Void

  /// A gate for the loop of that clock.
  ///
  /// A loop whose time is held by something at infinite speed is stepped at a very high one.
  init(_ time: VirtualTime, speed: Double, stepSpeed: Double = .infinity, held: @escaping @Sendable () -> Void) {
    self.time = time
    self.stepSpeed = stepSpeed
    self.held = held
    state = Locked(State(pass: .run(speed: speed)))
    time.speed = speed
  }

  /// Whether the loop stands at the gate.
  var isHeld: Bool { state.withLock { $0.isHeld } }

  /// The time of the loop.
  var now: Instant { time.now }

  /// What was asked for last.
  var pass: Pass { state.withLock { $0.pass } }

  /// Asks for something else; any thread but the loop's.
  func open(_ pass: Pass) {
    state.withLock { state in
      state.pass = pass
      state.requests += 1
      // At once, not when its thread has woken: who asks next must not take the last stop for a new one.
      if pass != .stop { state.isHeld = false }
      // Inside the lock: the loop, which stops time where it is held, must not come between.
      switch pass {
      case .run(let speed): time.speed = speed
      case .stop: time.speed = 0
      case .turn, .callback, .leap: time.speed = stepSpeed
      }
    }
    state.wakeAll()
  }

  /// The loop comes by, with what it has just told.
  func come(_ event: LoopEvent) {
    guard event.lane == .loop else { return }
    let isTurn = event.kind == .turnBegin
    let isCallback = isCallback(event)
    guard isTurn || isCallback else { return }
    let request = state.withLock { state -> Int? in
      switch state.pass {
      case .run: return nil
      case .turn where !isTurn: return nil
      case .callback where !isCallback: return nil
      case .leap(let end) where !isTurn || time.now < end: return nil
      case .turn, .callback, .leap:
        state.pass = .stop
        time.speed = 0
      case .stop: break
      }
      state.isHeld = true
      return state.requests
    }
    guard let request else { return }
    held()
    _ = state.wait { state -> Bool? in
      guard state.requests != request, state.pass != .stop else { return nil }
      return true
    }
  }

  /// Whether a callback of the program begins, and not a part of one that was announced already.
  private func isCallback(_ event: LoopEvent) -> Bool {
    if event.kind == .jobArm {
      state.withLock { state in _ = state.jobLines.insert(event.line) }
      return false
    }
    guard event.kind.phase == .begin, event.kind.interest.contains(.runs), !Self.isOwn(event.file) else { return false }
    switch event.kind.subject {
    // A beat is its timer, a message is its tick, and a block is what a callback does.
    case "periodic", "process", "block": return false
    // A result is heard by the callbacks in it.
    case "arrival": return state.withLock { !$0.jobLines.contains(event.line) }
    default: return true
    }
  }

  /// Whether the playground or the library registered it, not the program.
  private static func isOwn(_ file: StaticString) -> Bool {
    file.withUTF8Buffer { name in
      ["playground", "Reactor/", "Concurrency/", "Lessons/LessonIO"].contains { name.starts(with: $0.utf8) }
    }
  }
}
