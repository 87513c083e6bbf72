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
    var loop: EventLoop? { unretained?.takeUnretainedValue() }

    /// The same, for paths that are shorter than a retain and a release.
    ///
    /// It may be used for as long as nothing of the user's can run.
    var unretained: Unmanaged<EventLoop>? {
      @inline(__always) get {
        guard let entries = LoopTable.entries else { return nil }
        let entry = entries + Int(index)
        guard entry.pointee.generation.load(ordering: .relaxed) == generation else { return nil }
        let bits = entry.pointee.loop.load(ordering: .relaxed)
        guard let pointer = UnsafeRawPointer(bitPattern: bits) else { return nil }
        return Unmanaged<EventLoop>.fromOpaque(pointer)
      }
    }
  }

  private struct Entry: ~Copyable {
    let loop = Atomic<UInt>(0)
    let generation = Atomic<UInt32>(0)
  }

  private static let capacity = 1 << 16
  // One block that never moves and is never freed, so that it can be read without a lock; pages that no loop needs
  // are never touched. Unsafe is right: every field is atomic, and the pointer is set once, under the lock, before
  // there is a handle to look with. (A `let` that is made at first use would be asked for at each use.)
  private nonisolated(unsafe) static var entries: UnsafeMutablePointer<Entry>?
  private static let free = Locked<(made: Int, reusable: [UInt32])>((0, []))

  static func add(_ loop: EventLoop) -> Place {
    let (entry, index) = free.withLock { free -> (UnsafeMutablePointer<Entry>, UInt32) in
      let entries = Self.entries ?? .allocate(capacity: capacity)
      if Self.entries == nil { Self.entries = entries }
      if let index = free.reusable.popLast() { return (entries + Int(index), index) }
      precondition(free.made < capacity, "more than \(capacity) event loops at once")
      (entries + free.made).initialize(to: Entry())
      free.made += 1
      return (entries + (free.made - 1), UInt32(free.made - 1))
    }
    entry.pointee.loop.store(UInt(bitPattern: Unmanaged.passUnretained(loop).toOpaque()), ordering: .relaxed)
    return Place(index: index, generation: entry.pointee.generation.load(ordering: .relaxed))
  }

  static func remove(_ place: Place) {
    guard let entry = entries.map({ $0 + Int(place.index) }) else { return }
    entry.pointee.loop.store(0, ordering: .relaxed)
    entry.pointee.generation.store(place.generation &+ 1, ordering: .relaxed)
    free.withLock { $0.reusable.append(place.index) }
  }
}
