// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One deferred operation on its way: the half of a job that crosses threads.
// Unchecked is right: an operation and its result belong to the worker from the moment that it takes the work until the
// arrival that it sends; what is marked so is touched on the loop's thread only; the rest is atomic or constant.
class PoolWork: @unchecked Sendable {
  /// Where the work stands; whoever moves it on by an exchange has it.
  enum Stage: UInt8, AtomicRepresentable {
    case queued
    /// A worker has it.
    case running
    /// Cancelled before a worker took it.
    case takenOut
  }

  let handle: LoopHandle
  let pool: DeferPool
  let stage = Atomic<Stage>(.queued)
  let isCancelled = Atomic<Bool>(false)
  /// On a virtual loop: how it sleeps. Set on the loop, before the worker gets the work.
  var guest: VirtualTime.Guest?
  let id = EventLoop.newEventID()
  let file: StaticString
  let line: UInt

  init(_ handle: LoopHandle, _ pool: DeferPool, _ file: StaticString, _ line: UInt) {
    self.handle = handle
    self.pool = pool
    self.file = file
    self.line = line
  }

  /// Takes the work if nobody has; false if it was cancelled.
  func take() -> Bool {
    stage.compareExchange(expected: .queued, desired: .running, ordering: .acquiringAndReleasing).exchanged
  }

  /// Takes it out of the queue; false if a worker has it.
  func takeOut() -> Bool {
    guard stage.compareExchange(expected: .queued, desired: .takenOut, ordering: .acquiringAndReleasing).exchanged
    else { return false }
    pool.counts.queued.subtract(1, ordering: .relaxed)
    pool.counts.outstanding.subtract(1, ordering: .relaxed)
    return true
  }

  /// Sets the flag that the operation can read, and ends its sleep.
  func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    if let guest { guest.cancel() } else { pool.wakeSleepers() }
  }

  /// Runs the operation and keeps its outcome; on a worker.
  func perform() { preconditionFailure("work without an operation; please report this") }

  /// Says how it ended without having run; on the thread that has the work.
  func fail(with error: any Error) { preconditionFailure("work without an outcome; please report this") }

  /// Hands the outcome to the job; on the loop.
  func finish(on loop: EventLoop) { preconditionFailure("work without a job; please report this") }

  /// Everything that a worker does with work that it has taken.
  final func performOnWorker(_ number: Int) {
    pool.counts.queued.subtract(1, ordering: .relaxed)
    pool.counts.running.add(1, ordering: .relaxed)
    CurrentWork.value = self
    handle.note(LoopEvent(.jobBegin, id: id, lane: .worker(number), file: file, line: line))
    perform()
    handle.note(LoopEvent(.jobEnd, id: id, lane: .worker(number), file: file, line: line, first: outcome))
    CurrentWork.value = nil
    pool.counts.running.subtract(1, ordering: .relaxed)
    send()
  }

  /// 0 for a value, 1 for an error, 2 for a cancellation.
  var outcome: Int { 0 }

  /// Sends the outcome home; if there is no home any more, counts it as discarded.
  final func send() {
    if !handle.schedule({ self.finish(on: $0) }) { pool.countEnd(discarded: true) }
  }
}

/// The work of a job whose operation returns a `Value`.
final class JobWork<Value>: PoolWork, @unchecked Sendable {
  private var operation: (@Sendable () throws -> Value)?
  private var result: Result<Value, any Error>?
  /// The half that stays on the loop, which is kept until the outcome is there; touched on the loop's thread only.
  var job: DeferredJob<Value>?
  /// Whether the loop's desk counts it; the loop's thread only.
  var isCounted = true

  init(
    _ handle: LoopHandle, _ pool: DeferPool, _ file: StaticString, _ line: UInt,
    _ operation: @escaping @Sendable () throws -> Value
  ) {
    self.operation = operation
    super.init(handle, pool, file, line)
  }

  override func perform() {
    guard let operation = operation.take() else { return }
    do { result = .success(try operation()) } catch { result = .failure(error) }
  }

  override func fail(with error: any Error) { result = .failure(error) }

  override var outcome: Int {
    guard case .failure(let error) = result else { return 0 }
    return error is CancellationError ? 2 : 1
  }

  override func finish(on loop: EventLoop) {
    if isCounted { JobDesk.of(loop).leave() }
    let (result, job) = (result.take(), job.take())
    pool.countEnd(discarded: job == nil)
    guard let job, let result else { return }
    job.work = nil
    job.end(with: result)
  }

  /// Releases what an operation that will not run holds.
  func dropOperation() { operation = nil }
}

/// How many jobs of a loop have not come home: they keep it from going idle, by one hold for all.
final class JobDesk {
  private let handle: LoopHandle
  private var outstanding = 0
  private var hold: Hold?

  private init(_ loop: EventLoop) { handle = loop.handle }

  static func of(_ loop: EventLoop) -> JobDesk {
    loop.local(JobDesk.self) { loop in
      let desk = JobDesk(loop)
      loop.whenClosing { desk.close() }
      return desk
    }
  }

  func enter() {
    outstanding += 1
    if outstanding == 1 { hold = handle.hold() }
  }

  func leave() {
    outstanding -= 1
    if outstanding == 0 { hold = nil }
  }

  private func close() {
    outstanding = 0
    hold = nil
  }
}
