// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif
import Reactor

/// Signals that the playground raises itself.
enum Raising {
  /// Raises a signal in the calling thread; its handler has run when this returns.
  static func raiseInThisThread(_ signal: Signal) { pthread_kill(pthread_self(), signal.rawValue) }
}
