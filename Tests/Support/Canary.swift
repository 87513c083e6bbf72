// SPDX-License-Identifier: Apache-2.0

/// Tells when it is released.
public final class Canary {
  private let released: () -> Void
  /// Calls `released` when it goes.
  public init(_ released: @escaping () -> Void) { self.released = released }
  deinit { released() }
}

/// A closure that does nothing and tells when it is released.
public func releasing(_ released: @escaping () -> Void) -> () -> Void {
  let canary = Canary(released)
  return { withExtendedLifetime(canary) {} }
}

/// An error to stop with.
public struct Trouble: Error, Equatable {
  /// What tells it from others.
  public var name: String
  /// One of that name.
  public init(_ name: String) { self.name = name }
}

/// What `body` threw, or `nil`.
public func thrown(_ body: () throws -> Void) -> Trouble? {
  do {
    try body()
    return nil
  } catch {
    return error as? Trouble ?? Trouble("\(error)")
  }
}
