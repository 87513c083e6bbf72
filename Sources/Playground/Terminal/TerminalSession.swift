// SPDX-License-Identifier: Apache-2.0

import Reactor

/// The terminal while it is ours: raw, on its other screen, with the program's own output moved out of the way.
final class TerminalSession {
  private let terminal: Terminal
  /// Whether the terminal's sixteen colours are used; without them, bold and reverse stay.
  let usesColor: Bool
  /// Whether nothing but ASCII is shown; other characters then stand there as `?`.
  let isASCII: Bool
  /// What the terminal is taken for, whatever it says; `nil` asks it.
  var size: Size?
  /// Whether the terminal may be opened once more; false in a test of the other way.
  private let mayOpen: Bool

  private(set) var device: TerminalDevice?
  private(set) var captured: CapturedOutput?
  /// What the shell had set.
  private var modes: TerminalModes?

  init(_ terminal: Terminal, usesColor: Bool, isASCII: Bool, mayOpen: Bool = true) {
    self.terminal = terminal
    self.usesColor = usesColor
    self.isASCII = isASCII
    self.mayOpen = mayOpen
  }

  /// Opens the terminal and moves standard output and standard error; nothing is sent yet.
  func open() throws -> (device: TerminalDevice, captured: CapturedOutput) {
    guard terminal.isInteractive, !terminal.isDumb else { throw NoTerminal() }
    let device = try TerminalDevice.open(mayOpen: mayOpen)
    do {
      modes = try TerminalModes.current(of: device.input)
      let captured = try CapturedOutput.begin()
      self.device = device
      self.captured = captured
      return (device, captured)
    } catch {
      device.close()
      throw error
    }
  }

  /// Takes the terminal, for the first time or again, and returns what it is sent for that.
  ///
  /// The handlers know first: a signal between the two finds a terminal that can be restored.
  func enter() throws(SystemError) -> [UInt8] {
    guard let device, let captured, let modes else { preconditionFailure("enter() before open()") }
    AlternateStack.provide()
    CrashRestore.arm(
      .init(
        frames: device.output, terminal: device.restoring, captured: captured, modes: modes,
        sequence: Array(ControlSequences.leave(terminal.kind).utf8)))
    try modes.raw.apply(to: device.input)
    return Array(ControlSequences.enter(terminal.kind).utf8)
  }

  /// Gives the terminal back, unless that was done.
  func leave() { CrashRestore.restore() }

  /// Gives back standard output and standard error, and closes the terminal.
  func close() {
    leave()
    captured?.end()
    device?.close()
    captured = nil
    device = nil
  }
}

/// There is nobody to show a full screen to.
struct NoTerminal: Error, CustomStringConvertible {
  var description: String { "a full screen needs a terminal on both ends, and one that isn't dumb" }
}
