// SPDX-License-Identifier: Apache-2.0

/// What a timer is ordered by: deadline, order of arming and slot in 128 bits, so that one comparison settles all.
struct TimerKey: Equatable {
  /// Compared as one unsigned number.
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

/// The keys of a loop's timers, smallest first: a heap with four children to a parent.
///
/// Its root stands at index 3, so that the children of `i` stand at `4·i - 8` and the three after it: four keys of 16
/// bytes, one cache line. A level costs one line, and there are half as many as in a binary heap.
///
/// Unsafe storage is right: only this type touches it, keys are plain bits, and every index lies below `count + root`.
struct TimerHeap: ~Copyable {
  private static let root = 3

  private(set) var count = 0
  private var capacity = 64
  private var block = LineBlock(byteCount: (64 + Self.root) * MemoryLayout<TimerKey>.stride)
  private var keys: UnsafeMutablePointer<TimerKey>

  init() { keys = block.start.bindMemory(to: TimerKey.self, capacity: capacity + Self.root) }

  /// The smallest key; there must be one.
  var first: TimerKey { @inline(__always) get { keys[Self.root] } }

  @inline(__always) mutating func push(_ key: TimerKey) {
    if count == capacity { grow() }
    count &+= 1
    rise(key, from: count &- 1 &+ Self.root)
  }

  /// Removes the smallest key: the hole goes down to a leaf along the smallest children, and the last key comes up from
  /// there.
  @inline(__always) mutating func pop() { remove(at: Self.root) }

  /// Removes a key that was pushed a moment ago, if a look at the last place and its parent finds it.
  @inline(__always) mutating func removeIfRecent(_ key: TimerKey) -> Bool {
    guard count > 0 else { return false }
    let last = count &- 1 &+ Self.root
    if keys[last] == key {
      count &-= 1
      return true
    }
    let parent = last / 4 &+ 2
    guard last > Self.root, keys[parent] == key else { return false }
    remove(at: parent)
    return true
  }

  mutating func removeAll() { count = 0 }

  /// Drops the keys that are not live, and puts the others in order anew.
  ///
  /// They stand nearly in order already, so most stay where they are put.
  @inline(__always) mutating func removeAll(butThose isLive: (TimerKey) -> Bool) {
    let end = count &+ Self.root
    count = 0
    for index in Self.root..<end {
      let key = keys[index]
      if isLive(key) { push(key) }
    }
  }

  @inline(__always) private mutating func rise(_ key: TimerKey, from start: Int) {
    var index = start
    while index > Self.root {
      let parent = index / 4 &+ 2
      if keys[parent].bits <= key.bits { break }
      keys[index] = keys[parent]
      index = parent
    }
    keys[index] = key
  }

  private mutating func remove(at place: Int) {
    count &-= 1
    let end = count &+ Self.root
    let last = keys[end]
    var hole = place
    while true {
      let first = 4 &* hole &- 8
      guard first &+ 3 < end else { break }
      // Two and two, and the smaller of each: chosen by arithmetic, since a processor guesses such branches wrong half
      // the time.
      let left = first &+ (keys[first &+ 1].bits < keys[first].bits ? 1 : 0)
      let right = first &+ (keys[first &+ 3].bits < keys[first &+ 2].bits ? 3 : 2)
      let smallest = keys[right].bits < keys[left].bits ? right : left
      keys[hole] = keys[smallest]
      hole = smallest
    }
    var smallest = 4 &* hole &- 8
    if smallest < end {
      for child in (smallest &+ 1)..<max(end, smallest &+ 1) where keys[child].bits < keys[smallest].bits {
        smallest = child
      }
      keys[hole] = keys[smallest]
      hole = smallest
    }
    if hole < end { rise(last, from: hole) }
  }

  @inline(never) private mutating func grow() {
    capacity *= 2
    block.grow(toByteCount: (capacity + Self.root) * MemoryLayout<TimerKey>.stride)
    keys = block.start.bindMemory(to: TimerKey.self, capacity: capacity + Self.root)
  }
}
