// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension Descriptors {
  /// Reads once.
  ///
  /// Empty at the end of the input, and where a terminal has gone; `nil` if nothing is there, which only happens on a
  /// descriptor that somebody else made non-blocking.
  static func read(_ descriptor: CInt, atMost count: Int) throws(SystemError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    do {
      let number = try SystemError.check("read", "descriptor \(descriptor)") {
        bytes.withUnsafeMutableBytes { readBytes(descriptor, $0) }
      }
      return Array(bytes.prefix(number))
    } catch  where error.errno == EAGAIN {
      return nil
    } catch  where error.errno == EIO {
      return []
    }
  }

  /// Waits until there is something to read, or the end.
  static func waitToRead(_ descriptor: CInt) {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&ready, 1, -1)
  }

  /// Opens a file to read it.
  ///
  /// It gets closed by ``close(_:_:)``.
  static func openToRead(_ path: String) throws(SystemError) -> CInt {
    try SystemError.check("open", path) { openFile(path) }
  }
}

private func readBytes(_ descriptor: CInt, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, bytes.baseAddress, bytes.count)
}

private func openFile(_ path: String) -> CInt { open(path, O_RDONLY | O_CLOEXEC) }
