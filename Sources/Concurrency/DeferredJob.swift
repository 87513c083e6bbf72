// SPDX-License-Identifier: Apache-2.0

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
  /// What makes it a ``Deferrable``.
  public var deferral: Deferral<Value, any Error>
  /// `nil` once it is settled or was taken out of its queue.
  @exclusivity(unchecked) @usableFromInline var work: PoolWork?
  @usableFromInline let members: LoopMembers
  @usableFromInline let desk: JobDesk
  @exclusivity(unchecked) @usableFromInline var memberIndex = 0
  @exclusivity(unchecked) @usableFromInline var wasCancelled = false

  @inlinable init(_ loop: EventLoop, _ file: StaticString, _ line: UInt) {
    deferral = Deferral(file: file, line: line)
    members = LoopMembers.of(loop)
    desk = JobDesk.of(loop)
    members.enter(self)
    desk.enter()
    watchForSettling()
  }

  @inlinable deinit { members.leave(at: memberIndex) }

  /// Cancels the operation.
  ///
  /// While it waits in the queue it is taken out, and the job fails with `CancellationError` inside this call. While it
  /// runs, the flag ``DeferPool/isCancelled`` is set and ``DeferPool/sleep(for:)`` throws; the operation's own outcome
  /// then settles the job. A failure by this call is not reported as lost. Afterwards it does nothing.
  public func cancel() {
    guard let work else { return }
    wasCancelled = true
    guard work.takeOut() else { return work.cancel() }
    desk.leave()
    detach(work)
    settleQuietly(.failed(CancellationError()))
  }

  /// The outcome has come home.
  @inlinable func end(with result: Result<Value, any Error>) {
    switch result {
    case .success(let value):
      settleFromWithin(.succeeded(value))
    case .failure(let error):
      // A cancelled one that answers so did what it was told: nobody needs to hear of it.
      if wasCancelled, error is CancellationError {
        settleQuietly(.failed(error))
      } else {
        settleFromWithin(.failed(error))
      }
    }
  }

  /// Its loop closes: it gets no work, and never settles.
  @usableFromInline func endUnsubmitted() {
    desk.leave()
    endQuietly()
  }

  /// The two halves let go of each other.
  private func detach(_ work: PoolWork) {
    unsafeDowncast(work, to: JobWork<Value>.self).job = nil
    self.work = nil
    work.cancel()
  }
}

extension DeferredJob: DeferralOwner {
  /// Its work is of no use any more.
  @usableFromInline func settledFromOutside() {
    guard let work else { return }
    if work.takeOut() { desk.leave() }
    detach(work)
  }
}

extension DeferredJob: LoopMember {
  @usableFromInline func loopIsClosing() {
    guard let work else { return }
    let isOut = work.takeOut()
    work.isCounted = false
    endQuietly()
    detach(work)
    if !isOut { work.giveUp() }
  }
}

extension DeferredJob: CustomStringConvertible {
  /// Its status.
  public var description: String { "DeferredJob(\(status))" }
}
