// SPDX-License-Identifier: Apache-2.0

/// Where a loop's timers lie: their closures, deadlines and generations, each at a number that its handle holds.
///
/// They lie in chunks that never move: a table that grows by doubling would touch each page of its last size twice, and
/// a page that is new to the process costs as much as arming fifty timers.
///
/// Unsafe storage is right: only this type and ``Timers`` touch it, and neither runs a user's code meanwhile: closures
/// are moved out to be called or released.
///
/// Invariant: slots below `made` are initialised; a slot is free exactly if it has no closure, and then it stands in the
/// list that begins at `firstFree`.
struct TimerSlots: ~Copyable {
  /// A closure that moves, and so costs no reference counting.
  ///
  /// A struct, since a bare function type in an `Optional` is re-abstracted each time it is taken out: an allocation,
  /// and a call more on the way.
  struct Work: ~Copyable {
    let run: () -> Void
  }

  struct Slot: ~Copyable {
    /// `nil` while the slot is free.
    var work: Work?
    /// In nanoseconds, `max` for never; in a free slot, the next free one.
    var deadline: Int64
    /// The order of the last arming or reset: a key is valid for firing only if it carries this one.
    var order: UInt32
    /// The order of the one live key in the heap, older than `order` after a move to later; 0 if there is none.
    var keyOrder: UInt32
    var generation: UInt32

    var hasKey: Bool { @inline(__always) get { keyOrder != 0 } }
  }

  private static let chunkBits: UInt32 = 9
  private static let chunkSize = 1 << Int(chunkBits)
  private static let none = Int64(-1)

  private var chunks = UnsafeMutablePointer<UnsafeMutablePointer<Slot>>.allocate(capacity: 8)
  private var chunkCapacity = 8
  private var chunkCount = 0
  private var made = 0
  private var firstFree = Self.none
  private(set) var pendingCount = 0

  deinit {
    for index in indices { self[index].deinitialize(count: 1) }
    for index in 0..<chunkCount { chunks[index].deallocate() }
    chunks.deallocate()
  }

  @inline(__always) subscript(_ index: UInt32) -> UnsafeMutablePointer<Slot> { places[index] }

  /// Where the slots lie, for as long as none is added.
  struct Places {
    fileprivate let chunks: UnsafeMutablePointer<UnsafeMutablePointer<Slot>>

    @inline(__always) subscript(_ index: UInt32) -> UnsafeMutablePointer<Slot> {
      chunks[Int(index >> TimerSlots.chunkBits)] + Int(index & UInt32(TimerSlots.chunkSize &- 1))
    }
  }
  var places: Places { @inline(__always) get { Places(chunks: chunks) } }

  /// The slots that were ever used.
  var indices: Range<UInt32> { 0..<UInt32(made) }

  /// Gives a closure a slot; its deadline and its orders are the caller's to set.
  @inline(__always) mutating func take(_ work: consuming @escaping () -> Void) -> UInt32 {
    let work = consume work
    if firstFree == Self.none { makeFree() }
    let index = UInt32(truncatingIfNeeded: firstFree)
    let slot = self[index]
    firstFree = slot.pointee.deadline
    // The whole slot, though its closure alone is new: there is none to be released, and assigning one would retain the
    // new one while it asks for the old.
    slot.initialize(
      to: Slot(work: Work(run: work), deadline: 0, order: 0, keyOrder: 0, generation: slot.pointee.generation))
    pendingCount &+= 1
    return index
  }

  /// Asks for a slot's memory.
  @inline(__always) func prefetch(_ index: UInt32) { Reactor.prefetch(self[index]) }

  /// Asks for the memory that a slot's closure is about to touch: what it captures.
  ///
  /// Unsafe is right: a closure, which is what a slot begins with, is the address of its code and that of its captures;
  /// and the address is only asked for.
  @inline(__always) func prefetchCaptures(of index: UInt32) {
    let captures = UnsafeRawPointer(self[index]).load(
      fromByteOffset: MemoryLayout<UInt>.stride, as: UnsafeRawPointer?.self)
    Reactor.prefetch(captures)
  }

  /// Frees a slot and hands out its closure.
  @inline(__always) mutating func free(_ index: UInt32) -> Work? {
    let slot = self[index]
    let work = slot.pointee.work.take()
    slot.pointee.generation &+= 1
    slot.pointee.keyOrder = 0
    slot.pointee.deadline = firstFree
    firstFree = Int64(index)
    pendingCount &-= 1
    return work
  }

  /// One more slot, free.
  @inline(never) private mutating func makeFree() {
    precondition(made < UInt32.max, "more than \(UInt32.max) timers at once in one loop")
    if made == chunkCount << Int(Self.chunkBits) { addChunk() }
    self[UInt32(made)].initialize(to: Slot(work: nil, deadline: firstFree, order: 0, keyOrder: 0, generation: 0))
    firstFree = Int64(made)
    made += 1
  }

  private mutating func addChunk() {
    if chunkCount == chunkCapacity {
      let more = UnsafeMutablePointer<UnsafeMutablePointer<Slot>>.allocate(capacity: chunkCapacity * 2)
      more.moveInitialize(from: chunks, count: chunkCount)
      chunks.deallocate()
      chunks = more
      chunkCapacity *= 2
    }
    chunks[chunkCount] = .allocate(capacity: Self.chunkSize)
    chunkCount += 1
  }
}
