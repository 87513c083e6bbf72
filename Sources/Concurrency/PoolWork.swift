// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One deferred operation on its way: the half of a job that crosses threads.
///
/// It is not generic, and its subclass ``JobWork`` overrides nothing: what depends on the operation's type are two closures
/// that are made where the type is known. Overridden methods of a generic class are never specialized, and look their
/// types up at run time, at a microsecond a job.
// Unchecked is right: an operation and its result belong to the worker from the moment that it takes the work until the
// arrival that it sends; what is marked so is touched on the loop's thread only; the rest is atomic or constant.
@usableFromInline class PoolWork: @unchecked Sendable {
  /// Where the work stands; whoever moves it on by an exchange has it.
  enum Stage: UInt8, AtomicRepresentable {
    case queued
    /// A worker has it, or who shuts down.
    case running
    /// Cancelled before a worker took it.
    case takenOut
    /// A worker has it, but its loop has closed: the outcome is dropped where it comes to be.
    case unwanted
    /// It has run.
    case ended
  }

  /// Runs the operation and keeps what it returns or throws; what that was, for events.
  @usableFromInline typealias Perform = @Sendable (PoolWork) -> Outcome
  /// Hands to the job what was kept, or the error given.
  @usableFromInline typealias Settle = (PoolWork, (any Error)?) -> Void

  @usableFromInline enum Outcome: Int {
    case value
    case error
    case cancellation
  }

  /// A struct, since a bare function type in an `Optional` is re-abstracted each time it is taken out.
  private struct Operation {
    let perform: Perform
  }

  let handle: LoopHandle
  let pool: DeferPool
  private let stage = Atomic<Stage>(.queued)
  private let cancelFlag = Atomic<Bool>(false)
  /// On a virtual loop: how it sleeps.
  ///
  /// Set on the loop, before the worker gets the work.
  var guest: VirtualTime.Guest?
  @usableFromInline let id = EventLoop.newEventID()
  private let file: StaticString
  private let line: UInt
  private var operation: Operation?
  /// Captures nothing; called on the loop's thread only.
  private let settle: Settle
  /// Why it will not run, if so.
  private var failure: (any Error)?
  /// Whether the loop's desk counts it; the loop's thread only.
  var isCounted = true
  /// Whether the pool counts it as outstanding, unless it was taken out; who has the work writes it.
  private var isOutstanding = true

  @usableFromInline init(
    _ handle: LoopHandle, _ pool: DeferPool, _ file: StaticString, _ line: UInt, perform: @escaping Perform,
    settle: @escaping Settle
  ) {
    self.handle = handle
    self.pool = pool
    self.file = file
    self.line = line
    self.settle = settle
    operation = Operation(perform: perform)
  }

  deinit {
    // An outcome that closing has released unheard, on its way home.
    if isOutstanding, stage.load(ordering: .relaxed) != .takenOut { pool.countEnd(discarded: true) }
  }

  // MARK: Any thread

  var isTakenOut: Bool { stage.load(ordering: .relaxed) == .takenOut }
  var isRunning: Bool {
    let stage = stage.load(ordering: .relaxed)
    return stage == .running || stage == .unwanted
  }

  var isCancelled: Bool { cancelFlag.load(ordering: .relaxed) }

  /// Takes the work if nobody has; false if it was cancelled.
  func take() -> Bool {
    stage.compareExchange(expected: .queued, desired: .running, ordering: .acquiringAndReleasing).exchanged
  }

  /// Takes it out of the queue and releases its operation; false if a worker has it.
  func takeOut() -> Bool {
    guard stage.compareExchange(expected: .queued, desired: .takenOut, ordering: .acquiringAndReleasing).exchanged
    else { return false }
    pool.counts.queued.subtract(1, ordering: .relaxed)
    pool.counts.outstanding.subtract(1, ordering: .relaxed)
    operation = nil
    return true
  }

  /// Says that nobody waits for what a worker is about; the two halves have let go of each other.
  func giveUp() {
    _ = stage.compareExchange(expected: .running, desired: .unwanted, ordering: .acquiringAndReleasing)
  }

  /// Sets the flag that the operation can read, and ends its sleep.
  func cancel() {
    cancelFlag.store(true, ordering: .relaxed)
    if let guest { guest.cancel() } else { pool.wakeSleepers() }
  }

  // MARK: Who has taken it

  /// Everything that a worker does with it.
  func performOnWorker(_ number: Int) {
    pool.counts.queued.subtract(1, ordering: .relaxed)
    pool.counts.running.add(1, ordering: .relaxed)
    CurrentWork.value = self
    handle.note(LoopEvent(.jobBegin, id: id, lane: .worker(number), file: file, line: line))
    let outcome = operation?.perform(self) ?? .cancellation
    // Released before the outcome is sent, on the thread that used it.
    operation = nil
    handle.note(LoopEvent(.jobEnd, id: id, lane: .worker(number), file: file, line: line, first: outcome.rawValue))
    CurrentWork.value = nil
    pool.counts.running.subtract(1, ordering: .relaxed)
    // Before the outcome is sent: who hears it may count on the worker's place.
    let isWanted = stage.exchange(.ended, ordering: .acquiringAndReleasing) == .running
    // A closure over exactly one class reference needs no allocation.
    guard isWanted, handle.schedule(file: file, line: line, { self.finish(on: $0) }) else {
      return countEnd(discarded: true)
    }
  }

  /// Sends an error home instead of an outcome.
  func drop(with error: any Error) {
    pool.counts.queued.subtract(1, ordering: .relaxed)
    cancel()
    operation = nil
    failure = error
    if !handle.schedule(file: file, line: line, { self.finishLater(on: $0) }) { countEnd(discarded: true) }
  }

  @usableFromInline func countEnd(discarded: Bool) {
    isOutstanding = false
    pool.countEnd(discarded: discarded)
  }

  // MARK: The loop's thread

  /// Fails the job in a later turn: two ticks, since the first may still run in this one.
  func reject(with error: any Error, on loop: EventLoop) {
    // No longer in any queue, so nobody can take it out of one.
    _ = take()
    operation = nil
    failure = error
    finishLater(on: loop)
  }

  private func finishLater(on loop: EventLoop) { loop.nextTick { loop.nextTick { self.finish(on: loop) } } }

  private func finish(on loop: EventLoop) {
    if isCounted { JobDesk.of(loop).leave() }
    settle(self, failure)
  }
}

// Unchecked is right: as for its superclass. The result is the worker's until the arrival, the job the loop's.
/// The work of a job whose operation returns a `Value`.
@usableFromInline final class JobWork<Value>: PoolWork, @unchecked Sendable {
  /// What the operation returned or threw.
  @exclusivity(unchecked) @usableFromInline var result: Result<Value, any Error>?
  /// The half that stays on the loop, which is kept until the outcome is there; touched on the loop's thread only.
  @exclusivity(unchecked) @usableFromInline var job: DeferredJob<Value>?

  @inlinable init(
    _ handle: LoopHandle, _ pool: DeferPool, _ file: StaticString, _ line: UInt, _ job: DeferredJob<Value>,
    _ operation: @escaping @Sendable () throws -> Value
  ) {
    self.job = job
    super.init(
      handle, pool, file, line,
      perform: { work in
        let work = unsafeDowncast(work, to: JobWork<Value>.self)
        do {
          work.result = .success(try operation())
          return .value
        } catch {
          work.result = .failure(error)
          return error is CancellationError ? .cancellation : .error
        }
      },
      settle: { work, failure in
        unsafeDowncast(work, to: JobWork<Value>.self).settleJob(failure)
      })
  }

  @inlinable func settleJob(_ failure: (any Error)?) {
    let job = job
    self.job = nil
    countEnd(discarded: job == nil)
    guard let job else { return }
    job.work = nil
    if let failure {
      job.end(with: .failure(failure))
    } else if let result {
      self.result = nil
      job.end(with: result)
    }
  }
}
