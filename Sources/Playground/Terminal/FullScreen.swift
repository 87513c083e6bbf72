// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Drives an interface: keys in, frames out, on the interface's own loop.
final class FullScreen {
  private let loop: EventLoop
  private let terminal: TerminalSession
  private let interface: any Interface

  /// The terminal's size.
  private(set) var size = Size(columns: 80, rows: 24)
  /// Whether the screen should be drawn with ASCII only.
  var isASCII: Bool { terminal.isASCII }

  init(loop: EventLoop, terminal: TerminalSession, interface: any Interface) {
    self.loop = loop
    self.terminal = terminal
    self.interface = interface
  }

  /// Takes the terminal, runs the loop until ``leave(_:)``, and gives the terminal back.
  func run() throws -> ExitCode { .success }

  /// Asks for a frame.
  ///
  /// Requests merge: 30 frames a second at most; the first one after a quiet time is drawn at the end of this turn.
  func invalidate() {}

  /// Draws everything anew, as Ctrl-L does.
  func redraw() {}

  /// Ends it.
  func leave(_ code: ExitCode) {}
}
