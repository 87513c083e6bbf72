// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The threads of a pool that serve real loops, and the queue before them.
///
/// **Facts.** Waking a thread costs a system call and several microseconds until it runs; a trivial operation takes less.
/// Woken for each job, twenty threads would spend their time on waking and on the queue's lock.
///
/// **The rule here.** At most one thread is on its way at any time: called from the stack of parked ones, the last parked
/// first, whose memory is still in the caches; or started, if none is parked and the limit allows. Whoever takes a job and
/// sees more waiting calls the next. One that comes and finds that those before it took under two microseconds a job
/// stays on its way: it would slow them down. It stands by, and looks again every hundred microseconds whether they are
/// still as quick. A worker that finds nothing looks on for some microseconds before it parks.
///
/// Submitting takes the lock of an array of its own, which workers ask for only when they have worked off what they took
/// from it; the crew's own lock is for the workers, and for a submitter who has to call one.
///
/// **What it costs.** Many blocking jobs submitted at once get their threads one after the other, not all together. A
/// blocking job behind many short ones may keep those behind it waiting for two hundred microseconds.
final class PoolCrew: Sendable {
  let name: String
  private let arrivals = Locked(Arrivals())
  let state: Locked<State>
  /// Whether something was submitted that nobody has looked at, and whether something is in the queue: what looking
  /// workers look at.
  let hasArrivals = Atomic<Bool>(false)
  let isQueued = Atomic<Bool>(false)
  /// Whether someone will look at the arrivals without being called, or nobody could be.
  ///
  /// Written under the crew's lock. Who makes it false looks at the arrivals after that, and who submits reads it after
  /// that: both under the lock of the arrivals, so that one of the two sees the other.
  private let isAttended = Atomic<Bool>(false)
  /// Rung when a worker has ended, for who shuts down.
  private let endings = Locked(0)

  init(name: String, threads: Int) {
    self.name = name
    state = Locked(State(limit: threads))
  }

  var threads: Int { state.withLock { $0.workers.count } }
  var shutdown: DeferPool.Shutdown? { state.withLock { $0.shutdown } }

  // MARK: Submitting

  /// Queues work, and sees to it that a worker comes; or says why not.
  func submit(_ work: PoolWork, limit: Int?) -> DeferPool.Rejection? {
    guard limit == nil else { return submit(work, atMost: limit ?? 0) }
    let isOpen = arrivals.withLock { arrivals -> Bool in
      guard arrivals.shutdown == nil else { return false }
      arrivals.works.append(work)
      hasArrivals.store(true, ordering: .relaxed)
      return true
    }
    guard isOpen else { return .shutDown }
    if !isAttended.load(ordering: .relaxed) { summon() }
    return nil
  }

  /// The same where only so many may wait: all under the crew's lock, so that the count is exact.
  private func submit(_ work: PoolWork, atMost limit: Int) -> DeferPool.Rejection? {
    var call = Call.nobody
    var passed: [PoolWork] = []
    let rejection = state.withLock { state -> DeferPool.Rejection? in
      guard state.shutdown == nil else { return .shutDown }
      if state.isFull(limit, passing: &passed) { return .queueFull }
      state.queue.append(work)
      isQueued.store(true, ordering: .relaxed)
      call = self.call(&state)
      return nil
    }
    send(call)
    return rejection
  }

  private func summon() {
    send(state.withLock { state in hasWork(state) ? call(&state) : .nobody })
  }

  /// Whether something waits, as far as this thread can know.
  func hasWork(_ state: borrowing State) -> Bool {
    state.queue.count > 0 || hasArrivals.load(ordering: .relaxed)
  }

  /// Moves what was submitted to the queue.
  private func takeArrivals(_ state: inout State) {
    arrivals.withLock { arrivals in
      state.queue.append(contentsOf: &arrivals.works)
      hasArrivals.store(false, ordering: .relaxed)
    }
    isQueued.store(state.queue.count > 0, ordering: .relaxed)
  }

  func takeFirst(_ state: inout State, passing passed: inout [PoolWork]) -> PoolWork? {
    repeat {
      if let work = state.queue.takeFirst(passing: &passed) {
        state.taken += 1
        if state.queue.count == 0 { isQueued.store(false, ordering: .relaxed) }
        return work
      }
      takeArrivals(&state)
    } while state.queue.count > 0
    return nil
  }

  /// Whom to send for, if nobody is on the way.
  func call(_ state: inout State) -> Call {
    let call = state.call()
    if case .nobody = call {} else { state.called = (MonotonicClock.now, state.taken) }
    publish(&state)
    return call
  }

  /// Tells submitters whether they have to call.
  func publish(_ state: inout State) {
    let isAttended = state.isAttended
    guard isAttended != self.isAttended.load(ordering: .relaxed) else { return }
    self.isAttended.store(isAttended, ordering: .relaxed)
    // One who submitted before this counts on somebody to look.
    if !isAttended { takeArrivals(&state) }
  }

  func setLimit(_ limit: Int) {
    var calls: [Call] = []
    state.withLock { state in
      state.limit = limit
      if limit < state.workers.count {
        calls = state.parked.map { .parked($0) }
        state.parked = []
      }
      publish(&state)
      if limit >= state.workers.count, hasWork(state) { calls = [call(&state)] }
    }
    for call in calls { send(call) }
  }

  /// Lets the threads end when the queue is empty; the pool is gone.
  func end() {
    let parked = state.withLock { state -> [Worker] in
      state.hasEnded = true
      defer { state.parked = [] }
      return state.parked
    }
    for worker in parked { send(.parked(worker)) }
  }

  func send(_ call: Call) {
    switch call {
    case .nobody:
      break
    case .parked(let worker):
      worker.isCalled.withLock { $0 = true }
      worker.isCalled.wakeOne()
    case .new(let worker):
      do {
        try SystemThread.start(name: "\(name)-\(worker.number)") { self.serve(worker) }
      } catch {
        failToStart(worker, error)
      }
    }
  }

  /// The system has no thread left.
  ///
  /// Those who live serve the queue; if none does, its jobs fail.
  private func failToStart(_ worker: Worker, _ error: SystemError) {
    var failed: [PoolWork] = []
    var passed: [PoolWork] = []
    var call = Call.nobody
    state.withLock { state in
      state.isCalling = false
      state.workers.removeAll { $0 === worker }
      publish(&state)
      if state.workers.isEmpty {
        while let work = takeFirst(&state, passing: &passed) { failed.append(work) }
      } else if !state.parked.isEmpty, hasWork(state) {
        // Submitted while this one was on its way; not where another would have to be started, which fails as well.
        call = self.call(&state)
      }
    }
    send(call)
    for work in failed { work.drop(with: error) }
    noteEnding()
  }

  // MARK: Shutting down

  func noteEnding() {
    endings.withLock { $0 += 1 }
    endings.wakeAll()
  }

  /// Refuses new work; returns what waited, if it is to be dropped, and cancels what runs then.
  func close(_ shutdown: DeferPool.Shutdown) -> [PoolWork] {
    var dropped: [PoolWork] = []
    var passed: [PoolWork] = []
    var running: [PoolWork] = []
    var calls: [Call] = []
    arrivals.withLock { $0.shutdown = shutdown }
    state.withLock { state in
      state.shutdown = shutdown
      calls = state.parked.map { .parked($0) }
      state.parked = []
      if shutdown == .cancel {
        while let work = takeFirst(&state, passing: &passed) { dropped.append(work) }
        running = state.workers.compactMap { $0.current }
      } else if state.workers.isEmpty, hasWork(state) {
        // Accepted a moment ago, from a thread that has not yet called anybody.
        calls = [call(&state)]
      }
    }
    for call in calls { send(call) }
    for work in running { work.cancel() }
    return dropped
  }

  /// Waits until all threads have ended, at most for `limit`; returns how many jobs run on, and how many still wait.
  func waitUntilQuiet(for limit: Duration?) -> (running: Int, queued: Int) {
    func isQuiet(_: inout Int) -> Bool? { state.withLock { $0.workers.isEmpty } ? true : nil }
    if let limit { _ = endings.wait(for: limit, isQuiet) } else { _ = endings.wait(isQuiet) }
    return state.withLock { state in
      takeArrivals(&state)
      return (state.workers.count { $0.current?.isRunning == true }, state.queue.waitingCount)
    }
  }
}
