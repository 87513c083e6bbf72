// SPDX-License-Identifier: Apache-2.0

/// A deferrable and nothing else: for an outcome that needs no class of its own.
///
/// ```swift
/// func lookUp(_ word: String, on loop: EventLoop) -> DefaultDeferrable<String, LookUpError> {
///   let answer = DefaultDeferrable<String, LookUpError>()
///   loop.addTimer(after: .seconds(1)) { answer.succeed("a definition of \(word)") }
///   return answer
/// }
/// ```
///
/// What `map`, `flatMap`, `all` and their like derive is of this type, too.
///
/// In EventMachine this is `EM::DefaultDeferrable`.
public final class DefaultDeferrable<Success, Failure: Error>: Deferrable {
  // Unchecked is right: no user code runs inside an access (`Deferrable+Delivery.swift`), so there is nothing to check.
  @exclusivity(unchecked) @usableFromInline var storage: Deferral<Success, Failure>

  // Accessors by hand, since the compiler's own are not inlined everywhere.
  /// Status and lines; for the extensions of ``Deferrable``.
  public var deferral: Deferral<Success, Failure> {
    @inlinable @inline(__always) _read { yield storage }
    @inlinable @inline(__always) _modify { yield &storage }
  }

  /// Makes one that is not settled.
  ///
  /// Leave out the arguments: they keep the place of the call, for reports.
  @inlinable public init(file: StaticString = #fileID, line: UInt = #line) {
    storage = Deferral(.unknown, .waiting, file, line)
  }

  @inlinable init(settled status: DeferredStatus<Success, Failure>, _ file: StaticString, _ line: UInt) {
    storage = Deferral(status, .settled, file, line)
  }

  // Written out so that a client's optimiser knows it, and may put one that never leaves a function on the stack.
  @inlinable deinit {}

  /// One that has succeeded already: for a function that has its answer at hand.
  @inlinable public static func succeeded(
    _ value: Success, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable {
    DefaultDeferrable(settled: .succeeded(value), file, line)
  }

  /// One that has failed already.
  @inlinable public static func failed(
    _ error: Failure, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable {
    DefaultDeferrable(settled: .failed(error), file, line)
  }
}

extension DefaultDeferrable where Success == Void {
  /// One that has succeeded already.
  @inlinable public static func succeeded(
    file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable {
    DefaultDeferrable(settled: .succeeded(()), file, line)
  }
}

@available(*, unavailable, message: "a deferrable belongs to the thread that it is used on")
extension DefaultDeferrable: Sendable {}

extension DefaultDeferrable: CustomStringConvertible {
  /// Its status, and the place that made it.
  public var description: String { "DefaultDeferrable(\(status), made at \(deferral.file):\(deferral.line))" }
}
