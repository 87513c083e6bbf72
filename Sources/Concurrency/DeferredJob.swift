// SPDX-License-Identifier: Apache-2.0

/// A deferred operation, seen from its loop: succeeds with what the operation returned, or fails with what it threw.
///
/// ``EventLoop/defer(on:file:line:_:callback:errback:)-(_,_,_,()->Value,_,_)`` makes one. It never settles before that
/// call returns; the loop keeps it until it has settled.
public final class DeferredJob<Value>: Deferrable {
  /// What makes it a ``Deferrable``.
  public var deferral: Deferral<Value, any Error>
  /// `nil` once it is settled or was taken out of its queue.
  var work: JobWork<Value>?
  private let members: LoopMembers
  private let desk: JobDesk
  var memberIndex = 0
  private var wasCancelled = false

  init(_ loop: EventLoop, _ file: StaticString, _ line: UInt) {
    deferral = Deferral(file: file, line: line)
    members = LoopMembers.of(loop)
    desk = JobDesk.of(loop)
    members.enter(self)
    watchForSettling()
  }

  deinit { members.leave(at: memberIndex) }

  /// Cancels the operation.
  ///
  /// While it waits in the queue it is taken out, and the job fails with `CancellationError` inside this call. While it
  /// runs, the flag ``DeferPool/isCancelled`` is set and ``DeferPool/sleep(for:)`` throws; the operation's own outcome
  /// then settles the job. A failure by this call is not reported as lost. Afterwards it does nothing.
  public func cancel() {
    guard let work else { return }
    wasCancelled = true
    guard work.takeOut() else { return work.cancel() }
    forget(work)
    settleQuietly(.failed(CancellationError()))
  }

  /// The outcome has come home.
  func end(with result: Result<Value, any Error>) {
    switch result {
    case .success(let value):
      settleFromWithin(.succeeded(value))
    case .failure(let error):
      // A cancelled one that answers so did what it was told: nobody needs to hear of it.
      if error is CancellationError, wasCancelled {
        settleQuietly(.failed(error))
      } else {
        settleFromWithin(.failed(error))
      }
    }
  }

  /// Lets go of work that will never come home.
  private func forget(_ work: JobWork<Value>) {
    work.dropOperation()
    detach(work)
    desk.leave()
  }

  private func detach(_ work: JobWork<Value>) {
    work.job = nil
    self.work = nil
    work.cancel()
  }
}

extension DeferredJob: DeferralOwner {
  /// Its work is of no use any more.
  func settledFromOutside() {
    guard let work else { return }
    if work.takeOut() { forget(work) } else { detach(work) }
  }
}

extension DeferredJob: LoopMember {
  func loopIsClosing() {
    guard let work else { return }
    if work.takeOut() { work.dropOperation() }
    work.isCounted = false
    endQuietly()
    detach(work)
  }
}

extension DeferredJob: CustomStringConvertible {
  /// Its status.
  public var description: String { "DeferredJob(\(status))" }
}
