// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Threads for work that blocks: where deferred operations run.
///
/// ```swift
/// let disk = DeferPool(threads: 4, name: "disk", queueLimit: 100)
/// loop.defer(on: disk) { try readAll("/etc/hosts") } callback: { print($0.count) }
/// ```
///
/// A pool starts threads on demand, up to ``threads``; operations wait in one queue, first in, first out. Nobody kills a
/// thread: an operation that never ends keeps its thread for ever. Any loop and any thread may use a pool.
///
/// A virtual loop has workers of its own for each pool, numbered from 1, with a queue of their own, so that what they do
/// is the same in every run; see `VirtualTime`.
///
/// In EventMachine this is the thread pool of `EM.defer`, of which there is one.
public final class DeferPool: Sendable {
  /// The pool that `defer` uses if it is not told another one: 20 threads at most, as EventMachine's.
  public static let shared = DeferPool(threads: 20, name: "defer")

  /// Why a pool did not take a job; the job's failure.
  public enum Rejection: Error, Sendable, Equatable {
    /// As many jobs wait as the pool's limit allows.
    case queueFull
    /// The pool was shut down.
    case shutDown
  }

  /// What a pool has done and does: a snapshot.
  public struct Statistics: Sendable, Equatable {
    /// Jobs that wait for a worker.
    public internal(set) var queued = 0
    /// Jobs that run.
    public internal(set) var running = 0
    /// Threads that live, those of virtual loops among them.
    public internal(set) var threads = 0
    /// Jobs whose outcome was handed to their loop.
    public internal(set) var completed = 0
    /// Outcomes that nobody waited for any more: their loop had closed, or their job was settled from elsewhere.
    public internal(set) var discarded = 0
    /// Jobs that were taken and whose outcome is neither handed over nor discarded.
    public internal(set) var outstanding = 0
    /// Whether nothing is queued, running or on its way home.
    ///
    /// In EventMachine this is `EM.defers_finished?`.
    public var isFinished: Bool { outstanding == 0 }
  }

  /// What was ever counted: ``Statistics`` are the differences.
  ///
  /// Atomics, since workers and loops write them for every job; what loops write and what workers write lies apart, so
  /// that they don't take the same cache line from each other for each job. They wrap: an addition that looks for an
  /// overflow is a loop that threads make each other go round.
  struct Counts: ~Copyable {
    let accepted = Atomic<Int>(0)
    /// Cancelled before a worker took them.
    let takenOut = Atomic<Int>(0)
    /// Failed before a worker took them.
    let refused = Atomic<Int>(0)
    let completed = Atomic<Int>(0)
    let discarded = Atomic<Int>(0)
    private let distance: InlineArray<8, Int> = .init(repeating: 0)
    let started = Atomic<Int>(0)
    let ended = Atomic<Int>(0)
    let virtualThreads = Atomic<Int>(0)
  }

  let name: String
  let queueLimit: Int?
  let counts = Counts()
  private let limit: Atomic<Int>
  let crew: PoolCrew
  /// Nothing stands behind this lock: a number, since the thread sanitizer takes an empty value for what lies beside it.
  private let sleepers = Locked(0)

  /// Makes a pool; no thread is started before the first job.
  ///
  /// - Parameters:
  ///   - threads: How many there may be; at least 1.
  ///   - name: What threads are called.
  ///   - queueLimit: How many jobs may wait for a worker; `nil` for any number. A virtual loop counts its own.
  public init(threads: Int = 20, name: String = "defer", queueLimit: Int? = nil) {
    self.name = name
    self.queueLimit = queueLimit
    limit = Atomic(max(1, threads))
    crew = PoolCrew(name: name, threads: max(1, threads))
  }

  deinit { crew.end() }

  /// How many threads there may be; at least 1.
  ///
  /// Raised, waiting jobs get threads at once; lowered, idle threads end, and busy ones when they fall idle. Any
  /// thread.
  public var threads: Int {
    get { limit.load(ordering: .relaxed) }
    set {
      limit.store(max(1, newValue), ordering: .relaxed)
      crew.setLimit(max(1, newValue))
    }
  }

  /// What the pool does now; any thread.
  public var statistics: Statistics {
    func read(_ count: borrowing Atomic<Int>) -> Int { count.load(ordering: .relaxed) }
    // What ends is read before what begins, so that no difference is negative.
    let (completed, discarded) = (read(counts.completed), read(counts.discarded))
    let (ended, takenOut, refused) = (read(counts.ended), read(counts.takenOut), read(counts.refused))
    let started = read(counts.started)
    let accepted = read(counts.accepted)
    var statistics = Statistics()
    statistics.queued = max(0, accepted - takenOut - refused - started)
    statistics.running = max(0, started - ended)
    statistics.threads = counts.virtualThreads.load(ordering: .relaxed) + crew.threads
    statistics.completed = completed
    statistics.discarded = discarded
    statistics.outstanding = max(0, accepted - takenOut - completed - discarded)
    return statistics
  }

  // MARK: On a worker

  /// Whether the job that the calling thread performs was cancelled: for operations that can break off.
  ///
  /// False elsewhere.
  public static var isCancelled: Bool { CurrentWork.value?.isCancelled ?? false }

  /// Sleeps inside an operation, by its loop's time: on a virtual loop this parks the operation, and the loop goes on.
  ///
  /// Throws `CancellationError` when the job was cancelled before, or is cancelled meanwhile.
  ///
  /// - Precondition: it is called by a deferred operation, on the pool's thread.
  public static func sleep(for duration: Duration) throws(CancellationError) {
    guard let work = CurrentWork.value else {
      preconditionFailure(
        "DeferPool.sleep(for:) was called outside a deferred operation: call it inside loop.defer { }")
    }
    if let guest = work.guest { return try guest.park(for: duration) }
    let cancelled = work.pool.sleepers.wait(for: duration) { _ in
      work.isCancelled ? true : nil
    }
    if cancelled == true { throw CancellationError() }
  }

  func wakeSleepers() {
    // The lock is taken so that a sleeper that has just looked is not missed.
    sleepers.withLock { _ in }
    sleepers.wakeAll()
  }

  // MARK: Work

  /// Takes the work, or fails it in a later turn.
  @usableFromInline func accept(_ work: PoolWork, from loop: EventLoop) {
    // Counted first: a worker may take it before this returns.
    counts.accepted.wrappingAdd(1, ordering: .relaxed)
    let rejection =
      if work.desk.isVirtual {
        VirtualCrew.of(self, on: loop).submit(work)
      } else {
        crew.submit(work, limit: queueLimit)
      }
    guard let rejection else { return }
    counts.refused.wrappingAdd(1, ordering: .relaxed)
    work.reject(with: rejection, on: loop)
  }

  /// An outcome was handed over, or nobody wanted it.
  func countEnd(discarded: Bool) {
    if discarded {
      counts.discarded.wrappingAdd(1, ordering: .relaxed)
    } else {
      counts.completed.wrappingAdd(1, ordering: .relaxed)
    }
  }

  /// How it was shut down, if it was.
  var shutdown: Shutdown? { crew.shutdown }
  func closeCrew(_ shutdown: Shutdown) -> [PoolWork] { crew.close(shutdown) }
  func waitForCrew(_ limit: Duration?) -> (running: Int, queued: Int) { crew.waitUntilQuiet(for: limit) }
}

extension DeferPool: CustomStringConvertible {
  /// Name, threads and jobs.
  public var description: String {
    let statistics = statistics
    return "DeferPool(\(name), \(statistics.threads) of \(threads) threads, "
      + "\(statistics.running) running, \(statistics.queued) queued)"
  }
}
