// SPDX-License-Identifier: Apache-2.0

/// A loop's timers: who is due next, in the order that the loop promises.
///
/// **Facts.** Most timers are timeouts: armed, moved to later again and again, and cancelled before they are due.
/// A search tree or an indexed heap pays for each of these with pointer chasing or with a back reference that every
/// move has to write.
///
/// **The rule here.** A timer is a *slot*: its closure, its deadline, a generation. The order is a heap of *keys*:
/// 128 bits that hold deadline, order of arming and slot, so that one comparison settles all. The heap is 4-ary, and its
/// root stands at index 3, so that four children share a cache line. Cancelling frees the closure at once and leaves the
/// key, which is stale then; so does moving to earlier, which pushes a new key. Moving to later only writes the slot: the
/// key is pushed anew when it surfaces. A stale key is dropped when it surfaces, and when more than three quarters of the
/// heap are stale, all of them are.
///
/// **What it costs.** Memory for stale keys, 16 bytes each, at most three for each live timer.
///
/// Invariant: a pending timer with a deadline before `never` has exactly one key in the heap whose order is the slot's
/// `keyOrder`; every other key of that slot is stale.
struct Timers: ~Copyable {
  /// A key's order is 32 bits wide; when it runs out, all are numbered anew.
  struct Key: Equatable {
    /// Deadline, order of arming, slot: compared as one unsigned number.
    ///
    /// The deadline's sign is flipped for that.
    var bits: UInt128

    @inline(__always) init(deadline: Int64, order: UInt32, slot: UInt32) {
      let high = UInt64(bitPattern: deadline) ^ (1 << 63)
      bits = UInt128(_low: UInt64(order) << 32 | UInt64(slot), _high: high)
    }

    var deadline: Int64 {
      @inline(__always) get { Int64(bitPattern: UInt64(truncatingIfNeeded: bits >> 64) ^ (1 << 63)) }
    }
    var order: UInt32 { @inline(__always) get { UInt32(truncatingIfNeeded: bits >> 32) } }
    var slot: UInt32 { @inline(__always) get { UInt32(truncatingIfNeeded: bits) } }
  }

  /// A closure that moves, and so costs no reference counting.
  ///
  /// A struct, since a bare function type in an `Optional` is re-abstracted each time it is taken out: an allocation,
  /// and a call more on the way.
  struct Work: ~Copyable {
    let run: () -> Void
  }

  private struct Slot: ~Copyable {
    /// `nil` while the slot is free.
    var work: Work?
    var deadline: Int64
    /// The order of the last arming or reset: a key is valid for firing only if it carries this one.
    var order: UInt32
    /// The order of the one live key in the heap; older than `order` after a move to later.
    var keyOrder: UInt32
    var generation: UInt32
    var nextFree: UInt32
    var hasKey: Bool
  }

  private var slots = UnsafeMutablePointer<Slot>.allocate(capacity: 16)
  private var slotCapacity = 16
  private var slotCount = 0
  private var firstFree = UInt32.max

  private var heap = Self.makeHeap(capacity: 64)
  private var heapCapacity = 64
  private(set) var heapCount = 0
  private var stale = 0
  private var nextOrder: UInt32 = 0
  /// How many timers are pending, those that are never due among them.
  private(set) var count = 0
  /// How many of them are due one day.
  private(set) var finiteCount = 0

  deinit {
    for index in 0..<slotCount { (slots + index).deinitialize(count: 1) }
    slots.deallocate()
    heap.deallocate()
  }

  // MARK: Slots

  /// Arms a timer, and returns its slot and generation.
  @inline(__always) mutating func arm(
    _ deadline: Int64, _ work: consuming @escaping () -> Void
  ) -> (slot: UInt32, generation: UInt32) {
    let index = takeSlot()
    let slot = slots + Int(index)
    let work = consume work
    slot.pointee.work = Work(run: work)
    slot.pointee.deadline = deadline
    count += 1
    schedule(index)
    return (index, slot.pointee.generation)
  }

  @inline(__always) func isPending(_ slot: UInt32, _ generation: UInt32) -> Bool {
    slots[Int(slot)].generation == generation && slots[Int(slot)].work != nil
  }

  func deadline(_ slot: UInt32) -> Int64 { slots[Int(slot)].deadline }

  /// Ends a pending timer and hands out its closure, to be released when the timers are no longer being accessed: what
  /// it captured may touch them.
  @inline(__always) mutating func cancel(_ index: UInt32) -> Work? {
    let slot = slots + Int(index)
    if slot.pointee.hasKey { stale += 1 }
    let work = free(index)
    compactIfStale()
    return work
  }

  /// Arms a pending timer anew.
  @inline(__always) mutating func reset(_ index: UInt32, to deadline: Int64) {
    let slot = slots + Int(index)
    let old = slot.pointee.deadline
    slot.pointee.deadline = deadline
    guard slot.pointee.hasKey, deadline >= old, deadline != .max else {
      if slot.pointee.hasKey { stale += 1 }
      // The key is given up before the new one is drawn: numbering anew must not push it.
      slot.pointee.hasKey = false
      if old != .max { finiteCount -= 1 }
      schedule(index)
      compactIfStale()
      return
    }
    // Later, or equal: the key stays where it is and is moved when it surfaces.
    slot.pointee.order = takeOrder()
  }

  /// Gives the slot a key, with a fresh order.
  @inline(__always) private mutating func schedule(_ index: UInt32) {
    let slot = slots + Int(index)
    let order = takeOrder()
    slot.pointee.order = order
    slot.pointee.keyOrder = order
    slot.pointee.hasKey = slot.pointee.deadline != .max
    guard slot.pointee.hasKey else { return }
    finiteCount += 1
    push(Key(deadline: slot.pointee.deadline, order: order, slot: index))
  }

  @inline(__always) private mutating func takeSlot() -> UInt32 {
    if firstFree != .max {
      let index = firstFree
      firstFree = slots[Int(index)].nextFree
      return index
    }
    if slotCount == slotCapacity { growSlots() }
    (slots + slotCount).initialize(
      to: Slot(work: nil, deadline: 0, order: 0, keyOrder: 0, generation: 0, nextFree: .max, hasKey: false))
    slotCount += 1
    return UInt32(slotCount - 1)
  }

  @inline(__always) private mutating func free(_ index: UInt32) -> Work? {
    let slot = slots + Int(index)
    let work = slot.pointee.work.take()
    if slot.pointee.deadline != .max { finiteCount -= 1 }
    slot.pointee.generation &+= 1
    slot.pointee.hasKey = false
    slot.pointee.nextFree = firstFree
    firstFree = index
    count -= 1
    return work
  }

  @inline(never) private mutating func growSlots() {
    let bigger = UnsafeMutablePointer<Slot>.allocate(capacity: slotCapacity * 2)
    bigger.moveInitialize(from: slots, count: slotCount)
    slots.deallocate()
    slots = bigger
    slotCapacity *= 2
  }

  // MARK: Due

  /// The earliest deadline, if any timer is due one day.
  ///
  /// Drops stale keys on the way.
  mutating func nextDeadline() -> Int64? {
    while heapCount > 0 {
      let key = heap[Self.root]
      let slot = slots + Int(key.slot)
      if slot.pointee.hasKey, slot.pointee.keyOrder == key.order {
        if slot.pointee.order == key.order { return key.deadline }
        pop()
        slot.pointee.keyOrder = slot.pointee.order
        push(Key(deadline: slot.pointee.deadline, order: slot.pointee.order, slot: key.slot))
      } else {
        pop()
        stale -= 1
      }
    }
    return nil
  }

  /// Moves the keys of all timers due at `now` to `due`, in order.
  ///
  /// Those armed later are none of them.
  mutating func takeDue(at now: Int64, into due: inout [Key]) {
    while let deadline = nextDeadline(), deadline <= now {
      let key = heap[Self.root]
      pop()
      slots[Int(key.slot)].hasKey = false
      due.append(key)
    }
  }

  /// Ends the timer of a key that `takeDue` gave and hands out its closure; `nil` if it was cancelled or armed anew
  /// since.
  @inline(__always) mutating func takeWork(of key: Key) -> Work? {
    let slot = slots + Int(key.slot)
    guard !slot.pointee.hasKey, slot.pointee.order == key.order, slot.pointee.work != nil,
      slot.pointee.deadline == key.deadline
    else { return nil }
    return free(key.slot)
  }

  /// Ends all pending timers and moves their closures to `released`.
  mutating func removeAll(into released: inout [() -> Void]) {
    for index in 0..<slotCount where slots[index].work != nil {
      if let work = free(UInt32(index)) { released.append(work.run) }
    }
    heapCount = 0
    stale = 0
  }

  // MARK: Order

  @inline(__always) private mutating func takeOrder() -> UInt32 {
    if nextOrder == .max { renumber() }
    nextOrder &+= 1
    return nextOrder
  }

  /// Sets how many orders are left, so that a test can see them run out.
  mutating func setOrders(left: UInt32) { nextOrder = .max - left }

  /// Numbers all live keys anew, from 1, in their order.
  @inline(never) private mutating func renumber() {
    var live: [(key: Key, slot: UInt32)] = []
    for index in 0..<slotCount where slots[index].hasKey {
      live.append((Key(deadline: slots[index].deadline, order: slots[index].order, slot: UInt32(index)), UInt32(index)))
    }
    live.sort { $0.key.bits < $1.key.bits }
    heapCount = 0
    stale = 0
    nextOrder = 0
    for entry in live {
      nextOrder += 1
      slots[Int(entry.slot)].order = nextOrder
      slots[Int(entry.slot)].keyOrder = nextOrder
      push(Key(deadline: entry.key.deadline, order: nextOrder, slot: entry.slot))
    }
  }

  // MARK: Heap

  /// Four children of one parent, at 4·i - 8 …, lie within one cache line of 64 bytes.
  private static let root = 3

  @inline(__always) private mutating func push(_ key: Key) {
    if heapCount == heapCapacity { growHeap() }
    var index = heapCount + Self.root
    heapCount += 1
    while index > Self.root {
      let parent = index / 4 + 2
      if heap[parent].bits <= key.bits { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = key
  }

  /// Removes the root: the hole goes down to a leaf along the smallest children, and the last key comes up from there.
  @inline(__always) private mutating func pop() {
    heapCount -= 1
    let end = heapCount + Self.root
    let last = heap[end]
    var hole = Self.root
    while true {
      let first = 4 * hole - 8
      guard first < end else { break }
      var smallest = first
      let stop = min(first + 4, end)
      var child = first + 1
      while child < stop {
        if heap[child].bits < heap[smallest].bits { smallest = child }
        child += 1
      }
      heap[hole] = heap[smallest]
      hole = smallest
    }
    guard heapCount > 0 else { return }
    while hole > Self.root {
      let parent = hole / 4 + 2
      if heap[parent].bits <= last.bits { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    heap[hole] = last
  }

  /// Aligned to a cache line, so that siblings share one.
  private static func makeHeap(capacity: Int) -> UnsafeMutablePointer<Key> {
    let bytes = (capacity + root) * MemoryLayout<Key>.stride
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    return raw.bindMemory(to: Key.self, capacity: capacity + root)
  }

  @inline(never) private mutating func growHeap() {
    let bigger = Self.makeHeap(capacity: heapCapacity * 2)
    (bigger + Self.root).update(from: heap + Self.root, count: heapCount)
    heap.deallocate()
    heap = bigger
    heapCapacity *= 2
  }

  @inline(__always) private mutating func compactIfStale() {
    if stale &* 4 > heapCount &* 3, heapCount > 64 { compact() }
  }

  /// Drops all stale keys and builds the heap anew.
  @inline(never) private mutating func compact() {
    let old = heapCount
    heapCount = 0
    for index in Self.root..<(old + Self.root) {
      let key = heap[index]
      let slot = slots + Int(key.slot)
      guard slot.pointee.hasKey, slot.pointee.keyOrder == key.order else { continue }
      push(key)
    }
    stale = 0
  }
}
