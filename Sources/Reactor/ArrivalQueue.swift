// SPDX-License-Identifier: Apache-2.0

/// Work that other threads scheduled, first in, first out: filled on any thread, under the inbox's lock, and emptied on the
/// loop's, after the whole was swapped for an empty one.
///
/// Unsafe storage is right: only this type touches it, and each piece of work moves in and moves out, so that it is
/// released as soon as it has run, while it is still in the caches.
///
/// Invariant: the cells from `head` up to `tail` hold work, all others nothing.
struct ArrivalQueue: ~Copyable {
  /// One piece of work, and where it was scheduled if somebody observes.
  struct Entry: ~Copyable {
    let work: @Sendable (EventLoop) -> Void
    let registration: Registration.Box?
  }

  /// What is kept when it is empty: a flood's worth of memory is given back.
  private static let keptCapacity = 1 << 14

  private var cells: UnsafeMutablePointer<Entry>?
  private var capacity = 0
  private var head = 0
  private var tail = 0

  deinit {
    for index in head..<tail { cells?.advanced(by: index).deinitialize(count: 1) }
    cells?.deallocate()
  }

  var isEmpty: Bool { head == tail }

  @inline(__always) mutating func append(_ entry: consuming Entry) {
    if tail == capacity { grow() }
    cells?.advanced(by: tail).initialize(to: entry)
    tail &+= 1
  }

  @inline(__always) mutating func takeFirst() -> Entry? {
    guard head < tail, let cells else { return nil }
    head &+= 1
    return (cells + (head &- 1)).move()
  }

  /// Releases what is left, and makes ready to be filled anew.
  mutating func removeAll() {
    while let entry = takeFirst() { _ = consume entry }
    head = 0
    tail = 0
    guard capacity > Self.keptCapacity else { return }
    cells?.deallocate()
    cells = nil
    capacity = 0
  }

  @inline(never) private mutating func grow() {
    let size = max(64, capacity * 2)
    let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: size)
    if let cells {
      (bigger + head).moveInitialize(from: cells + head, count: tail - head)
      cells.deallocate()
    }
    cells = bigger
    capacity = size
  }
}
