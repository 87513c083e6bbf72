// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Which loop runs on this thread: a thread-specific value, since a loop may run inside another one's callback.
enum CurrentLoop {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let failure = pthread_key_create(&key, nil)
    precondition(failure == 0, "no thread-specific key is left (errno \(failure)): Reactor needs one")
    return key
  }()

  /// The loop that runs here now, if any.
  static var value: EventLoop? {
    guard let pointer = pthread_getspecific(key) else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Sets it, and returns what it was: whoever runs a loop puts that back.
  ///
  /// Kept unretained: `run` holds the loop.
  static func exchange(_ loop: EventLoop?) -> EventLoop? {
    let old = value
    pthread_setspecific(key, loop.map { Unmanaged.passUnretained($0).toOpaque() })
    return old
  }
}
