// SPDX-License-Identifier: Apache-2.0

// Of many deferrables, one. The combined one is settled inside the call if its parts are settled already, else when the
// decisive part's entry has its turn. A part keeps the combined one; the combined one keeps no part. What fails when all
// is decided counts as taken.

extension DefaultDeferrable {
  /// One that succeeds with all values, in the order of the parts, when the last part has succeeded, or fails with the
  /// first failure.
  ///
  /// Of no parts it succeeds at once, with nothing. Failures that come later count as taken. It waits in vain as soon as
  /// one part goes unsettled.
  ///
  /// ```swift
  /// DefaultDeferrable.all(addresses.map(download)).callback { pages in print(pages.count) }
  /// ```
  ///
  /// EventMachine has no such thing; `MultiRequest` of em-http-request comes near.
  @inlinable public static func all<Parts: Collection>(
    _ deferrables: Parts, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable
  where Parts.Element: Deferrable, Success == [Parts.Element.Success], Failure == Parts.Element.Failure {
    let target = DefaultDeferrable(file: file, line: line)
    let values = DeferralGathering<Parts.Element.Success>(deferrables.count)
    for (index, part) in deferrables.enumerated() {
      part.derive(file, line) { target.gather($0, into: values, at: index) }
    }
    if values.left == 0 { target.succeed([]) }
    return target
  }

  /// As the other `all`, for parts of different classes with the same types.
  @inlinable public static func all<Value>(
    _ deferrables: [any Deferrable<Value, Failure>], file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable where Success == [Value] {
    let target = DefaultDeferrable(file: file, line: line)
    let values = DeferralGathering<Value>(deferrables.count)
    for (index, part) in deferrables.enumerated() {
      part.derive(file, line) { target.gather($0, into: values, at: index) }
    }
    if values.left == 0 { target.succeed([]) }
    return target
  }

  /// One that succeeds with the first success, or, when the last part has failed, fails with all failures, in the order of
  /// the parts.
  ///
  /// Of no parts it fails at once. It waits in vain when the last part that could have decided it goes unsettled.
  ///
  /// ```swift
  /// let page: DefaultDeferrable<Page, AllFailed<DownloadError>> = .any(mirrors.map(download))
  /// ```
  @inlinable public static func any<Parts: Collection, Cause: Error>(
    _ deferrables: Parts, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable
  where
    Parts.Element: Deferrable, Success == Parts.Element.Success, Cause == Parts.Element.Failure,
    Failure == AllFailed<Cause>
  {
    let target = DefaultDeferrable(file: file, line: line)
    let failures = DeferralGathering<Cause>(deferrables.count)
    for (index, part) in deferrables.enumerated() {
      part.derive(file, line) { message in
        switch message.status {
        case .succeeded(let value):
          return target.follow(.succeeded(value))
        case .failed(let error):
          failures.values[index] = error
          failures.left -= 1
          guard failures.left == 0 else { return nil }
          guard !failures.isOneGone else {
            target.abandon()
            return nil
          }
          return target.follow(.failed(AllFailed(failures.values.compactMap { $0 })))
        case .unknown:
          failures.isOneGone = true
          if failures.isLastToGo(index) { message.abandonment?.reach(target) }
          return nil
        }
      }
    }
    if failures.left == 0, deferrables.isEmpty { target.fail(AllFailed([])) }
    return target
  }

  /// One that takes the outcome of whichever part is settled first.
  ///
  /// ```swift
  /// DefaultDeferrable.race([fast, slow]).callback { print("the winner says \($0)") }
  /// ```
  ///
  /// The losers go on; their failures count as taken. It waits in vain when the last part goes unsettled.
  ///
  /// - Precondition: there is at least one part; a race of nobody would never end.
  @inlinable public static func race<Parts: Collection>(
    _ deferrables: Parts, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable
  where Parts.Element: Deferrable, Success == Parts.Element.Success, Failure == Parts.Element.Failure {
    precondition(!deferrables.isEmpty, "a race of nobody would never end: give it at least one deferrable")
    let target = DefaultDeferrable(file: file, line: line)
    let left = DeferralGathering<Never>(deferrables.count)
    for (index, part) in deferrables.enumerated() {
      part.derive(file, line) { message in
        guard let abandonment = message.abandonment else {
          return target.follow(message.status, quietly: message.isQuiet)
        }
        if left.isLastToGo(index) { abandonment.reach(target) }
        return nil
      }
    }
    return target
  }

  /// One that succeeds with both values when both have succeeded, or fails with the first failure.
  ///
  /// ```swift
  /// DefaultDeferrable.zip(name, age).callback { name, age in print("\(name) is \(age)") }
  /// ```
  ///
  /// The failure of the second one to fail counts as taken. It waits in vain as soon as one goes unsettled.
  @inlinable public static func zip<First: Deferrable, Second: Deferrable>(
    _ first: First, _ second: Second, file: StaticString = #fileID, line: UInt = #line
  ) -> DefaultDeferrable
  where Success == (First.Success, Second.Success), First.Failure == Failure, Second.Failure == Failure {
    let target = DefaultDeferrable(file: file, line: line)
    let values = DeferralPair<First.Success, Second.Success>()
    first.derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        values.first = value
        guard let both = values.both else { return nil }
        return target.follow(.succeeded(both))
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    second.derive(file, line) { message in
      switch target.hear(message) {
      case .succeeded(let value):
        values.second = value
        guard let both = values.both else { return nil }
        return target.follow(.succeeded(both))
      case .failed(let error): return target.follow(.failed(error), quietly: message.isQuiet)
      case .unknown: return nil
      }
    }
    return target
  }
}

/// Every part of a ``DefaultDeferrable/any(_:file:line:)`` has failed.
public struct AllFailed<Failure: Error>: Error {
  /// Why, one failure for each part, in the order of the parts.
  public let failures: [Failure]

  /// An error with these failures.
  @inlinable public init(_ failures: [Failure]) { self.failures = failures }
}

extension AllFailed: Equatable where Failure: Equatable {}
extension AllFailed: Hashable where Failure: Hashable {}

extension AllFailed: CustomStringConvertible {
  /// `all failed: timedOut, refused`.
  public var description: String {
    failures.isEmpty ? "all failed: there was none" : "all failed: \(failures.map { "\($0)" }.joined(separator: ", "))"
  }
}

// MARK: What the parts have said so far

/// What came from the parts, by their places.
// Unchecked is right, here and below: they are touched in single statements, in which no user code runs.
@usableFromInline final class DeferralGathering<Value> {
  @exclusivity(unchecked) @usableFromInline var values: [Value?]
  /// How many have not said anything.
  @exclusivity(unchecked) @usableFromInline var left: Int
  @exclusivity(unchecked) @usableFromInline var isOneGone = false
  /// Those that went unsettled.
  private var gone: Set<Int> = []

  @usableFromInline init(_ count: Int) {
    values = Array(repeating: nil, count: count)
    left = count
  }

  /// Notes that a part went unsettled; whether nobody is left who could say something.
  ///
  /// A part may be told of twice, when it is reported meanwhile: it counts once.
  @usableFromInline func isLastToGo(_ index: Int) -> Bool {
    if gone.insert(index).inserted { left -= 1 }
    return left == 0
  }
}

@usableFromInline final class DeferralPair<First, Second> {
  @exclusivity(unchecked) @usableFromInline var first: First?
  @exclusivity(unchecked) @usableFromInline var second: Second?

  @usableFromInline init() {}

  @inlinable var both: (First, Second)? {
    guard let first, let second else { return nil }
    return (first, second)
  }
}

extension Deferrable {
  /// Takes part `index`'s word for a target that wants all of them.
  @inlinable func gather<Value>(
    _ message: DeferralMessage<Value, Failure>, into gathering: DeferralGathering<Value>, at index: Int
  ) -> DeferralFrame? where Success == [Value] {
    switch hear(message) {
    case .succeeded(let value):
      gathering.values[index] = value
      gathering.left -= 1
      guard gathering.left == 0 else { return nil }
      return follow(.succeeded(gathering.values.compactMap { $0 }))
    case .failed(let error): return follow(.failed(error), quietly: message.isQuiet)
    case .unknown: return nil
    }
  }

  /// Nothing will settle it any more; tells those derived from it.
  @usableFromInline func abandon() {
    let abandonment = DeferralAbandonment(isUnreported: deferral.flags.contains(.unreported))
    abandonment.reach(self)
    abandonment.run()
  }
}
