// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Says from time to time that a program runs on, where nothing else tells: to somebody who hears the screen and doesn't
/// see it.
///
/// It has a loop of its own, on its own thread: so it speaks also while the program's loop is blocked, and that one's
/// turns stay its own.
final class StillRunning: Sendable {
  /// At most so often.
  static let interval = Duration.seconds(10)

  private let wasHeard = Locked(false)

  /// Something else was said.
  func heard() { wasHeard.withLock { $0 = true } }

  /// Begins to say so on that loop, with the seconds that it has been running.
  func begin(on loop: EventLoop, every interval: Duration = interval, _ say: @escaping (String) -> Void) {
    let began = loop.now
    loop.addPeriodicTimer(every: interval) { [self] in
      let isSilent = wasHeard.withLock { wasHeard in
        defer { wasHeard = false }
        return !wasHeard
      }
      if isSilent { say("still running, \((loop.now - began).components.seconds) s") }
    }
  }
}
