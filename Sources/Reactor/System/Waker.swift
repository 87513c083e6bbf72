// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import CReactor
import Musl
#else
import CReactor
import Glibc
#endif

/// What other threads (and signal handlers) ring to end a poller's wait.
///
/// The ring is only a hint: what there is to do stands in the inbox. Closed when the last holder has let go, so that a
/// late ring never reaches a descriptor that was opened since.
final class Waker: Sendable {
  /// The descriptor that becomes readable.
  let readEnd: CInt
  /// The descriptor that a ring writes to.
  let writeEnd: CInt

  deinit {
    closeDescriptor(readEnd)
    if writeEnd != readEnd { closeDescriptor(writeEnd) }
  }

  /// Ends the wait that is under way, or the next one.
  ///
  /// Any thread; async-signal-safe.
  func ring() { Self.ring(writeEnd) }

  #if canImport(Darwin)
  init() throws(SystemError) {
    let (readEnd, writeEnd) = try openPipe()
    self.readEnd = readEnd
    self.writeEnd = writeEnd
    setNonBlocking(readEnd)
    setNonBlocking(writeEnd)
  }

  /// A full pipe is as good as a ring: the reader has yet to wake.
  static func ring(_ descriptor: CInt) {
    var byte: UInt8 = 1
    _ = write(descriptor, &byte, 1)
  }
  #else
  init() throws(SystemError) {
    let descriptor = try SystemError.check("eventfd") {
      eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
    }
    readEnd = try awayFromStandardStreams(descriptor)
    writeEnd = readEnd
  }

  /// Adds 1; it would take 2⁶⁴ rings without a reader to fill it.
  static func ring(_ descriptor: CInt) {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }
  #endif

  /// Takes the rings out, for pollers that are level-triggered.
  func drain() {
    var buffer: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    while withUnsafeMutableBytes(of: &buffer, { read(readEnd, $0.baseAddress, $0.count) }) == 32 {}
  }
}

/// Closes a descriptor of ours.
///
/// A bad one is our bug, and might be somebody else's descriptor tomorrow.
func closeDescriptor(_ descriptor: CInt) {
  guard close(descriptor) == -1 else { return }
  precondition(errno != EBADF, "Reactor closed descriptor \(descriptor) twice; please report this")
}

/// Moves a fresh descriptor up if it is 0, 1 or 2: where one of those was closed, what a program prints must not land
/// in a poller.
func awayFromStandardStreams(_ descriptor: CInt) throws(SystemError) -> CInt {
  guard descriptor <= 2 else { return descriptor }
  defer { close(descriptor) }
  return try SystemError.check("fcntl", "descriptor \(descriptor)") { fcntl(descriptor, F_DUPFD_CLOEXEC, 3) }
}

/// A pipe, closed on exec and away from the standard streams.
func openPipe() throws(SystemError) -> (readEnd: CInt, writeEnd: CInt) {
  var ends: (CInt, CInt) = (-1, -1)
  try SystemError.check("pipe") {
    withUnsafeMutableBytes(of: &ends) { pipe($0.bindMemory(to: CInt.self).baseAddress!) }
  }
  let (readEnd, writeEnd) = (try awayFromStandardStreams(ends.0), try awayFromStandardStreams(ends.1))
  for end in [readEnd, writeEnd] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (readEnd, writeEnd)
}

/// Makes a descriptor of ours non-blocking.
///
/// Never one that a user handed us: the flag lives in the open file, which other processes may share.
func setNonBlocking(_ descriptor: CInt) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}

/// Whether the descriptor is open in this process.
func isOpen(_ descriptor: CInt) -> Bool { fcntl(descriptor, F_GETFD) != -1 }
