// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Drives an interface: keys in, frames out, on the interface's own loop.
///
/// It knows two keys by itself: Ctrl-L draws everything anew, Ctrl-Z stops the process. All others are the interface's,
/// Ctrl-C too. A signal that ends the process is not its business: see `CrashRestore`.
final class FullScreen {
  let loop: EventLoop
  let terminal: TerminalSession
  let interface: any Interface

  /// The terminal's size.
  private(set) var size = Size(columns: 80, rows: 24)
  /// Whether the screen should be drawn with ASCII only.
  var isASCII: Bool { terminal.isASCII }

  private var encoder: FrameEncoder
  private var writer: FrameWriter?
  private var keyboard: Keyboard?
  private var printed: PrintedLines?
  private var suspension: Suspension?
  private var resizing: SignalWatch?

  /// How the frames follow each other.
  private var pace = FramePace()
  private var mayBeResized = false
  /// What is sent before the next frame, to take the terminal.
  private var prefix: [UInt8] = []
  private var code: ExitCode?

  init(loop: EventLoop, terminal: TerminalSession, interface: any Interface) {
    self.loop = loop
    self.terminal = terminal
    self.interface = interface
    encoder = FrameEncoder(usesColor: terminal.usesColor, isASCII: terminal.isASCII)
  }

  /// Takes the terminal, runs the loop until ``leave(_:)``, and gives the terminal back.
  ///
  /// Throws if there is no terminal. Whoever runs it must end the process without waiting for other threads: they may be
  /// stuck.
  func run() throws -> ExitCode {
    let (device, captured) = try terminal.open()
    defer { terminal.close() }
    try loop.run { _ in
      size = terminal.size ?? device.size
      start(device, captured)
      try enter()
      interface.start(self)
    }
    return code ?? .success
  }

  private func start(_ device: TerminalDevice, _ captured: CapturedOutput) {
    let writer = FrameWriter(device, on: loop)
    writer.whenDone = { [weak self] in self?.requestFrame() }
    writer.whenGone = { [weak self] in self?.leave(.hungUp) }
    self.writer = writer
    keyboard = Keyboard(device, on: loop) { [weak self] key in
      self?.pressed(key)
    } whenGone: { [weak self] in
      self?.leave(.hungUp)
    }
    printed = PrintedLines(captured, on: loop) { [weak self] line in self?.interface.printed(line) }
    suspension = Suspension(self)
    resizing = loop.onSignal(.windowChange) { [weak self] in
      self?.mayBeResized = true
      self?.invalidate()
    }.label("resize")
  }

  private func pressed(_ key: Key) {
    // What was typed behind Ctrl-Z, or behind the key that ended it, is meant for nobody here.
    guard code == nil, suspension?.isSuspended != true else { return }
    switch key {
    case .control("l"): redraw()
    case .control("z"): suspension?.suspend()
    default: interface.handle(key)
    }
  }

  // MARK: For the interface

  /// Asks for a frame.
  ///
  /// Requests merge: 30 frames a second at most; the first one after a quiet time is drawn at the end of this turn.
  func invalidate() {
    pace.isWanted = true
    requestFrame()
  }

  /// Draws everything anew, as Ctrl-L does.
  func redraw() {
    encoder.forget()
    invalidate()
  }

  /// Ends it: the terminal is given back at once, and ``run()`` returns.
  func leave(_ code: ExitCode) {
    guard self.code == nil else { return }
    self.code = code
    writer?.drop()
    keyboard?.cancel()
    // What is still in the pipe was printed before this.
    printed?.end()
    suspension?.cancel()
    resizing?.cancel()
    terminal.leave()
    loop.stop()
  }

  // MARK: For the suspension

  /// Takes the terminal again, or for the first time.
  func enter() throws {
    writer?.drop()
    prefix = try terminal.enter()
    mayBeResized = true
    redraw()
  }

  /// Gives the terminal to the shell, for a while.
  func giveWay() {
    writer?.drop()
    terminal.leave()
  }

  /// Whether ``leave(_:)`` was called.
  var hasLeft: Bool { code != nil }

  // MARK: Frames

  private func requestFrame() {
    guard pace.isWanted, code == nil, suspension?.isSuspended != true, writer?.isBusy == false else { return }
    guard !pace.isArmed else { return }
    pace.isArmed = true
    if pace.next <= loop.now {
      loop.atEndOfTurn { [weak self] in self?.drawFrame() }
    } else {
      loop.addTimer(at: pace.next) { [weak self] in self?.drawFrame() }.label("frame")
    }
  }

  private func drawFrame() {
    pace.isArmed = false
    guard code == nil, suspension?.isSuspended != true, let writer, !writer.isBusy else { return }
    measure()
    pace.begin(at: loop.now)
    var canvas = Canvas(size)
    interface.draw(on: &canvas)
    let frame = prefix + encoder.encode(canvas)
    prefix = []
    if !frame.isEmpty { writer.write(frame) }
    // Asked for by what was called here.
    requestFrame()
  }

  private func measure() {
    guard mayBeResized, let device = terminal.device else { return }
    mayBeResized = false
    encoder.forget()
    let now = terminal.size ?? device.size
    guard now != size else { return }
    size = now
    interface.resized(to: now)
  }
}

/// How frames follow each other.
private struct FramePace {
  private static let interval = Duration.nanoseconds(33_333_333)

  var isWanted = false
  /// Whether something is on its way that will draw.
  var isArmed = false
  /// Not before that.
  private(set) var next = Instant.zero

  mutating func begin(at now: Instant) {
    isWanted = false
    next = now + Self.interval
  }
}

extension ExitCode {
  /// Ended because the terminal is gone, as by SIGHUP.
  static let hungUp = ExitCode(rawValue: 129)
}
