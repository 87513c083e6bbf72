// SPDX-License-Identifier: Apache-2.0

/// An operation in a struct, as two words that can be moved.
@usableFromInline struct PoolOperation<Value> {
  @usableFromInline let run: @Sendable () throws -> Value
  @inlinable @inline(__always) init(run: @escaping @Sendable () throws -> Value) { self.run = run }
}

/// A deferred operation, seen from its loop: succeeds with what the operation returned, or fails with what it threw.
///
/// `EventLoop.defer` makes one. It never settles before that call returns; the loop keeps it until it has settled.
///
/// ```swift
/// let job = loop.defer { try slowQuery() }
/// job.callback { rows in print(rows) }
/// loop.addTimer(after: .seconds(5)) { job.cancel() }
/// ```
public final class DeferredJob<Value>: Deferrable {
  // Unchecked is right: no user code runs inside an access (`Deferrable+Delivery.swift`), so there is nothing to check.
  @exclusivity(unchecked) @usableFromInline var storage: Deferral<Value, any Error>

  /// What makes it a ``Deferrable``.
  public var deferral: Deferral<Value, any Error> {
    @inlinable @inline(__always) _read { yield storage }
    @inlinable @inline(__always) _modify { yield &storage }
  }

  /// `nil` once it is settled or was taken out of its queue, or if its loop was closing already.
  @exclusivity(unchecked) @usableFromInline var work: PoolWork?
  @exclusivity(unchecked) @usableFromInline var wasCancelled = false

  @inlinable init(_ file: StaticString, _ line: UInt) {
    storage = Deferral(.unknown, .waiting, file, line)
  }

  // Written out so that clients know it.
  @inlinable deinit {}

  /// Gives it its operation: from here on it waits for the outcome.
  @inlinable func begin(
    on loop: EventLoop, _ pool: DeferPool, _ file: StaticString, _ line: UInt,
    _ operation: consuming @escaping @Sendable () throws -> Value
  ) -> PoolWork {
    let desk = JobDesk.of(loop)
    let work = PoolWork(
      id: loop.newEventID(), desk, pool, self, file, line,
      // Not `Self`: that is asked of the object, and kept in a context, which is an allocation.
      operation: DeferralWords(moving: PoolOperation(run: operation)), typed: { DeferredJob<Value>.take($1, of: $0) })
    self.work = work
    desk.enter(work)
    watchForSettling()
    return work
  }

  @inlinable static func take(_ step: PoolWork.Step, of work: PoolWork) {
    switch step {
    case .perform:
      let operation = work.takeOperation().take(PoolOperation<Value>.self)
      do {
        work.words = DeferralWords(keeping: try operation.run())
        work.content = .value
      } catch {
        work.failure = error
      }
    case .forget:
      work.words.destroy(Value.self)
      work.content = .nothing
    case .arrive, .close:
      guard let object = work.job else { return }
      let job = unsafeDowncast(object, to: Self.self)
      if step == .close { job.endQuietly() }
      job.letGo(work)
      if step == .arrive { job.end(with: work) }
    }
  }

  /// Cancels the operation.
  ///
  /// While it waits in the queue it is taken out, and the job fails with `CancellationError` inside this call. While it
  /// runs, the flag ``DeferPool/isCancelled`` is set and ``DeferPool/sleep(for:)`` throws; the operation's own outcome
  /// then settles the job. A failure by this call is not reported as lost. Afterwards it does nothing.
  public func cancel() {
    guard let work else { return }
    wasCancelled = true
    guard work.takeOut() else { return work.cancel() }
    letGo(work)
    work.desk.leave(work)
    work.cancel()
    settleQuietly(.failed(CancellationError()))
  }

  /// The outcome has come home.
  @inlinable func end(with work: PoolWork) {
    if work.content == .value {
      let value = work.words.read(Value.self)
      work.words.destroy(Value.self)
      work.content = .nothing
      settleFromWithin(.succeeded(value))
    } else if let failure = work.failure {
      // A cancelled one that answers so did what it was told: nobody needs to hear of it.
      if wasCancelled, failure is CancellationError {
        settleQuietly(.failed(failure))
      } else {
        settleFromWithin(.failed(failure))
      }
    }
  }

  /// The two halves let go of each other.
  @inlinable func letGo(_ work: PoolWork) {
    work.desk.forget(work)
    work.job = nil
    self.work = nil
  }
}

extension DeferredJob: DeferralOwner {
  /// Its work is of no use any more.
  @usableFromInline func settledFromOutside() {
    guard let work else { return }
    // One that runs is still counted: it comes home, and finds nobody.
    if work.takeOut() { work.desk.leave(work) }
    letGo(work)
    work.cancel()
  }
}

extension DeferredJob: CustomStringConvertible {
  /// Its status.
  public var description: String { "DeferredJob(\(status))" }
}
