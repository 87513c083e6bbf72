// SPDX-License-Identifier: Apache-2.0

extension PoolCrew {
  /// One thread.
  // Unchecked is right: `current` is touched under the crew's lock only, `spin` on the worker's own thread.
  final class Worker: @unchecked Sendable {
    /// From 1: the lowest that was free.
    let number: Int
    /// Whether somebody has sent for it.
    let isCalled = Locked(false)
    var current: PoolWork?
    var spin = SpinWait()

    init(number: Int) { self.number = number }
  }

  /// What was submitted and nobody has looked at.
  struct Arrivals {
    var works: [PoolWork] = []
    var shutdown: DeferPool.Shutdown?
  }

  struct State {
    var queue = WorkQueue()
    /// Those who sleep; the last one is called first.
    var parked: [Worker] = []
    /// Those who live.
    var workers: [Worker] = []
    /// Those who look for work without sleeping: they need no call.
    var looking = 0
    /// Whether one is on its way.
    var isCalling = false
    /// When it was called, or last stood by, and how many jobs had been taken then.
    var called = (at: MonotonicClock.now, taken: 0)
    /// How many jobs were ever taken.
    var taken = 0
    var limit: Int
    var shutdown: DeferPool.Shutdown?
    var hasEnded = false
  }

  enum Call {
    case nobody
    case parked(Worker)
    case new(Worker)
  }
}

extension PoolCrew.State {
  /// Whether somebody looks at what is submitted without being called, or nobody could be called: those who work come
  /// to the queue by themselves.
  var isAttended: Bool { looking > 0 || isCalling || parked.isEmpty && workers.count >= limit }

  /// Whether as many jobs wait as may.
  ///
  /// Those that have, or will get, a worker that does nothing yet don't count as waiting, however far that worker is.
  mutating func isFull(_ queueLimit: Int, passing passed: inout [PoolWork]) -> Bool {
    guard queue.count >= queueLimit else { return false }
    let busy = workers.count { $0.current?.isRunning == true }
    return queue.holds(atLeast: queueLimit + max(0, limit - busy), passing: &passed)
  }

  /// Whom to send for, if nobody is on the way.
  mutating func call() -> PoolCrew.Call {
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
