// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// One object of the calling thread, for this module's own use.
///
/// It is not kept: whoever sets it holds it until it is set to `nil` again, in the same call.
enum ThreadLocal {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let failure = pthread_key_create(&key, nil)
    precondition(failure == 0, "no thread-specific key is left (errno \(failure)): Concurrency needs one")
    return key
  }()

  static var value: AnyObject? {
    get { pthread_getspecific(key).map { Unmanaged<AnyObject>.fromOpaque($0).takeUnretainedValue() } }
    set { pthread_setspecific(key, newValue.map { Unmanaged.passUnretained($0).toOpaque() }) }
  }
}
