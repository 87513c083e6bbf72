// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

extension LessonScreen {
  /// Puts the lesson onto the interface's own thread.
  func feel() {
    live?.abandon()
    begin { [app, weak self] run in
      try SharedRun(
        self?.lesson ?? Course.all[0], on: app.loop, threads: app.options.pool ?? 2,
        changed: { [weak self] in self?.take(run) }, frozen: { [weak self] length in self?.thaw(length) })
    }
    change(speed: speed)
    say("The lesson shares the interface's thread now: b, then any keys. r undoes it.", .running)
  }

  /// Whether it is there.
  var isShared: Bool { live is SharedRun }

  /// The interface's thread is back after a callback of the lesson held it.
  private func thaw(_ length: Duration) {
    // The loop's last look was before the freeze.
    thawed = (MonotonicClock.now, length, 0)
    say("Frozen for \(Amount.text(length)): this thread could neither draw nor read a key.", .bad)
    app.invalidate()
  }

  /// Counts keys that come at once when the thread is back: they were pressed while it could not read them.
  func countIfThawed() {
    guard let (time, length, keys) = thawed else { return }
    guard MonotonicClock.now - time < .milliseconds(100) else { return thawed = nil }
    thawed = (time, length, keys + 1)
    let pressed = keys == 0 ? "1 key was pressed" : "\(keys + 1) keys were pressed"
    say("Frozen for \(Amount.text(length)): \(pressed) meanwhile, and none was read until now.", .bad)
  }
}
