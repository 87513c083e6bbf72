// SPDX-License-Identifier: Apache-2.0

/// The closures of `nextTick`, first in, first out.
///
/// A ring of unsafe storage whose length is a power of two, with a head and a tail that only grow: adding and taking
/// cost a few nanoseconds and no reference counting, since a closure moves in and moves out. An array would retain and
/// release each one and check exclusivity twice.
///
/// Invariant: the cells from `head` up to `tail` hold closures, all others nothing; `tail - head <= capacity`.
struct TickQueue: ~Copyable {
  /// A bare function type in generic storage would be re-abstracted, at one allocation each.
  private struct Cell: ~Copyable {
    let work: () -> Void
  }

  /// How many closures were ever taken, so the number of the next one.
  private(set) var head = 0
  /// How many closures were ever added.
  private(set) var tail = 0
  private var capacity = 64
  private var cells = UnsafeMutablePointer<Cell>.allocate(capacity: 64)

  deinit {
    for index in head..<tail { (cells + (index & (capacity - 1))).deinitialize(count: 1) }
    cells.deallocate()
  }

  var isEmpty: Bool { @inline(__always) get { head == tail } }
  var count: Int { tail - head }

  @inline(__always) mutating func append(_ work: consuming @escaping () -> Void) {
    if tail - head == capacity { grow() }
    let work = consume work
    (cells + (tail & (capacity - 1))).initialize(to: Cell(work: work))
    tail &+= 1
  }

  /// Takes the first closure and runs it.
  ///
  /// The queue may change while it runs: nothing of it is accessed then.
  @inline(__always) static func runFirst(of queue: UnsafeMutablePointer<TickQueue>) {
    let cell = queue.pointee.takeFirst()
    cell.work()
  }

  @inline(__always) private mutating func takeFirst() -> Cell {
    let cell = (cells + (head & (capacity - 1))).move()
    head &+= 1
    return cell
  }

  /// Releases all closures unrun.
  ///
  /// One at a time, from a queue that is whole: a closure's release may queue another. Returns how many there were.
  static func removeAll(of queue: UnsafeMutablePointer<TickQueue>) -> Int {
    let first = queue.pointee.head
    while !queue.pointee.isEmpty { _ = queue.pointee.takeFirst() }
    return queue.pointee.head - first
  }

  @inline(never) private mutating func grow() {
    let bigger = UnsafeMutablePointer<Cell>.allocate(capacity: capacity * 2)
    for index in head..<tail {
      (bigger + (index & (capacity * 2 - 1))).moveInitialize(from: cells + (index & (capacity - 1)), count: 1)
    }
    cells.deallocate()
    cells = bigger
    capacity *= 2
  }
}
