// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Reads what is typed, and tells the keys.
final class Keyboard {
  private let device: TerminalDevice
  private let loop: EventLoop
  private let whenPressed: (Key) -> Void
  private let whenGone: () -> Void
  private var parser = KeyParser()
  private var watch: Watch?
  private var escape: OneShotTimer?
  /// How long after Esc something may still belong to it.
  private let escapeDelay: Duration

  init(
    _ device: TerminalDevice, on loop: EventLoop, _ whenPressed: @escaping (Key) -> Void,
    whenGone: @escaping () -> Void
  ) {
    self.device = device
    self.loop = loop
    self.whenPressed = whenPressed
    self.whenGone = whenGone
    let milliseconds = ProcessFacts.variable("ESCDELAY").flatMap { Int($0) } ?? 50
    escapeDelay = .milliseconds(max(0, min(milliseconds, 10_000)))
    do {
      watch = try loop.watch(device.input, for: .readable) { [weak self] _ in self?.read() }.label("keyboard")
    } catch {
      // It can't be waited for: as good as none.
      loop.nextTick { whenGone() }
    }
  }

  func cancel() {
    watch?.cancel()
    escape?.cancel()
  }

  private func read() {
    escape?.cancel()
    do {
      guard let bytes = try Descriptors.read(device.input, atMost: 65_536) else { return }
      // A terminal has no end: this one is gone, and would be ready for ever.
      if bytes.isEmpty { return whenGone() }
      parser.feed(bytes).forEach(whenPressed)
    } catch {
      return whenGone()
    }
    guard parser.holdsEscape, watch?.isActive == true else { return }
    escape = loop.addTimer(after: escapeDelay) { [weak self] in
      guard let self else { return }
      parser.escapeIsAlone().forEach(whenPressed)
    }.label("Esc")
  }
}
