// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Keeps all that it hears.
final class Recorder: LoopObserver {
  let interest: LoopInterest
  private let heard = Locked<[LoopEvent]>([])
  init(_ interest: LoopInterest = .all) { self.interest = interest }
  func observe(_ event: LoopEvent) { heard.withLock { $0.append(event) } }
  /// By sequence.
  var events: [LoopEvent] { heard.withLock { $0 }.sorted { $0.sequence < $1.sequence } }
  /// The kinds, by sequence.
  var kinds: [String] { events.map(\.kind.description) }
}
