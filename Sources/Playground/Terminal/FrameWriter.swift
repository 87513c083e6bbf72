// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Writes frames to the terminal, one at a time, and never waits for it.
///
/// A terminal that is slow, or stopped, takes a part: the rest follows when there is room. Meanwhile no other frame is
/// made, so that the next one shows how things are then.
final class FrameWriter {
  private let device: TerminalDevice
  private let loop: EventLoop
  private var rest: ArraySlice<UInt8> = []
  private var watch: Watch?
  /// Called when the frame in hand has gone out.
  var whenDone: () -> Void = {}
  /// Called when the terminal can't be written to any more.
  var whenGone: () -> Void = {}

  init(_ device: TerminalDevice, on loop: EventLoop) {
    self.device = device
    self.loop = loop
  }

  /// Whether a frame is in hand.
  var isBusy: Bool { !rest.isEmpty }

  /// Writes a frame; there must be none in hand.
  func write(_ frame: [UInt8]) {
    rest = frame[...]
    proceed()
  }

  /// Drops what is left of the frame in hand: the terminal is given back, or begins anew.
  func drop() {
    rest = []
    watch?.cancel()
    watch = nil
  }

  private func proceed() {
    do {
      while !rest.isEmpty {
        let count = try device.write(rest)
        if count == 0 { return try waitForRoom() }
        rest = rest.dropFirst(count)
      }
    } catch {
      drop()
      return whenGone()
    }
    watch?.cancel()
    watch = nil
  }

  private func waitForRoom() throws(SystemError) {
    guard watch == nil else { return }
    watch = try loop.watch(device.output, for: .writable) { [self] _ in
      proceed()
      if !isBusy { whenDone() }
    }.label("terminal")
  }
}
