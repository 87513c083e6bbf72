// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A call to the kernel that failed: which call, on what, and why.
///
/// ```swift
/// do {
///   try loop.watch(-1, for: .readable) { _ in }
/// } catch {
///   print(error)  // watch descriptor -1: Bad file descriptor (EBADF)
/// }
/// ```
public struct SystemError: Error, Sendable, Equatable {
  /// The kernel's number for what went wrong, such as `EBADF`.
  public var errno: CInt
  /// The call that failed.
  public var call: String
  /// What it was called on: a descriptor, an address, a path.
  public var subject: String

  /// An error of `call` on `subject`.
  public init(errno: CInt, call: String, subject: String = "") {
    self.errno = errno
    self.call = call
    self.subject = subject
  }
}

extension SystemError: CustomStringConvertible {
  /// Call, subject and reason in one line.
  public var description: String {
    let what = subject.isEmpty ? call : "\(call) \(subject)"
    return "\(what): \(reason) (\(Self.name(of: errno)))"
  }

  /// What the C library says of the number.
  public var reason: String {
    var buffer = [CChar](repeating: 0, count: 256)
    _ = strerror_r(errno, &buffer, buffer.count)
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  private static func name(of number: CInt) -> String {
    let known: [(CInt, String)] = [
      (EPERM, "EPERM"), (ENOENT, "ENOENT"), (EINTR, "EINTR"), (EIO, "EIO"), (EBADF, "EBADF"),
      (EAGAIN, "EAGAIN"), (ENOMEM, "ENOMEM"), (EACCES, "EACCES"), (EEXIST, "EEXIST"), (EINVAL, "EINVAL"),
      (ENFILE, "ENFILE"), (EMFILE, "EMFILE"), (ENOSPC, "ENOSPC"), (EPIPE, "EPIPE"), (ENOSYS, "ENOSYS"),
      (ENOTSUP, "ENOTSUP"), (EADDRINUSE, "EADDRINUSE"), (ECONNREFUSED, "ECONNREFUSED"),
      (ECONNRESET, "ECONNRESET"), (ETIMEDOUT, "ETIMEDOUT"), (EISDIR, "EISDIR"), (ENODEV, "ENODEV"),
    ]
    return known.first { $0.0 == number }?.1 ?? "errno \(number)"
  }
}

extension SystemError {
  /// Calls the kernel: returns what the call returns, tries again after a signal, and throws what else it says.
  ///
  /// - Parameters:
  ///   - call: The call's name, for the error.
  ///   - subject: What it is called on, made only if it fails.
  ///   - body: The call; -1 means that it failed and `errno` tells why.
  @discardableResult
  public static func check<Result: SignedInteger>(
    _ call: String, _ subject: @autoclosure () -> String = "", _ body: () -> Result
  ) throws(SystemError) -> Result {
    while true {
      let result = body()
      guard result == -1 else { return result }
      let number = currentErrno()
      if number == EINTR { continue }
      throw SystemError(errno: number, call: call, subject: subject())
    }
  }
}

/// The C library's `errno` of this thread.
@inline(__always) func currentErrno() -> CInt { errno }
