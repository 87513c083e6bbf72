// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What a loop shares with other threads: the work that they scheduled, and who observes.
///
/// A lock is held for one append; the loop takes all work at once by swapping two queues, so a flood costs it one lock
/// a turn.
///
/// **Facts.** To mark the bell is an exchange of a cache line that the loop's thread reads, as costly as the append.
///
/// **The rule here.** Only who finds the queue empty marks the bell, under the lock. Who finds work there knows that the
/// loop has not taken it, and so that the mark stands or that the loop, which took it, is about to look at the queue.
/// Everybody asks after the append whether the loop sleeps, and wakes it: who marked may have lost the processor before
/// that.
// Unchecked is right: what is not atomic is behind a lock or set before the inbox is shared.
final class Inbox: @unchecked Sendable {
  enum State {
    /// Work is taken, for this run or the next one.
    case open
    /// From `stop()` until all is closed work is refused.
    case closing
    /// The loop is gone for good.
    case released
  }

  private struct Queue: ~Copyable {
    var entries = ArrivalQueue()
    var state = State.open
  }

  let name: String
  let bell = Bell()
  /// The virtual clock, if that is what the loop goes by.
  let virtualTime: VirtualTime?
  private let queue = Locked(Queue())
  /// Whether there is work: the loop looks here each turn, so it must cost no lock.
  private let hasWork = Atomic<Bool>(false)
  /// The thread that runs the loop now; 0 if none does.
  let thread = Atomic<UInt>(0)
  /// How many holds keep the loop from going idle.
  let holds = Atomic<Int>(0)
  private let forkGeneration = Fork.generation

  /// What the observer wants to hear; 0 if there is none.
  let interest = Atomic<UInt32>(0)
  private let observerBox = Locked<(any LoopObserver)?>(nil)
  private let eventCount = Atomic<UInt64>(0)
  private let idCount = Atomic<UInt64>(0)
  /// Whether another thread may draw numbers too: once a handle was asked for, without which none reaches the loop.
  ///
  /// Until then the loop's own thread needs no atomic addition, which costs more than the rest of an event. Touched on
  /// that thread only; whoever is given a handle by it sees what it counted before.
  @exclusivity(unchecked) var isShared = false

  init(name: String, clock: EventLoop.ClockKind) {
    self.name = name
    virtualTime = clock == .virtual ? VirtualTime(bell: bell) : nil
  }

  // MARK: Work

  /// Queues work and wakes the loop; false if it closes or is gone.
  ///
  /// Any thread.
  func schedule(_ work: consuming @escaping @Sendable (EventLoop) -> Void, _ registration: Registration.Box?) -> Bool {
    checkFork()
    // Moved into the queue: what it captures is often shared with the loop's thread, and each retain that is saved is a
    // cache line that the two don't take from each other. If the answer is false it goes here, outside the lock.
    var entry: ArrivalQueue.Entry? = ArrivalQueue.Entry(work: consume work, registration: registration)
    let accepted = queue.withLock { queue -> Bool in
      guard queue.state == .open, let entry = entry.take() else { return false }
      if queue.entries.isEmpty {
        hasWork.store(true, ordering: .relaxed)
        bell.mark()
      }
      queue.entries.append(entry)
      return true
    }
    if accepted { bell.wakeSleeper() }
    return accepted
  }

  /// Whether there is nothing to take.
  ///
  /// The loop's thread.
  @inline(__always) var isEmpty: Bool { !hasWork.load(ordering: .relaxed) }

  /// Swaps the queued work for the empty queue `batch`.
  ///
  /// The loop's thread.
  func takeAll(into batch: inout ArrivalQueue) {
    queue.withLock { queue in
      hasWork.store(false, ordering: .relaxed)
      swap(&queue.entries, &batch)
    }
  }

  func setState(_ state: State) { queue.withLock { $0.state = state } }

  /// Whether the calling thread runs the loop.
  var isOnLoop: Bool { thread.load(ordering: .relaxed) == SystemThread.current }

  var isForked: Bool { forkGeneration != Fork.generation }

  @inline(__always) func checkFork() {
    precondition(
      !isForked,
      "a forked child used an event loop of its parent: make a new EventLoop in the child")
  }

  // MARK: Events

  /// Set on the loop's thread; read on any.
  var observer: (any LoopObserver)? {
    get { observerBox.withLock { $0 } }
    set {
      let old = observerBox.withLock { box -> (any LoopObserver)? in
        defer { box = newValue }
        return box
      }
      if old == nil, newValue != nil { Observers.add() }
      if old != nil, newValue == nil { Observers.remove() }
      interest.store(newValue?.interest.rawValue ?? 0, ordering: .relaxed)
    }
  }

  @inline(__always) func wants(_ kind: LoopEvent.Kind) -> Bool {
    interest.load(ordering: .relaxed) & kind.interest.rawValue != 0
  }

  /// The number of the next event: drawn only for one that is handed over.
  func nextSequence() -> UInt64 { eventCount.add(1, ordering: .relaxed).newValue }

  /// A number for a thing that events tell of.
  func nextID() -> UInt64 { idCount.add(1, ordering: .relaxed).newValue }

  /// The same two, on the loop's thread.
  @inline(__always) func nextSequenceOnLoop() -> UInt64 { next(of: eventCount) }
  @inline(__always) func nextIDOnLoop() -> UInt64 { next(of: idCount) }

  @inline(__always) private func next(of count: borrowing Atomic<UInt64>) -> UInt64 {
    guard !isShared else { return count.add(1, ordering: .relaxed).newValue }
    let number = count.load(ordering: .relaxed) &+ 1
    count.store(number, ordering: .relaxed)
    return number
  }
}

/// Whether any loop of the process is observed: one relaxed load stands before the costlier question which loop runs
/// on this thread.
@usableFromInline enum Observers {
  @usableFromInline static let count = Atomic<Int>(0)
  @inlinable @inline(__always) static var exist: Bool { count.load(ordering: .relaxed) != 0 }
  static func add() { count.add(1, ordering: .relaxed) }
  static func remove() { count.subtract(1, ordering: .relaxed) }
}
