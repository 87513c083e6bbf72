// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One deferred operation on its way: the half of a job that crosses threads.
///
/// It is not generic: what depends on the operation's type is one function that is made where the type is known, and the
/// operation and its value lie in words that only that one reads. A generic class would look its types up at run time
/// whenever a job ends, at a microsecond a job; a closure around the operation would be two allocations more.
///
/// It takes 120 bytes, the other half 113, whatever the type: more than 120 glibc's malloc doesn't give and take back
/// without a search. So the operation and what it returns share their words.
///
/// Invariant: while the job waits for its outcome the two halves hold each other, and the work stands in the list of its
/// loop's ``JobDesk``.
// Unchecked is right: an operation and its result belong to the worker from the moment that it takes the work until the
// arrival that it sends; what is marked so is touched on the loop's thread only; the rest is atomic or constant.
@usableFromInline final class PoolWork: @unchecked Sendable {
  /// Where the work stands; whoever moves it on by an exchange has it.
  enum Stage: UInt8, AtomicRepresentable {
    case queued
    /// A worker has it, or who shuts down.
    case running
    /// Cancelled before a worker took it.
    case takenOut
    /// It has run, and nobody wants what it has got: that is being released, which may take long.
    case dropping
    /// It has run.
    case ended
  }

  /// What has to be done by who knows the types.
  @usableFromInline enum Step {
    /// Takes the operation, runs it, and keeps what it returned in `words`, or what it threw in `failure`; on the worker.
    case perform
    /// Hands to the job what was kept; on the loop's thread.
    case arrive
    /// Ends the job, whose loop closes, without settling it; on the loop's thread.
    case close
    /// Releases the value, which nobody will hear of; on whichever thread has the work.
    case forget
  }

  /// Does the steps that need the types; captures nothing.
  @usableFromInline typealias Typed = @Sendable (PoolWork, Step) -> Void

  /// What the words hold.
  @usableFromInline enum Content {
    case operation
    /// What it returned.
    case value
    case nothing
  }

  /// What events tell of it; only where somebody observes.
  private final class Origin: Sendable {
    let id: UInt64
    let file: StaticString
    let line: UInt

    init(_ id: UInt64, _ file: StaticString, _ line: UInt) {
      self.id = id
      self.file = file
      self.line = line
    }
  }

  /// Other threads touch nothing of it but its constant handle and its atomic round.
  @usableFromInline let desk: JobDesk
  let pool: DeferPool
  private let origin: Origin?
  private let stage = Atomic<Stage>(.queued)
  private let cancelFlag = Atomic<Bool>(false)
  /// Whether the pool counts it as outstanding, unless it was taken out.
  private let isOutstanding = Atomic<Bool>(true)
  /// What `words` holds; who has the work writes both.
  @exclusivity(unchecked) @usableFromInline var content = Content.operation
  /// The operation, and after it what it returned.
  @exclusivity(unchecked) @usableFromInline var words: DeferralWords
  private let typed: Typed
  /// On a virtual loop: how it sleeps.
  ///
  /// Set on the loop, before the worker gets the work.
  var guest: VirtualTime.Guest?
  /// What the operation threw, or why it will not run.
  @exclusivity(unchecked) @usableFromInline var failure: (any Error)?
  /// The half that stays on the loop, a `DeferredJob`, which is kept until the outcome is there; the loop's thread only.
  @exclusivity(unchecked) @usableFromInline var job: AnyObject?
  /// In which round of the desk it was submitted; set before it is.
  @exclusivity(unchecked) var round = 0
  /// Its place in the desk's list; the desk's alone, on the loop's thread.
  @exclusivity(unchecked) var place = 0

  @usableFromInline init(
    id: UInt64, _ desk: JobDesk, _ pool: DeferPool, _ job: AnyObject, _ file: StaticString, _ line: UInt,
    operation: DeferralWords, typed: @escaping Typed
  ) {
    self.desk = desk
    self.pool = pool
    self.job = job
    words = operation
    self.typed = typed
    origin = id != 0 ? Origin(id, file, line) : nil
  }

  deinit {
    releaseOperation()
    if content == .value { typed(self, .forget) }
    // An outcome that closing has released unheard, on its way home.
    if !isTakenOut { countEnd(discarded: true) }
  }

  /// 0 if nobody observed its loop when it was submitted.
  @usableFromInline var id: UInt64 { origin?.id ?? 0 }

  // MARK: Any thread

  var isTakenOut: Bool { stage.load(ordering: .relaxed) == .takenOut }
  var isRunning: Bool {
    let stage = stage.load(ordering: .relaxed)
    return stage == .running || stage == .dropping
  }

  var isCancelled: Bool { cancelFlag.load(ordering: .relaxed) }

  /// Takes the work if nobody has; false if it was cancelled.
  func take() -> Bool { advance(from: .queued, to: .running) }

  /// Takes it out of the queue and releases its operation; false if a worker has it.
  func takeOut() -> Bool {
    guard advance(from: .queued, to: .takenOut) else { return false }
    pool.counts.takenOut.wrappingAdd(1, ordering: .relaxed)
    releaseOperation()
    return true
  }

  private func advance(from old: Stage, to new: Stage) -> Bool {
    stage.compareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing).exchanged
  }

  /// Sets the flag that the operation can read, and ends its sleep.
  func cancel() {
    cancelFlag.store(true, ordering: .relaxed)
    if let guest { guest.cancel() } else { pool.wakeSleepers() }
  }

  // MARK: Who has taken it

  /// Everything that a worker does with it.
  func performOnWorker(_ number: Int) {
    pool.counts.started.wrappingAdd(1, ordering: .relaxed)
    CurrentWork.value = self
    // Asked here, since to take the handle counts a reference that all workers share.
    if EventLoop.isAnyObserved { desk.handle.note(event(.jobBegin, number)) }
    // It releases the operation: before the outcome is sent, on the thread that used it.
    typed(self, .perform)
    if EventLoop.isAnyObserved { desk.handle.note(event(.jobEnd, number, outcome: outcome)) }
    CurrentWork.value = nil
    pool.counts.ended.wrappingAdd(1, ordering: .relaxed)
    // A closure over exactly one class reference needs no allocation.
    sendHome { self.finish(on: $0) }
  }

  /// Sends the outcome home, or drops it here if its loop has closed.
  ///
  /// The loop may close in between. An arrival that comes too late for that lies in the inbox until the next run, if there
  /// is one: it holds nothing then, and nothing happens. Closing counts up the round first, and takes arrivals after that,
  /// so an outcome is dropped by the one or by the other.
  private func sendHome(_ work: consuming @escaping @Sendable (EventLoop) -> Void) {
    guard desk.round == round else { return drop() }
    // Before the outcome is sent: who hears it may count on the worker's place.
    stage.store(.ended, ordering: .releasing)
    if !send(consume work) || desk.round != round { drop() }
  }

  /// 0 for a value, 1 for an error, 2 for a cancellation.
  private var outcome: Int { content == .value ? 0 : failure is CancellationError ? 2 : 1 }

  /// Hands the operation out, in its struct, to be called and released.
  @usableFromInline func takeOperation() -> DeferralWords {
    precondition(content == .operation, "an operation was taken twice; please report this")
    content = .nothing
    return words
  }

  private func releaseOperation() {
    guard content == .operation else { return }
    takeOperation().releaseClosure()
  }

  /// Nobody wants what a worker has got: it is released while the worker counts as busy.
  private func drop() {
    stage.store(.dropping, ordering: .releasing)
    if content == .value { typed(self, .forget) }
    failure = nil
    stage.store(.ended, ordering: .releasing)
    countEnd(discarded: true)
  }

  private func event(_ kind: LoopEvent.Kind, _ number: Int, outcome: Int = 0) -> LoopEvent {
    LoopEvent(kind, id: id, lane: .worker(number), file: origin?.file ?? "", line: origin?.line ?? 0, first: outcome)
  }

  private func send(_ work: consuming @escaping @Sendable (EventLoop) -> Void) -> Bool {
    guard let origin else { return desk.handle.schedule(file: "", line: 0, consume work) }
    return desk.handle.schedule(file: origin.file, line: origin.line, consume work)
  }

  /// Sends an error home instead of an outcome.
  func drop(with error: any Error) {
    pool.counts.refused.wrappingAdd(1, ordering: .relaxed)
    cancel()
    releaseOperation()
    failure = error
    sendHome { self.finishLater(on: $0) }
  }

  /// Counts the end, whoever sees it first.
  private func countEnd(discarded: Bool) {
    if isOutstanding.exchange(false, ordering: .relaxed) { pool.countEnd(discarded: discarded) }
  }

  // MARK: The loop's thread

  /// Fails the job in a later turn: two ticks, since the first may still run in this one.
  func reject(with error: any Error, on loop: EventLoop) {
    // No longer in any queue, so nobody can take it out of one.
    _ = take()
    releaseOperation()
    failure = error
    finishLater(on: loop)
  }

  private func finishLater(on loop: EventLoop) { loop.nextTick { loop.nextTick { self.finish(on: loop) } } }

  private func finish(on loop: EventLoop) {
    desk.leave(self)
    countEnd(discarded: job == nil)
    if job != nil { typed(self, .arrive) }
  }

  /// Its loop closes: the job ends unsettled, and what a worker is about is dropped where it comes to be.
  func close() {
    _ = takeOut()
    typed(self, .close)
    cancel()
  }
}
