// SPDX-License-Identifier: Apache-2.0

/// Work in the order of submission: one array to append to and one to take from.
///
/// What was taken out meanwhile stays, empty, until it is passed over: what it held is released at once.
struct WorkQueue {
  private var front: [PoolWork] = []
  private var back: [PoolWork] = []

  /// How many stand in it, those that were taken out meanwhile among them.
  var count: Int { front.count + back.count }

  /// How many wait; it looks at each.
  var waitingCount: Int { front.count { !$0.isTakenOut } + back.count { !$0.isTakenOut } }

  mutating func append(_ work: PoolWork) { back.append(work) }

  /// Appends all of `works` and leaves it empty.
  mutating func append(contentsOf works: inout [PoolWork]) {
    if back.isEmpty {
      swap(&back, &works)
    } else {
      back.append(contentsOf: works)
      works.removeAll(keepingCapacity: true)
    }
  }

  /// Whether that many or more wait; hands out those that were taken out, if it has to count.
  mutating func holds(atLeast limit: Int, passing passed: inout [PoolWork]) -> Bool {
    guard count >= limit else { return false }
    passed += front.filter { $0.isTakenOut } + back.filter { $0.isTakenOut }
    front.removeAll { $0.isTakenOut }
    back.removeAll { $0.isTakenOut }
    return count >= limit
  }

  /// The first that nobody has taken out, taken.
  ///
  /// Those that are passed over are handed out, to be released when no lock is held: the last one of a pool takes the pool
  /// with it, whose end takes the crew's lock.
  mutating func takeFirst(passing passed: inout [PoolWork]) -> PoolWork? {
    while true {
      if front.isEmpty {
        guard !back.isEmpty else { return nil }
        swap(&front, &back)
        front.reverse()
      }
      let work = front.removeLast()
      if work.take() { return work }
      passed.append(work)
    }
  }
}
