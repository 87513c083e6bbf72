// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The stack on which a thread handles signals when its own is full.
enum AlternateStack {
  private static let size = 65_536

  /// Gives the calling thread one, if it has none; for as long as the thread lives.
  static func provide() {
    var stack = stack_t()
    guard sigaltstack(nil, &stack) == 0, stack.ss_flags & CInt(truncatingIfNeeded: SS_DISABLE) != 0 else { return }
    stack.ss_sp = malloc(size)
    stack.ss_size = numericCast(size)
    stack.ss_flags = 0
    sigaltstack(&stack, nil)
  }
}
