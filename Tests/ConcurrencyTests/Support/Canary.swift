// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Tells when it is released.
final class Canary {
  private let released: () -> Void
  init(_ released: @escaping () -> Void) { self.released = released }
  deinit { released() }
}

/// A closure that does nothing and tells when it is released.
func releasing(_ released: @escaping () -> Void) -> () -> Void {
  let canary = Canary(released)
  return { withExtendedLifetime(canary) {} }
}

/// An error to stop with.
struct Trouble: Error, Equatable {
  var name: String
  init(_ name: String) { self.name = name }
}

/// What `body` threw, or `nil`.
func thrown(_ body: () throws -> Void) -> Trouble? {
  do {
    try body()
    return nil
  } catch {
    return error as? Trouble ?? Trouble("\(error)")
  }
}
