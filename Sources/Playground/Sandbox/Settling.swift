// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lets a loop go on until nothing is left to do at this instant: until a whole turn has brought nothing.
final class Settling {
  /// More turns than that it never takes: something may go on for ever.
  private static let patience = 64

  private let loop: EventLoop
  /// Which one is the last: it takes the place of those before.
  private var number = 0
  /// How many ticks all of them took: those are no work of the session's.
  private var ownTicks = 0

  init(_ loop: EventLoop) { self.loop = loop }

  /// Calls `done` then; the loop must not wait meanwhile, so `hasJobs` says whether jobs are to be started, which it
  /// would do where it waits.
  func begin(hasJobs: @escaping () -> Bool, _ done: @escaping () -> Void) {
    number += 1
    let number = number
    let started = loop.now
    var turnsLeft = Self.patience
    var before: (Int, Int, Int)?
    func look() {
      ownTicks += 1
      guard number == self.number else { return }
      let isInstant = loop.virtualTime?.speed == .infinity
      if isInstant, hasJobs() { loop.block(for: .zero, file: Conductor.file) }
      let statistics = loop.statistics
      let now = (statistics.ticks - ownTicks, statistics.timersFired, statistics.arrivals)
      let isWaiting = statistics.ticksQueued == 0 && (loop.nextDeadline ?? .never) > loop.now
      let isQuiet = isWaiting && before.map { $0 == now } ?? false
      if isQuiet || turnsLeft == 0 || (isInstant && loop.now > started) { return done() }
      before = now
      turnsLeft -= 1
      loop.nextTick(file: Conductor.file) { look() }
    }
    loop.nextTick(file: Conductor.file) { look() }
  }
}
