// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// How many forks lie between the first process and this one.
///
/// A forked child has the parent's memory but only one of its threads, and its kernel poller is the *parent's*: taking
/// a descriptor out of it there takes it away from the parent. So a loop remembers the number of its making, and traps
/// where another one touches it. A counter that a fork handler raises costs a load; asking for the process id is a
/// system call.
enum Fork {
  @inline(__always) static var generation: Int { counter.load(ordering: .relaxed) }

  /// Installs the handler, once.
  static func observe() { _ = installed }

  private static let counter = Atomic<Int>(0)
  private static let installed: Void = {
    pthread_atfork(nil, nil, { Fork.counter.add(1, ordering: .relaxed) })
    return ()
  }()
}
