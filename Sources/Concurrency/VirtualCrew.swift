// SPDX-License-Identifier: Apache-2.0

/// The workers that one virtual loop has for one pool: a job starts only where the loop would wait, first in, first out,
/// on the lowest idle worker, and nothing else runs until it sleeps or ends. So worker numbers and order are the same in
/// every run.
// Unchecked is right: all but `idle` is touched on the loop's thread only.
final class VirtualCrew: @unchecked Sendable {
  private unowned let pool: DeferPool
  private var queue = WorkQueue()
  private var workers: [VirtualWorker] = []
  private var hasCancelled = false

  private init(_ pool: DeferPool) { self.pool = pool }

  static func of(_ pool: DeferPool, on loop: EventLoop) -> VirtualCrew {
    let crews = loop.local(VirtualCrews.self) { _ in VirtualCrews() }
    return crews.crew(of: pool) {
      let crew = VirtualCrew(pool)
      loop.virtualTime?.addStarter { loop in crew.startNext(on: loop) }
      loop.whenClosing { crew.close() }
      return crew
    }
  }

  func submit(_ work: PoolWork) -> DeferPool.Rejection? {
    guard pool.shutdown == nil else { return .shutDown }
    if let limit = pool.queueLimit {
      let places = max(0, pool.threads - workers.count { !$0.isIdle })
      var passed: [PoolWork] = []
      if queue.holds(atLeast: limit + places, passing: &passed) { return .queueFull }
    }
    queue.append(work)
    return nil
  }

  private func takeFirst() -> PoolWork? {
    var passed: [PoolWork] = []
    return queue.takeFirst(passing: &passed)
  }

  /// The lowest worker that is idle, or the number of one that could be made.
  private var idleWorker: Int? {
    let limit = pool.threads
    if let index = workers.firstIndex(where: { $0.isIdle }), index < limit { return index }
    return workers.count < limit ? workers.count : nil
  }

  /// Begins the next job, if there is one and a worker for it.
  private func startNext(on loop: EventLoop) -> Bool {
    if pool.shutdown == .cancel, !hasCancelled {
      hasCancelled = true
      while let work = takeFirst() { work.drop(with: CancellationError()) }
      for worker in workers { worker.cancelWork() }
      // What that woke comes first.
      return true
    }
    while workers.count > pool.threads, let last = workers.last, last.isIdle {
      last.end()
      workers.removeLast()
    }
    guard queue.count > 0, let index = idleWorker, let work = takeFirst() else { return false }
    do {
      if index == workers.count { workers.append(try VirtualWorker(number: index + 1, pool)) }
    } catch {
      work.drop(with: error)
      return true
    }
    loop.virtualTime?.begin { guest in
      work.guest = guest
      workers[index].give(work, guest)
    }
    return true
  }

  /// The loop closes: its jobs have been taken out, its workers end when they fall idle.
  private func close() {
    while let work = takeFirst() { _ = work }
    for worker in workers { worker.end() }
    workers = []
  }
}

/// The crews of one loop, by pool.
private final class VirtualCrews {
  private var crews: [(pool: DeferPool, crew: VirtualCrew)] = []

  func crew(of pool: DeferPool, _ make: () -> VirtualCrew) -> VirtualCrew {
    if let entry = crews.first(where: { $0.pool === pool }) { return entry.crew }
    let crew = make()
    crews.append((pool, crew))
    return crew
  }
}

/// One thread of a virtual loop.
private final class VirtualWorker: Sendable {
  private struct State {
    var next: (work: PoolWork, guest: VirtualTime.Guest)?
    /// What it has been given and has not ended.
    var work: PoolWork?
    var hasEnded = false
  }
  private let state: Locked<State>

  init(number: Int, _ pool: DeferPool) throws(SystemError) {
    let state = Locked(State())
    self.state = state
    try SystemThread.start(name: "\(pool.name)-\(number)") { [counts = WorkerCount(pool)] in
      while let guest = Self.performNext(state, number) { guest.end() }
      counts.leave()
    }
  }

  var isIdle: Bool { state.withLock { $0.work == nil } }

  func cancelWork() { state.withLock { $0.work }?.cancel() }

  func give(_ work: PoolWork, _ guest: VirtualTime.Guest) {
    state.withLock {
      $0.work = work
      $0.next = (work, guest)
    }
    state.wakeAll()
  }

  func end() {
    state.withLock { $0.hasEnded = true }
    state.wakeAll()
  }

  /// Performs what it is given next; the guest that gives the turn back, or `nil` at the worker's end.
  ///
  /// It is idle before it gives the turn back, since the loop looks for an idle worker as soon as it has it; and it has let
  /// go of the work, since nothing may run beside the loop.
  private static func performNext(_ state: Locked<State>, _ number: Int) -> VirtualTime.Guest? {
    let next = state.wait { state -> (PoolWork, VirtualTime.Guest)?? in
      if let next = state.next.take() { return .some((next.work, next.guest)) }
      return state.hasEnded ? .some(nil) : nil
    }
    guard let (work, guest) = next ?? nil else { return nil }
    work.performOnWorker(number)
    var held: PoolWork?
    state.withLock { swap(&held, &$0.work) }
    return guest
  }
}

/// Counts a virtual worker among its pool's threads, from its start to its end.
private struct WorkerCount: Sendable {
  private let pool: DeferPool

  init(_ pool: DeferPool) {
    self.pool = pool
    pool.counts.virtualThreads.add(1, ordering: .relaxed)
  }

  func leave() { pool.counts.virtualThreads.subtract(1, ordering: .relaxed) }
}
