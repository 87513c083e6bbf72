// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The few calls on descriptors and files that the playground makes.
enum Descriptors {
  /// Whether the descriptor is open.
  static func isOpen(_ descriptor: CInt) -> Bool { fcntl(descriptor, F_GETFD) != -1 }

  /// Whether it is a terminal.
  static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

  /// Puts `/dev/null` on each of 0, 1 and 2 that is closed, and returns which were.
  ///
  /// So no file that is opened later gets such a number and is written to by mistake.
  static func fillStandardOnes() -> Set<CInt> {
    var closed: Set<CInt> = []
    for descriptor: CInt in 0...2 where !isOpen(descriptor) {
      // The lowest free number is what `open` returns, and those below are taken by now.
      _ = open("/dev/null", O_RDWR)
      closed.insert(descriptor)
    }
    return closed
  }

  /// Writes all bytes; waits where the descriptor is full, also if somebody made it non-blocking: the flag belongs to
  /// the open file, which other processes share, so it is left as it is.
  static func write(_ bytes: [UInt8], to descriptor: CInt) throws(SystemError) {
    var start = 0
    while start < bytes.count {
      do {
        start += try SystemError.check("write", "descriptor \(descriptor)") {
          bytes.withUnsafeBytes { writeBytes(descriptor, UnsafeRawBufferPointer(rebasing: $0[start...])) }
        }
      } catch  where error.errno == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&ready, 1, -1)
      }
    }
  }

  /// A pipe, for this process alone.
  static func pipe() throws(SystemError) -> (readEnd: CInt, writeEnd: CInt) {
    var ends: [CInt] = [0, 0]
    try SystemError.check("pipe") { makePipe(&ends) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Opens a file to write it anew, until ``close(_:_:)``.
  static func create(_ path: String) throws(SystemError) -> CInt {
    try SystemError.check("open", path) { open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) }
  }

  /// Closes a descriptor; says what was wrong with the bytes that were still on their way.
  static func close(_ descriptor: CInt, _ path: String) throws(SystemError) {
    try SystemError.check("close", path) { closeDescriptor(descriptor) }
  }

  /// Whether the reader of a pipe has gone.
  static func isBrokenPipe(_ error: SystemError) -> Bool { error.errno == EPIPE }
}

private func writeBytes(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}

private func closeDescriptor(_ descriptor: CInt) -> CInt { close(descriptor) }

private func makePipe(_ ends: UnsafeMutablePointer<CInt>) -> CInt { pipe(ends) }
