// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Ways to crash, for the tests of what a crash leaves behind.
enum Crashing: String, CaseIterable, Sendable {
  case fatal, index, abort, overflow

  /// Crashes on the calling thread.
  func crash() {
    switch self {
    case .fatal: fatalError("boom")
    case .index: print([1][Crashing.allCases.count])
    case .abort: abortProcess()
    case .overflow: print(Self.depth(0))
    }
  }

  /// Never gets to its end.
  @inline(never) private static func depth(_ level: Int) -> Int {
    level < 0 ? 0 : depth(level &+ 1) &+ depth(level &+ 2)
  }
}

private func abortProcess() { abort() }
