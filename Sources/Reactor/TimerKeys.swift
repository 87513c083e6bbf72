// SPDX-License-Identifier: Apache-2.0

/// The keys of a loop's timers, smallest first: a run of those that come in order, and a heap for the others.
///
/// **Facts.** Timers are often armed in the order in which they will be due: a thousand that fire every millisecond arm
/// themselves anew in the order of their grids, and so do timeouts that are all of one length. A heap of 1,000 keys takes
/// 200 instructions to give up its first one, since the last comes down from the top; a ring takes 20.
///
/// **The rule here.** A key that is not before the last of the run is appended to it. Where at most three keys of the run
/// are after it, those go to the heap and it is appended: one timer of an hour doesn't keep those of a millisecond
/// from the run. Every other key goes to the heap, and so no key is moved more than once.
///
/// **What it costs.** A comparison for a key that goes to the heap.
struct TimerKeys: ~Copyable {
  private static let passable = 3

  private var run = TimerRun()
  private var heap = TimerHeap()
  /// The key that had three after it when the last one was appended: what is before it goes to the heap.
  ///
  /// A guess, which is all that it has to be: keys that were taken since leave it where it is.
  private var limit: UInt128 = 0

  var count: Int { @inline(__always) get { heap.count &+ run.count } }

  /// The smallest key; there must be one.
  var first: TimerKey { @inline(__always) get { isFirstInRun ? run.first : heap.first } }

  @inline(__always) private var isFirstInRun: Bool {
    guard !run.isEmpty else { return false }
    return heap.count == 0 || run.first.bits < heap.first.bits
  }

  @inline(__always) mutating func push(_ key: TimerKey) {
    if key.bits < limit { return heap.push(key) }
    if !run.isEmpty, run.last().bits > key.bits { clearWay(for: key) }
    run.append(key)
    if run.count > Self.passable { limit = run.last(but: Self.passable).bits }
  }

  /// Moves the keys of the run that are after `key` to the heap.
  @inline(never) private mutating func clearWay(for key: TimerKey) {
    while !run.isEmpty, run.last().bits > key.bits {
      heap.push(run.last())
      run.removeLast()
    }
  }

  @inline(__always) mutating func removeFirst() {
    if isFirstInRun { run.removeFirst() } else { heap.pop() }
  }

  /// Takes the smallest key, unless its deadline is after `now`.
  @inline(__always) mutating func takeFirst(dueAt now: Int64) -> TimerKey? {
    if isFirstInRun {
      let key = run.first
      guard key.deadline <= now else { return nil }
      run.removeFirst()
      return key
    }
    guard heap.count > 0 else { return nil }
    let key = heap.first
    guard key.deadline <= now else { return nil }
    heap.pop()
    return key
  }

  /// Removes a key that was pushed a moment ago, if a look where it must be then finds it.
  ///
  /// A timer that is cancelled right after it was armed, as the timeouts of quick operations are, so leaves nothing
  /// behind.
  @inline(__always) mutating func removeIfRecent(_ key: TimerKey) -> Bool {
    if key.bits >= limit, !run.isEmpty, run.last() == key {
      run.removeLast()
      if run.count <= Self.passable { limit = 0 }
      return true
    }
    return heap.removeIfRecent(key)
  }

  mutating func removeAll() {
    run.removeAll()
    heap.removeAll()
    limit = 0
  }

  /// Drops the keys that are not live.
  @inline(__always) mutating func removeAll(butThose isLive: (TimerKey) -> Bool) {
    run.removeAll(butThose: isLive)
    heap.removeAll(butThose: isLive)
    if run.count <= Self.passable { limit = 0 }
  }
}
