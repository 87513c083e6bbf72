// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The work that this thread performs, if it is a worker: what ``DeferPool/isCancelled`` and ``DeferPool/sleep(for:)``
/// speak of.
enum CurrentWork {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let failure = pthread_key_create(&key, nil)
    precondition(failure == 0, "no thread-specific key is left (errno \(failure)): DeferPool needs one")
    return key
  }()

  /// Kept unretained: the worker holds what it performs.
  static var value: PoolWork? {
    get {
      guard let pointer = pthread_getspecific(key) else { return nil }
      return Unmanaged<PoolWork>.fromOpaque(pointer).takeUnretainedValue()
    }
    set { pthread_setspecific(key, newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
  }
}
