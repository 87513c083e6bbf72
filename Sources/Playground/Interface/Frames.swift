// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Asks for a frame for each column of the scope while something moves, and for none else.
final class Frames {
  private static let interval = Duration.milliseconds(50)

  private unowned let app: App
  private let moves: () -> Bool
  private var timer: PeriodicTimer?

  init(_ app: App, while moves: @escaping () -> Bool) {
    self.app = app
    self.moves = moves
  }

  /// Something may have begun to move, or ended.
  func update() {
    guard moves() else { return stop() }
    guard timer == nil else { return }
    timer = app.loop.addPeriodicTimer(every: Self.interval) { [weak self] timer in
      guard let self else { return timer.cancel() }
      if moves() { app.invalidate() } else { stop() }
    }
  }

  /// Nobody looks.
  func stop() {
    timer?.cancel()
    timer = nil
  }
}
