// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The descriptors on which a full screen reads and writes its terminal.
///
/// **Facts.** Whether a descriptor blocks is a flag of the open file, which the shell and the pipeline's other commands
/// share through 0, 1 and 2: set there, it makes them lose output. `/dev/tty` can't be waited for on every system.
///
/// **The rule here.** The terminal is opened once more by its own name, and the flag is set on that file alone. Where
/// that can't be done the shared file is used, which blocks: then each write is small, and made when there is room.
struct TerminalDevice {
  let input: CInt
  let output: CInt
  /// The same file as `output`: its restoring goes there, when frames go nowhere any more.
  let restoring: CInt
  /// Whether the files are the shell's as well, and block.
  let isShared: Bool

  /// Opens the terminal of standard output; `mayOpen` is false in a test of the other way.
  static func open(mayOpen: Bool = true) throws(SystemError) -> TerminalDevice {
    if mayOpen, let name = ttyname(1) ?? ttyname(0) {
      let flags = O_NOCTTY | O_CLOEXEC | O_NONBLOCK
      let input = openFile(name, O_RDONLY | flags)
      let output = openFile(name, O_WRONLY | flags)
      if input >= 0, output >= 0 {
        return try TerminalDevice(input: input, output: output, restoring: duplicate(output), isShared: false)
      }
      for descriptor in [input, output] where descriptor >= 0 { closeDescriptor(descriptor) }
    }
    return try TerminalDevice(input: duplicate(0), output: duplicate(1), restoring: duplicate(1), isShared: true)
  }

  /// Another number for the same open file, away from 0, 1 and 2.
  static func duplicate(_ descriptor: CInt) throws(SystemError) -> CInt {
    try SystemError.check("fcntl", "descriptor \(descriptor)") { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
  }

  func close() { for descriptor in [input, output, restoring] { closeDescriptor(descriptor) } }

  /// Writes as much as the terminal takes now, without waiting; the rest is told to be left.
  func write(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    guard !isShared else { return try writePatiently(bytes) }
    do {
      return try SystemError.check("write", "the terminal") { bytes.withUnsafeBytes { writeBytes(output, $0) } }
    } catch  where error.errno == EAGAIN {
      return 0
    }
  }

  private func writePatiently(_ bytes: ArraySlice<UInt8>) throws(SystemError) -> Int {
    var start = bytes.startIndex
    while start < bytes.endIndex, Self.hasRoom(output, waitingAtMost: 0) {
      let piece = bytes[start...].prefix(256)
      start += try SystemError.check("write", "the terminal") { piece.withUnsafeBytes { writeBytes(output, $0) } }
    }
    return start - bytes.startIndex
  }

  /// Whether a write would be taken, in so many milliseconds.
  static func hasRoom(_ descriptor: CInt, waitingAtMost milliseconds: CInt) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&entry, 1, milliseconds) > 0
  }

  /// The size that the terminal says, or the environment; 80x24 if neither does.
  var size: Size {
    var size = winsize()
    if ioctl(output, UInt(TIOCGWINSZ), &size) != 0 { size = winsize() }
    return Size.plausible(columns: Int(size.ws_col), rows: Int(size.ws_row), variable: ProcessFacts.variable)
  }
}

private func openFile(_ name: UnsafePointer<CChar>, _ flags: CInt) -> CInt { open(name, flags) }
private func closeDescriptor(_ descriptor: CInt) { close(descriptor) }
private func writeBytes(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
