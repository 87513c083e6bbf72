// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The threads of a pool that serve real loops, and the queue before them.
///
/// **Facts.** Waking a thread costs a system call and several microseconds until it runs; a trivial operation takes less.
/// Woken for each job, twenty threads would spend their time on waking and on the queue's lock.
///
/// **The rule here.** At most one thread is on its way at any time: woken from the stack of parked ones, the last parked
/// first, whose memory is still in the caches; or started, if none is parked and the limit allows. Whoever takes a job and
/// sees more waiting sends for the next. A worker that finds nothing looks on for some microseconds before it parks, less
/// the more often that was in vain.
///
/// **What it costs.** Many blocking jobs submitted at once get their threads one after the other, not all together.
final class PoolCrew: Sendable {
  /// One thread.
  // Unchecked is right: `current` is touched under the crew's lock only.
  final class Worker: @unchecked Sendable {
    /// From 1: the lowest that was free.
    let number: Int
    /// Whether somebody has sent for it.
    let isCalled = Locked(false)
    fileprivate(set) var current: PoolWork?

    init(number: Int) { self.number = number }
  }

  fileprivate struct State {
    var queue = WorkQueue()
    /// Those who sleep; the last one is called first.
    var parked: [Worker] = []
    /// Those who live.
    var workers: [Worker] = []
    /// Those who look for work without sleeping: they need no call.
    var looking = 0
    /// Whether one is on its way.
    var isCalling = false
    var limit: Int
    var shutdown: DeferPool.Shutdown?
    var hasEnded = false
  }

  fileprivate enum Call {
    case nobody
    case parked(Worker)
    case new(Worker)
  }

  private let name: String
  private let state: Locked<State>
  /// How many jobs wait: what looking workers look at.
  private let waiting = Atomic<Int>(0)
  /// How long workers look on before they park, in loads.
  private let patience = Atomic<Int>(1_000)
  /// Rung when a worker has ended, for who shuts down.
  private let endings = Locked(0)

  init(name: String, threads: Int) {
    self.name = name
    state = Locked(State(limit: threads))
  }

  var threads: Int { state.withLock { $0.workers.count } }
  var shutdown: DeferPool.Shutdown? { state.withLock { $0.shutdown } }

  /// Queues work, and sees to it that a worker comes; or says why not.
  func submit(_ work: PoolWork, limit: Int?) -> DeferPool.Rejection? {
    var call = Call.nobody
    let rejection = state.withLock { state -> DeferPool.Rejection? in
      guard state.shutdown == nil else { return .shutDown }
      if let limit, state.isFull(limit) { return .queueFull }
      state.queue.append(work)
      waiting.store(state.queue.count, ordering: .relaxed)
      call = state.call()
      return nil
    }
    send(call)
    return rejection
  }

  func setLimit(_ limit: Int) {
    var calls: [Call] = []
    state.withLock { state in
      state.limit = limit
      if limit < state.workers.count {
        calls = state.parked.map { .parked($0) }
        state.parked = []
      } else if state.queue.count > 0 {
        calls = [state.call()]
      }
    }
    for call in calls { send(call) }
  }

  /// Lets the threads end when the queue is empty; the pool is gone.
  func end() { callAll { $0.hasEnded = true } }

  private func callAll(_ change: (inout State) -> Void) {
    let parked = state.withLock { state -> [Worker] in
      change(&state)
      defer { state.parked = [] }
      return state.parked
    }
    for worker in parked { send(.parked(worker)) }
  }

  private func send(_ call: Call) {
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
    state.withLock { state in
      state.isCalling = false
      state.workers.removeAll { $0 === worker }
      guard state.workers.isEmpty else { return }
      while let work = state.queue.takeFirst() { failed.append(work) }
      waiting.store(0, ordering: .relaxed)
    }
    for work in failed { work.drop(with: error) }
  }

  // MARK: A worker's life

  private func serve(_ worker: Worker) {
    var isCalled = true
    while let work = next(worker, &isCalled) { work.performOnWorker(worker.number) }
    endings.withLock { $0 += 1 }
    endings.wakeAll()
  }

  private enum Next {
    case work(PoolWork)
    case look
    case park
    case end
  }

  /// Waits for work; `nil` when the worker has to end.
  private func next(_ worker: Worker, _ isCalled: inout Bool) -> PoolWork? {
    var hasLooked = false
    var isLooking = false
    while true {
      var call = Call.nobody
      // Released outside the lock: it may be the last to hold the pool, whose end takes the lock.
      var finished: PoolWork?
      let next = state.withLock { state -> Next in
        if isCalled { state.isCalling = false }
        if isLooking { state.looking -= 1 }
        swap(&finished, &worker.current)
        if state.workers.count <= state.limit, let work = state.queue.takeFirst() {
          worker.current = work
          waiting.store(state.queue.count, ordering: .relaxed)
          if state.queue.count > 0 { call = state.call() }
          return .work(work)
        }
        if state.workers.count > state.limit || state.hasEnded || state.shutdown != nil {
          state.workers.removeAll { $0 === worker }
          if state.queue.count > 0 { call = state.call() }
          return .end
        }
        if hasLooked {
          state.parked.append(worker)
          return .park
        }
        state.looking += 1
        return .look
      }
      isCalled = false
      isLooking = false
      finished = nil
      send(call)
      switch next {
      case .work(let work):
        return work
      case .end:
        return nil
      case .look:
        look()
        (isLooking, hasLooked) = (true, true)
      case .park:
        _ = worker.isCalled.wait { called -> Bool? in
          guard called else { return nil }
          called = false
          return true
        }
        (isCalled, hasLooked) = (true, false)
      }
    }
  }

  /// Looks for work without sleeping, and learns from the outcome how long that is worth it.
  private func look() {
    let patience = patience.load(ordering: .relaxed)
    for _ in 0..<patience where waiting.load(ordering: .relaxed) > 0 {
      self.patience.store(min(patience * 2, 20_000), ordering: .relaxed)
      return
    }
    self.patience.store(max(patience / 2, 16), ordering: .relaxed)
  }

  // MARK: Shutting down

  /// Refuses new work; returns what waited, if it is to be dropped, and cancels what runs then.
  func close(_ shutdown: DeferPool.Shutdown) -> [PoolWork] {
    var dropped: [PoolWork] = []
    var running: [PoolWork] = []
    callAll { state in
      state.shutdown = shutdown
      guard shutdown == .cancel else { return }
      while let work = state.queue.takeFirst() { dropped.append(work) }
      waiting.store(0, ordering: .relaxed)
      running = state.workers.compactMap { $0.current }
    }
    for work in running { work.cancel() }
    return dropped
  }

  /// Waits until all threads have ended, at most for `limit`; returns how many jobs run on.
  func waitUntilQuiet(for limit: Duration?) -> Int {
    func isQuiet(_: inout Int) -> Bool? { state.withLock { $0.workers.isEmpty } ? true : nil }
    if let limit { _ = endings.wait(for: limit, isQuiet) } else { _ = endings.wait(isQuiet) }
    return state.withLock { $0.workers.count { $0.current?.isRunning == true } }
  }
}

extension PoolCrew.State {
  /// Whether as many jobs wait as may.
  ///
  /// Those that have, or will get, a worker that does nothing yet don't count as waiting, however far that worker is.
  fileprivate mutating func isFull(_ queueLimit: Int) -> Bool {
    guard queue.count >= queueLimit else { return false }
    return queue.holds(atLeast: queueLimit + max(0, limit - workers.count { $0.current?.isRunning == true }))
  }

  /// Whom to send for, if nobody is on the way.
  fileprivate mutating func call() -> PoolCrew.Call {
    guard !isCalling, looking == 0 else { return .nobody }
    if let worker = parked.popLast() {
      isCalling = true
      return .parked(worker)
    }
    guard workers.count < limit else { return .nobody }
    // One that has done its job comes to the queue by itself, sooner than a new thread would.
    guard !workers.contains(where: { $0.current?.isRunning == false }) else { return .nobody }
    isCalling = true
    let numbers = Set(workers.map { $0.number })
    let worker = PoolCrew.Worker(number: (1...).first { !numbers.contains($0) } ?? 1)
    workers.append(worker)
    return .new(worker)
  }
}
