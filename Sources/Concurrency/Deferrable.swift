// SPDX-License-Identifier: Apache-2.0

/// Something whose outcome comes later: callbacks wait for its success, errbacks for its failure.
///
/// A deferrable has two lines of closures. Whoever does the work calls ``succeed(_:)`` or ``fail(_:)`` once; that runs
/// the callbacks, or the errbacks, in the order in which they were added, before it returns. What is added later, when
/// the outcome is there, runs at once.
///
/// ```swift
/// final class Countdown: Deferrable {
///   var deferral = Deferral<String, Never>()
///
///   init(from number: Int, on loop: EventLoop) {
///     loop.addTimer(after: .seconds(number)) { self.succeed("lift-off") }
///   }
/// }
///
/// Countdown(from: 3, on: loop).callback { print($0) }
/// ```
///
/// Any class can be one: it stores a ``Deferral`` and has all the rest from extensions. Where no class of its own is
/// needed, a ``DefaultDeferrable`` is one.
///
/// A deferrable belongs to the thread that it is used on; it is not `Sendable`. It needs no loop, except for
/// ``timeout(after:on:failingWith:file:line:)``. Nothing keeps it but those who hold it and a pending timeout. One that
/// goes while callbacks wait for it, or with a failure that nobody heard of, is reported: see ``LostDeferrable``.
///
/// - While a line runs, the deferrable is *open*: what is added then goes to the end of its line, and a status set then
///   counts as soon as the entry that set it has returned. One of the same kind gives the rest of the line its new
///   value; one of the other kind empties the line that runs and runs the other one. So no entry ever begins inside
///   another one of the same deferrable.
/// - One that is settled and not open never changes.
///
/// In EventMachine this is `EM::Deferrable`.
public protocol Deferrable<Success, Failure>: AnyObject {
  /// What it succeeds with; `Void` if the fact is all.
  associatedtype Success
  /// What it fails with; `Never` if it can't.
  associatedtype Failure: Error

  /// Status and lines: write `var deferral = Deferral<Success, Failure>()`, and leave it alone.
  var deferral: Deferral<Success, Failure> { get set }
}

extension Deferrable {
  /// What has become of it, right now.
  @inlinable public var status: DeferredStatus<Success, Failure> { deferral.status }

  // MARK: Waiting

  /// Adds a callback: `body` is called with the value if the deferrable succeeds.
  ///
  /// Callbacks run in the order in which they were added, each at most once, on the thread that settles the deferrable
  /// and before its `succeed` returns. If it has succeeded already, `body` runs before this call returns; if it has
  /// failed, `body` is dropped. Added while callbacks of it run, it runs after them.
  ///
  /// ```swift
  /// answer.callback { print("got \($0)") }.errback { print("failed: \($0)") }
  /// ```
  ///
  /// In EventMachine this is `callback`.
  ///
  /// - Returns: the deferrable itself.
  @inlinable @discardableResult
  public func callback(
    file: StaticString = #fileID, line: UInt = #line, _ body: consuming @escaping (Success) -> Void
  ) -> Self {
    enroll(DeferralEntry(callback: body), file, line)
    return self
  }

  /// Adds an errback: `body` is called with the error if the deferrable fails.
  ///
  /// The order is that of ``callback(file:line:_:)``. A failure that an errback has heard of counts as taken and is not
  /// reported.
  ///
  /// In EventMachine this is `errback`.
  ///
  /// - Returns: the deferrable itself.
  @inlinable @discardableResult
  public func errback(
    file: StaticString = #fileID, line: UInt = #line, _ body: consuming @escaping (Failure) -> Void
  ) -> Self {
    let entry = DeferralEntry(errback: body)
    if !deferral.insertErrback(entry) { append(entry, file, line) }
    return self
  }

  /// Adds a completion: `body` is called with the outcome, whichever it is, once.
  ///
  /// It stands in both lines, at the place where it was added. A failure that it has heard of counts as taken.
  ///
  /// ```swift
  /// page.completion { _ in progressBar.hide() }
  /// ```
  ///
  /// In EventMachine this is `completion` of `EM::Completion`.
  ///
  /// - Returns: the deferrable itself.
  @inlinable @discardableResult
  public func completion(
    file: StaticString = #fileID, line: UInt = #line, _ body: consuming @escaping (Result<Success, Failure>) -> Void
  ) -> Self {
    enroll(DeferralEntry(completion: body), file, line)
    return self
  }

  /// Counts every failure of it as taken, so that none is reported.
  ///
  /// What is derived from it still has its own to report.
  ///
  /// ```swift
  /// cache.store(page).ignoreFailure()
  /// ```
  @inlinable public func ignoreFailure() {
    deferral.flags.insert(.ignoresFailure)
    deferral.flags.remove(.untaken)
  }

  // MARK: Settling

  /// Settles it with a value: runs the callbacks and releases the errbacks, before this call returns.
  ///
  /// The first call counts. Inside a callback or errback of the same deferrable it sets the status anew: see
  /// ``setDeferredStatus(_:)``.
  ///
  /// In EventMachine this is `succeed`, or `set_deferred_success`.
  ///
  /// - Returns: whether the status was set: false if it was settled before.
  @inlinable @discardableResult
  public func succeed(_ value: Success) -> Bool { settle(.succeeded(value), quietly: false) }

  /// Settles it with an error: runs the errbacks and releases the callbacks, before this call returns.
  ///
  /// The first call counts. Inside a callback or errback of the same deferrable it sets the status anew: see
  /// ``setDeferredStatus(_:)``.
  ///
  /// In EventMachine this is `fail`, or `set_deferred_failure`.
  ///
  /// - Returns: whether the status was set: false if it was settled before.
  @inlinable @discardableResult
  public func fail(_ error: Failure) -> Bool { settle(.failed(error), quietly: false) }

  /// Sets the status: what ``succeed(_:)`` and ``fail(_:)`` are sugar for.
  ///
  /// Called by an entry of the same deferrable while a line runs, it returns true at once, and ``status`` tells the new
  /// one, but it takes effect when that entry has returned; of two set in one entry the last counts. The same kind gives
  /// the entries that follow the new value. The other kind empties the line that runs and runs the other line, so a
  /// callback can turn a success into a failure:
  ///
  /// ```swift
  /// answer.callback { text in
  ///   if text.isEmpty { answer.setDeferredStatus(.failed(.empty)) }
  /// }
  /// ```
  ///
  /// Setting `.unknown` does nothing.
  ///
  /// In EventMachine this is `set_deferred_status`; there a status set in a callback runs the other callbacks inside
  /// that one, here after it.
  ///
  /// - Returns: whether the status was set: false if it was settled before and no line of it runs.
  @inlinable @discardableResult
  public func setDeferredStatus(_ status: DeferredStatus<Success, Failure>) -> Bool {
    settle(status, quietly: false)
  }
}

extension Deferrable where Success == Void {
  /// Settles it: runs the callbacks and releases the errbacks, before this call returns.
  ///
  /// - Returns: whether the status was set: false if it was settled before.
  @inlinable @discardableResult
  public func succeed() -> Bool { settle(.succeeded(()), quietly: false) }
}
