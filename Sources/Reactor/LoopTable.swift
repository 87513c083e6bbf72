// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where handles find their loop: one entry for each loop of the process, with a generation.
///
/// A handle that held the loop would keep it alive and pay an atomic retain and release at each copy; one that held a
/// bare pointer would dangle. A place in this table is four bytes and never dangles: when a loop goes, its entry's
/// generation moves on, and old handles find nothing.
///
/// Handles are not `Sendable`, so an entry is read on the thread of its own loop; entries are atomic since a stale
/// handle may read one while another thread makes a loop there.
enum LoopTable {
  /// What a handle holds: an entry, and the generation that it had.
  struct Place: Equatable {
    let index: UInt32
    let generation: UInt32

    /// The loop, unless it is gone.
    var loop: EventLoop? {
      @inline(__always) get {
        let entry = LoopTable.entries + Int(index)
        guard entry.pointee.generation.load(ordering: .relaxed) == generation else { return nil }
        let bits = entry.pointee.loop.load(ordering: .relaxed)
        guard let pointer = UnsafeRawPointer(bitPattern: bits) else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
      }
    }
  }

  private struct Entry: ~Copyable {
    let loop = Atomic<UInt>(0)
    let generation = Atomic<UInt32>(0)
  }

  private static let capacity = 1 << 16
  // One block that never moves and is never freed, so that it can be read without a lock; pages that no loop needs
  // are never touched. Unsafe is right: every field is atomic.
  private nonisolated(unsafe) static let entries: UnsafeMutablePointer<Entry> = {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
    return entries
  }()
  private static let free = Locked<(made: Int, reusable: [UInt32])>((0, []))

  static func add(_ loop: EventLoop) -> Place {
    let index = free.withLock { free -> UInt32 in
      if let index = free.reusable.popLast() { return index }
      precondition(free.made < capacity, "more than \(capacity) event loops at once")
      (entries + free.made).initialize(to: Entry())
      free.made += 1
      return UInt32(free.made - 1)
    }
    let entry = entries + Int(index)
    entry.pointee.loop.store(UInt(bitPattern: Unmanaged.passUnretained(loop).toOpaque()), ordering: .relaxed)
    return Place(index: index, generation: entry.pointee.generation.load(ordering: .relaxed))
  }

  static func remove(_ place: Place) {
    let entry = entries + Int(place.index)
    entry.pointee.loop.store(0, ordering: .relaxed)
    entry.pointee.generation.store(place.generation &+ 1, ordering: .relaxed)
    free.withLock { $0.reusable.append(place.index) }
  }
}
