// SPDX-License-Identifier: Apache-2.0

/// The threads of a pool that serve real loops, and the queue between.
///
/// Work that was cancelled stays in the queue, empty, until a worker passes it over: what it held is released at once.
final class PoolCrew: Sendable {
  fileprivate struct State {
    var queue = WorkQueue()
    /// How many workers wait for work.
    var idle = 0
    /// Which numbers are taken by threads that live: workers are numbered from 1.
    var numbers: Set<Int> = []
    var limit: Int
    var running: [ObjectIdentifier: PoolWork] = [:]
    var shutdown: DeferPool.Shutdown?
    var hasEnded = false
  }

  private let name: String
  private let state: Locked<State>
  /// Rung when a worker ends or falls idle, for who shuts down.
  private let quiet = Locked(())

  init(name: String, threads: Int) {
    self.name = name
    state = Locked(State(limit: threads))
  }

  var threads: Int { state.withLock { $0.numbers.count } }
  var shutdown: DeferPool.Shutdown? { state.withLock { $0.shutdown } }

  /// Queues work, and sees to it that a worker comes; or says why not.
  func submit(_ work: PoolWork, limit: Int?) -> DeferPool.Rejection? {
    enum Next { case rejected(DeferPool.Rejection), wake, start(Int), nothing }
    let next = state.withLock { state -> Next in
      guard state.shutdown == nil else { return .rejected(.shutDown) }
      if let limit, state.queue.count >= limit, state.idle == 0, state.numbers.count >= state.limit {
        return .rejected(.queueFull)
      }
      state.queue.append(work)
      if state.idle > 0 { return .wake }
      return state.takeNumber().map { .start($0) } ?? .nothing
    }
    switch next {
    case .rejected(let rejection): return rejection
    case .wake: state.wakeOne()
    case .start(let number): start(number)
    case .nothing: break
    }
    return nil
  }

  func setLimit(_ limit: Int) {
    var started: [Int] = []
    state.withLock { state in
      state.limit = limit
      while started.count < state.queue.count, let number = state.takeNumber() { started.append(number) }
    }
    state.wakeAll()
    for number in started { start(number) }
  }

  /// Lets the threads end when the queue is empty; the pool is gone.
  func end() {
    state.withLock { $0.hasEnded = true }
    state.wakeAll()
  }

  private func start(_ number: Int) {
    do {
      try SystemThread.start(name: "\(name)-\(number)") { self.serve(number) }
    } catch {
      // Others may live to serve the queue; if none does, whoever submits next tries again.
      let isAlone = state.withLock { state -> Bool in
        state.numbers.remove(number)
        return state.numbers.isEmpty
      }
      guard isAlone, let work = state.withLock({ $0.queue.takeFirst() }) else { return }
      work.fail(with: error)
      work.send()
    }
  }

  /// A worker's life.
  private func serve(_ number: Int) {
    while let work = next(number) {
      work.performOnWorker(number)
      state.withLock { state in
        state.running[ObjectIdentifier(work)] = nil
        return
      }
      quiet.wakeAll()
    }
    quiet.wakeAll()
  }

  /// Waits for work; `nil` when the worker has to end.
  private func next(_ number: Int) -> PoolWork? {
    var isIdle = false
    return state.wait { state -> PoolWork?? in
      if isIdle { state.idle -= 1 }
      isIdle = false
      if state.numbers.count <= state.limit, let work = state.queue.takeFirst() {
        state.running[ObjectIdentifier(work)] = work
        return .some(work)
      }
      let isSurplus = state.numbers.count > state.limit
      if isSurplus || state.hasEnded || state.shutdown != nil {
        state.numbers.remove(number)
        return .some(nil)
      }
      state.idle += 1
      isIdle = true
      return nil
    } ?? nil
  }

  // MARK: Shutting down

  /// Refuses new work; returns what waited, if it is to be dropped, and cancels what runs then.
  func close(_ shutdown: DeferPool.Shutdown) -> [PoolWork] {
    var dropped: [PoolWork] = []
    var cancelled: [PoolWork] = []
    state.withLock { state in
      state.shutdown = shutdown
      guard shutdown == .cancel else { return }
      while let work = state.queue.takeFirst() { dropped.append(work) }
      cancelled = Array(state.running.values)
    }
    state.wakeAll()
    for work in cancelled { work.cancel() }
    return dropped
  }

  /// Waits until all threads have ended, at most for `limit`; returns how many jobs run on.
  func waitUntilQuiet(for limit: Duration?) -> Int {
    var isQuiet: Bool { state.withLock { $0.numbers.isEmpty } }
    // Asked again every 10 ms besides: a worker rings after it has let go of the lock.
    var waited = Duration.zero
    while !isQuiet {
      if let limit, waited >= limit { break }
      let slice = min(Duration.milliseconds(10), limit.map { $0 - waited } ?? .milliseconds(10))
      _ = quiet.wait(for: slice) { _ in isQuiet ? true : nil }
      waited += slice
    }
    return state.withLock { $0.running.count }
  }
}

extension PoolCrew.State {
  /// The lowest free number, if there may be another thread.
  fileprivate mutating func takeNumber() -> Int? {
    guard numbers.count < limit else { return nil }
    var number = 1
    while numbers.contains(number) { number += 1 }
    numbers.insert(number)
    return number
  }
}

/// Work in the order of submission: two arrays, one to append to and one to take from.
struct WorkQueue {
  private var front: [PoolWork] = []
  private var back: [PoolWork] = []
  /// How many stand in it, those that were taken out meanwhile among them.
  var count: Int { front.count + back.count }

  mutating func append(_ work: PoolWork) { back.append(work) }

  /// The first that nobody has taken out, taken.
  mutating func takeFirst() -> PoolWork? {
    while true {
      if front.isEmpty {
        guard !back.isEmpty else { return nil }
        swap(&front, &back)
        front.reverse()
      }
      let work = front.removeLast()
      if work.take() { return work }
    }
  }
}
