// SPDX-License-Identifier: Apache-2.0

@testable import playground

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Somebody who sits at a terminal in front of a program: types, changes its size, sends signals, and sees the screen.
///
/// The program leads a session of its own there, as if the terminal had been opened for it.
final class Sitting {
  private(set) var screen: TinyTerminal
  /// All that was sent.
  private(set) var bytes: [UInt8] = []
  let child: pid_t
  private let main: CInt
  /// What the terminal did with what is typed before the program came.
  private let before: TerminalModes
  private var status: CInt?
  private var isClosed = false

  /// The environment of all of them; a crash doesn't ask what to do next.
  static let usual = ["TERM": "xterm-256color", "LANG": "C.UTF-8", "SWIFT_BACKTRACE": "interactive=no,color=no"]

  /// Starts the playground.
  convenience init(_ arguments: String..., columns: Int = 80, rows: Int = 24, with more: [String: String] = [:]) {
    self.init(
      running: [Built.path] + arguments, Size(columns: columns, rows: rows),
      Self.usual.merging(more) { $1 })
  }

  /// Starts a line of the shell, in which `$P` is the playground.
  convenience init(shell line: String, columns: Int = 80, rows: Int = 24, with more: [String: String] = [:]) {
    self.init(
      running: ["/bin/sh", "-c", line], Size(columns: columns, rows: rows), Self.usual.merging(more) { $1 })
  }

  /// Starts a program; the terminal says that it has `announced` cells, if that is another size than it has.
  init(running arguments: [String], _ size: Size, _ environment: [String: String], announced: Size? = nil) {
    let (main, terminal, name) = Built.makeNamedTerminal()
    self.main = main
    screen = TinyTerminal(size)
    Self.set(announced ?? size, of: main)
    guard let modes = try? TerminalModes.current(of: terminal) else { fatalError("no modes: errno \(errno)") }
    before = modes
    child = Built.start(arguments, environment, leadingOn: name)
    close(terminal)
  }

  deinit {
    if status == nil {
      kill(-child, SIGKILL)
      kill(child, SIGKILL)
      kill(child, SIGCONT)
      _ = Built.wait(for: child)
    }
    if !isClosed { close(main) }
  }

  // MARK: What one does

  func type(_ text: String) { type(Array(text.utf8)) }

  func type(_ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes { writeTo(main, $0) }
      guard count > 0 else { fatalError("write: errno \(errno)") }
      start += count
    }
  }

  func resize(_ columns: Int, _ rows: Int) {
    screen.resize(Size(columns: columns, rows: rows))
    Self.set(Size(columns: columns, rows: rows), of: main)
  }

  func send(_ signal: CInt) { kill(child, signal) }

  /// Closes the terminal's window.
  func hangUp() {
    isClosed = true
    close(main)
  }

  // MARK: What one sees

  /// Reads until the screen is like that; false if it isn't within a minute, or the program ended before.
  func sees(_ isSo: (TinyTerminal) -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while !isSo(screen) { guard read(until: end) else { return isSo(screen) } }
    return true
  }

  /// Reads until a row of the screen has that text in it.
  func sees(_ text: String) -> Bool { sees { screen in screen.lines.contains { $0.contains(text) } } }

  /// Reads until nothing has been sent for so long; false if something always is, for a minute, or the program ended.
  func seesNothingNew(for duration: Duration) -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      let count = bytes.count
      let until = ContinuousClock.now + duration
      while ContinuousClock.now < until, bytes.count == count {
        guard read(until: until) || ContinuousClock.now >= until else { return false }
      }
      if bytes.count == count { return true }
    }
    return false
  }

  /// Reads for so long, whatever comes.
  func watch(for duration: Duration) {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end, read(until: end) || ContinuousClock.now < end {}
  }

  /// Lets time pass, and takes nothing of what is sent.
  func waitWithoutReading(for duration: Duration) {
    let end = ContinuousClock.now + duration
    while ContinuousClock.now < end { _ = poll(nil, 0, CInt(max(1, (end - .now) / .milliseconds(1)))) }
  }

  /// Waits for the program's end, and takes nothing of what is sent; false if it doesn't come within a minute.
  func endWithoutReading() -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while status == nil, ContinuousClock.now < end {
      var status: CInt = 0
      if waitpid(child, &status, WNOHANG) == child { self.status = status } else { _ = poll(nil, 0, 10) }
    }
    return status != nil
  }

  /// Waits until the program is stopped; false if it isn't within a minute, or ends.
  func isStopped() -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      var status: CInt = 0
      if waitpid(child, &status, WNOHANG | WUNTRACED) == child {
        if status & 0xFF == 0x7F { return true }
        self.status = status
        return false
      }
      _ = read(until: min(end, ContinuousClock.now + .milliseconds(20)))
    }
    return false
  }

  /// Waits for the program's end: its exit code, or 128 and the signal's number; 0 less one if it has to be ended.
  func end() -> Int {
    let end = ContinuousClock.now + .seconds(60)
    while status == nil, ContinuousClock.now < end {
      var status: CInt = 0
      if waitpid(child, &status, WNOHANG) == child { self.status = status }
      _ = read(until: min(end, ContinuousClock.now + .milliseconds(20)))
    }
    guard let status else { return -1 }
    while !isClosed, read(until: ContinuousClock.now) {}
    let signal = Int(status & 0x7F)
    return signal == 0 ? Int(status >> 8) & 0xFF : signal + 128
  }

  /// Whether the terminal takes and shows text as it did before the program came.
  var hasModesOfBefore: Bool {
    guard let now = try? TerminalModes.current(of: main) else { return false }
    return now.describes(before)
  }

  /// Everything that was sent, as text.
  var sent: String { String(decoding: bytes, as: UTF8.self) }

  private func read(until end: ContinuousClock.Instant) -> Bool {
    guard !isClosed else { return false }
    var entry = pollfd(fd: main, events: Int16(POLLIN), revents: 0)
    let left = CInt(max(0, (end - .now) / .milliseconds(1)))
    guard poll(&entry, 1, left) > 0 else { return ContinuousClock.now < end }
    guard let some = Built.readSome(main), !some.isEmpty else { return false }
    bytes += some
    screen.take(some)
    return true
  }

  private static func set(_ size: Size, of main: CInt) {
    var value = winsize()
    value.ws_col = UInt16(size.columns)
    value.ws_row = UInt16(size.rows)
    guard ioctl(main, UInt(TIOCSWINSZ), &value) == 0 else { fatalError("TIOCSWINSZ: errno \(errno)") }
  }
}

extension TerminalModes {
  /// Whether they are the same in every flag and key.
  func describes(_ other: TerminalModes) -> Bool {
    func keys(_ modes: TerminalModes) -> [UInt8] { withUnsafeBytes(of: modes.value.c_cc) { Array($0) } }
    return value.c_iflag == other.value.c_iflag && value.c_oflag == other.value.c_oflag
      && value.c_lflag == other.value.c_lflag && value.c_cflag == other.value.c_cflag && keys(self) == keys(other)
  }
}

func writeTo(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
