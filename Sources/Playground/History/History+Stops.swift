// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension History {
  /// The place of the next event worth to stop at after that one; the end if there is none.
  func stop(after place: Int) -> Int {
    var next = max(place, start) + 1
    while next < end, !isStop(next - 1) { next += 1 }
    return min(next, end)
  }

  /// The place of the last event worth to stop at before that one; the beginning if there is none.
  ///
  /// Before a place behind the end that may be the end itself.
  func stop(before place: Int) -> Int {
    var previous = min(place, end + 1) - 1
    while previous > start, !isStop(previous - 1) { previous -= 1 }
    return max(previous, start)
  }

  /// Whether something of the program happens there: the moment after it differs from the one before.
  func isStop(_ place: Int) -> Bool {
    guard let event = event(at: place) else { return true }
    switch event.subject {
    case "turn": return event.phase == .begin
    case "step", "loop", "close": return false
    case "log", "lost", "stop": return true
    default: return !event.isInternal && event.phase != .arm
    }
  }
}
