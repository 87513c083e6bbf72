// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
@preconcurrency import Darwin
#elseif canImport(Musl)
@preconcurrency import Musl
#else
@preconcurrency import Glibc
#endif

/// Standard output and standard error while a full screen is shown: moved into a pipe, so that what the program prints,
/// or its runtime, can be shown in its place and never tears the screen.
struct CapturedOutput {
  /// Where the lines come out; it doesn't block.
  let readEnd: CInt
  /// What 1 and 2 were.
  let standardOutput: CInt
  let standardError: CInt

  /// Moves 1 and 2.
  static func begin() throws(SystemError) -> CapturedOutput {
    let (standardOutput, standardError) = (try TerminalDevice.duplicate(1), try TerminalDevice.duplicate(2))
    var ends: (CInt, CInt) = (-1, -1)
    try SystemError.check("pipe") {
      withUnsafeMutableBytes(of: &ends) { pipe($0.bindMemory(to: CInt.self).baseAddress!) }
    }
    // The writing side stays as it is: a program that prints much must wait, not lose it.
    _ = fcntl(ends.0, F_SETFL, O_NONBLOCK)
    _ = fcntl(ends.0, F_SETFD, FD_CLOEXEC)
    dup2(ends.1, 1)
    dup2(ends.1, 2)
    close(ends.1)
    // The C library gathers whole blocks for a pipe; here somebody looks on.
    setvbuf(standardStream, nil, _IOLBF, 0)
    return CapturedOutput(readEnd: ends.0, standardOutput: standardOutput, standardError: standardError)
  }

  /// Moves 1 and 2 back.
  func end() {
    dup2(standardOutput, 1)
    dup2(standardError, 2)
    for descriptor in [standardOutput, standardError, readEnd] { close(descriptor) }
  }
}

#if canImport(Darwin)
private var standardStream: UnsafeMutablePointer<FILE> { __stdoutp }
#elseif canImport(Musl)
private var standardStream: OpaquePointer? { stdout }
#else
private var standardStream: UnsafeMutablePointer<FILE>? { stdout }
#endif
