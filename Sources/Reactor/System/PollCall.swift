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

extension SystemError {
  /// ENOTSUP, for files outside this folder.
  static var notSupported: CInt { ENOTSUP }
  /// EEXIST.
  static var exists: CInt { EEXIST }
  /// EBADF.
  static var badDescriptor: CInt { EBADF }
}

#if canImport(Darwin)
/// Darwin has no ppoll: whole milliseconds, rounded up.
func pollOnce(_ entries: UnsafeMutableBufferPointer<pollfd>, until deadline: Instant?) -> CInt {
  var timeout: CInt = -1
  if deadline == .past {
    timeout = 0
  } else if let deadline, deadline != .never {
    let left = max(0, deadline.nanoseconds - MonotonicClock.now.nanoseconds)
    timeout = CInt(min((left + 999_999) / 1_000_000, Int64(CInt.max)))
  }
  return poll(entries.baseAddress, nfds_t(entries.count), timeout)
}
#else
func pollOnce(_ entries: UnsafeMutableBufferPointer<pollfd>, until deadline: Instant?) -> CInt {
  guard let deadline, deadline != .never else {
    return creactor_ppoll(entries.baseAddress, UInt(entries.count), nil)
  }
  let left = deadline == .past ? 0 : max(0, deadline.nanoseconds - MonotonicClock.now.nanoseconds)
  var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
  return creactor_ppoll(entries.baseAddress, UInt(entries.count), &time)
}
#endif
