// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Signals that the playground raises itself.
enum Raising {
  /// Raises a signal in the calling thread; its handler has run when this returns, also where the thread's maker
  /// blocked it.
  static func raiseInThisThread(_ signal: Signal) {
    var mask = sigset_t()
    var old = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, signal.rawValue)
    pthread_sigmask(SIG_UNBLOCK, &mask, &old)
    pthread_kill(pthread_self(), signal.rawValue)
    pthread_sigmask(SIG_SETMASK, &old, nil)
  }
}
