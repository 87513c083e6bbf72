// SPDX-License-Identifier: Apache-2.0

/// Keys of timers in ascending order, each appended at the end: a ring whose length is a power of two, with a head and a
/// tail that only grow.
///
/// Unsafe storage is right: only this type touches it, keys are plain bits, and every index is masked.
///
/// Invariant: the keys from `head` up to `tail` ascend; `tail - head <= capacity`.
struct TimerRun: ~Copyable {
  private var head = 0
  private var tail = 0
  private var capacity = 64
  private var keys = UnsafeMutablePointer<TimerKey>.allocate(capacity: 64)

  deinit { keys.deallocate() }

  var count: Int { @inline(__always) get { tail &- head } }
  var isEmpty: Bool { @inline(__always) get { head == tail } }

  /// The smallest key; there must be one.
  var first: TimerKey { @inline(__always) get { keys[head & (capacity &- 1)] } }

  /// The key that has so many before it; there must be one.
  @inline(__always) func key(at places: Int) -> TimerKey { keys[(head &+ places) & (capacity &- 1)] }

  /// The largest key but `places`; there must be one.
  @inline(__always) func last(but places: Int = 0) -> TimerKey { keys[(tail &- 1 &- places) & (capacity &- 1)] }

  /// Appends a key that is not smaller than the last one.
  @inline(__always) mutating func append(_ key: TimerKey) {
    if count == capacity { grow() }
    keys[tail & (capacity &- 1)] = key
    tail &+= 1
  }

  @inline(__always) mutating func removeFirst() { head &+= 1 }
  @inline(__always) mutating func removeLast() { tail &-= 1 }

  mutating func removeAll() { (head, tail) = (0, 0) }

  /// Drops the keys that are not live.
  @inline(__always) mutating func removeAll(butThose isLive: (TimerKey) -> Bool) {
    let end = tail
    tail = head
    for index in head..<end {
      let key = keys[index & (capacity &- 1)]
      if isLive(key) { append(key) }
    }
  }

  @inline(never) private mutating func grow() {
    let bigger = UnsafeMutablePointer<TimerKey>.allocate(capacity: capacity * 2)
    for index in head..<tail { bigger[index & (capacity * 2 - 1)] = keys[index & (capacity - 1)] }
    keys.deallocate()
    keys = bigger
    capacity *= 2
  }
}
