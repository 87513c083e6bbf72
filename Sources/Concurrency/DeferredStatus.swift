// SPDX-License-Identifier: Apache-2.0

/// What has become of a ``Deferrable``: nothing yet, a success with its value, or a failure with its error.
///
/// ```swift
/// switch answer.status {
/// case .unknown: print("still waiting")
/// case .succeeded(let value): print("got \(value)")
/// case .failed(let error): print("failed: \(error)")
/// }
/// ```
///
/// It is `Equatable` and `Sendable` where its parts are. Many errors are not `Equatable`: ``isUnknown``,
/// ``isSucceeded`` and ``isFailed`` always work.
///
/// In EventMachine these are the symbols `:unknown`, `:succeeded` and `:failed`, and the arguments beside them.
@frozen public enum DeferredStatus<Success, Failure: Error> {
  /// It has not been settled: callbacks and errbacks wait.
  case unknown
  /// It succeeded, with this value.
  case succeeded(Success)
  /// It failed, with this error.
  case failed(Failure)
}

extension DeferredStatus {
  /// Success or failure, as a `Result` says it.
  @inlinable public init(_ result: Result<Success, Failure>) {
    switch result {
    case .success(let value): self = .succeeded(value)
    case .failure(let error): self = .failed(error)
    }
  }

  /// The same as a `Result`; `nil` while it is unknown.
  @inlinable public var result: Result<Success, Failure>? {
    switch self {
    case .unknown: nil
    case .succeeded(let value): .success(value)
    case .failed(let error): .failure(error)
    }
  }

  /// Whether it has not been settled.
  @inlinable public var isUnknown: Bool {
    guard case .unknown = self else { return false }
    return true
  }

  /// Whether it succeeded.
  @inlinable public var isSucceeded: Bool {
    guard case .succeeded = self else { return false }
    return true
  }

  /// Whether it failed.
  @inlinable public var isFailed: Bool {
    guard case .failed = self else { return false }
    return true
  }
}

extension DeferredStatus: Sendable where Success: Sendable {}
extension DeferredStatus: Equatable where Success: Equatable, Failure: Equatable {}
extension DeferredStatus: Hashable where Success: Hashable, Failure: Hashable {}

extension DeferredStatus: CustomStringConvertible {
  /// `unknown`, `succeeded(3)` or `failed(timedOut)`.
  public var description: String {
    switch self {
    case .unknown: "unknown"
    case .succeeded(let value): "succeeded(\(value))"
    case .failed(let error): "failed(\(error))"
    }
  }
}
