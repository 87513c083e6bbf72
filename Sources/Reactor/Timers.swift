// SPDX-License-Identifier: Apache-2.0

/// A loop's timers: who is due next, in the order that the loop promises.
///
/// **Facts.** Most timers are timeouts: armed, moved to later again and again, and cancelled before they are due.
/// A search tree or an indexed heap pays for each of these with pointer chasing or with a back reference that every
/// move has to write.
///
/// **The rule here.** A timer is a *slot* (``TimerSlots``): its closure, its deadline, a generation. The order is a queue
/// of *keys* (``TimerKeys``). Cancelling frees the closure at once and leaves the key, which is stale then, unless it
/// stands where a look finds it; so does moving to earlier, which pushes a new key. Moving to later only writes the
/// slot: the key is pushed anew when it surfaces. A stale key is dropped when it surfaces, and when more than three
/// quarters of the keys are stale, all of them are.
///
/// **What it costs.** Memory for stale keys, 16 bytes each, at most three for each live timer, and 64.
///
/// Invariant: a pending timer with a deadline before `never` has exactly one key in the queue whose order is the slot's
/// `keyOrder`; every other key of that slot is stale.
struct Timers: ~Copyable {
  typealias Key = TimerKey

  private var slots = TimerSlots()
  private var keys = TimerKeys()
  /// The keys of those that fire in this turn, and have not yet.
  private var due = TimerRun()
  private var stale = 0
  private var nextOrder: UInt32 = 0
  /// How many timers are due one day.
  private(set) var finiteCount = 0

  /// How many timers are pending, those that are never due among them.
  var count: Int { slots.pendingCount }
  /// How many keys there are, stale ones among them; without one there is no deadline.
  var keyCount: Int { @inline(__always) get { keys.count } }

  /// The smallest key, stale or not; there must be one.
  var firstKey: Key { @inline(__always) get { keys.first } }

  /// Arms a timer, and returns its slot and generation.
  @inline(__always) mutating func arm(
    _ deadline: Int64, _ work: consuming @escaping () -> Void
  ) -> (slot: UInt32, generation: UInt32) {
    let index = slots.take(consume work)
    let slot = slots[index]
    slot.pointee.deadline = deadline
    schedule(index, slot)
    return (index, slot.pointee.generation)
  }

  @inline(__always) func isPending(_ index: UInt32, _ generation: UInt32) -> Bool {
    let slot = slots[index]
    return slot.pointee.generation == generation && slot.pointee.work != nil
  }

  func deadline(_ index: UInt32) -> Int64 { slots[index].pointee.deadline }

  /// Ends a pending timer and hands out its closure, to be released when the timers are no longer being accessed: what
  /// it captured may touch them.
  @inline(__always) mutating func cancel(_ index: UInt32) -> TimerSlots.Work? {
    let slot = slots[index]
    if slot.pointee.hasKey { giveUpKey(index, slot) }
    if slot.pointee.deadline != .max { finiteCount &-= 1 }
    let work = slots.free(index)
    compactIfStale()
    return work
  }

  /// Arms a pending timer anew.
  @inline(__always) mutating func reset(_ index: UInt32, to deadline: Int64) {
    let slot = slots[index]
    let old = slot.pointee.deadline
    guard slot.pointee.hasKey, deadline >= old, deadline != .max else {
      // The key is given up before the new one is drawn: numbering anew must not push it.
      if slot.pointee.hasKey { giveUpKey(index, slot) }
      slot.pointee.deadline = deadline
      if old != .max { finiteCount &-= 1 }
      schedule(index, slot)
      compactIfStale()
      return
    }
    // Later, or equal: the key stays where it is and is moved when it surfaces.
    slot.pointee.deadline = deadline
    slot.pointee.order = takeOrder()
  }

  /// Gives the slot a key, with a fresh order.
  @inline(__always) private mutating func schedule(_ index: UInt32, _ slot: UnsafeMutablePointer<TimerSlots.Slot>) {
    let order = takeOrder()
    let deadline = slot.pointee.deadline
    slot.pointee.order = order
    guard deadline != .max else { return }
    slot.pointee.keyOrder = order
    finiteCount &+= 1
    keys.push(Key(deadline: deadline, order: order, slot: index))
  }

  /// Leaves the slot without a key: removes it where it is found at once, else it is stale.
  @inline(__always) private mutating func giveUpKey(
    _ index: UInt32, _ slot: UnsafeMutablePointer<TimerSlots.Slot>
  ) {
    // One that was moved to later since its key was pushed has another deadline than the key: that one isn't found.
    let key = Key(deadline: slot.pointee.deadline, order: slot.pointee.keyOrder, slot: index)
    if !keys.removeIfRecent(key) { stale &+= 1 }
    slot.pointee.keyOrder = 0
  }

  // MARK: Due

  /// The earliest deadline, if any timer is due one day.
  ///
  /// Drops stale keys on the way.
  mutating func nextDeadline() -> Int64? {
    while keys.count > 0 {
      let key = keys.first
      let slot = slots[key.slot]
      if slot.pointee.keyOrder == key.order, slot.pointee.order == key.order { return key.deadline }
      keys.removeFirst()
      pass(key, slot)
    }
    return nil
  }

  /// Sets the keys of all timers due at `now` aside, in order.
  ///
  /// Those armed later are none of them.
  mutating func setDueAside(at now: Int64) {
    due.removeAll()
    while let key = keys.takeFirst(dueAt: now) {
      let slot = slots[key.slot]
      if slot.pointee.keyOrder == key.order, slot.pointee.order == key.order {
        slot.pointee.keyOrder = 0
        due.append(key)
      } else {
        pass(key, slot)
      }
    }
  }

  /// Sees to a key that was taken and is not, or no longer, its timer's: stale, or moved to later.
  private mutating func pass(_ key: Key, _ slot: UnsafeMutablePointer<TimerSlots.Slot>) {
    guard slot.pointee.keyOrder == key.order else { return stale -= 1 }
    slot.pointee.keyOrder = slot.pointee.order
    keys.push(Key(deadline: slot.pointee.deadline, order: slot.pointee.order, slot: key.slot))
  }

  /// The next key of those that were set aside.
  ///
  /// Asks for the memory of those that come soon after it: a hundred thousand slots and what their closures capture are
  /// more than the caches hold, and to wait for that took a third of the time of a firing.
  @inline(__always) mutating func nextDue() -> Key? {
    guard !due.isEmpty else { return nil }
    if due.count > 6 {
      slots.prefetch(due.key(at: 6).slot)
      slots.prefetchCaptures(of: due.key(at: 3).slot)
    }
    let key = due.first
    due.removeFirst()
    return key
  }

  /// Ends the timer of a key that was set aside and hands out its closure; `nil` if it was cancelled or armed anew
  /// since.
  @inline(__always) mutating func takeWork(of key: Key) -> TimerSlots.Work? {
    let slot = slots[key.slot]
    guard !slot.pointee.hasKey, slot.pointee.order == key.order, slot.pointee.work != nil,
      slot.pointee.deadline == key.deadline
    else { return nil }
    finiteCount &-= 1
    return slots.free(key.slot)
  }

  /// Ends all pending timers and moves their closures to `released`.
  mutating func removeAll(into released: inout [() -> Void]) {
    for index in slots.indices where slots[index].pointee.work != nil {
      if let work = slots.free(index) { released.append(work.run) }
    }
    keys.removeAll()
    stale = 0
    finiteCount = 0
  }

  /// Drops the stale keys when they are more than three quarters, or all.
  @inline(__always) private mutating func compactIfStale() {
    guard stale &* 4 > keys.count &* 3 else { return }
    if finiteCount == 0 || keys.count > 64 { compact() }
  }

  @inline(never) private mutating func compact() {
    stale = 0
    if finiteCount == 0 { return keys.removeAll() }
    let places = slots.places
    keys.removeAll(butThose: { key in places[key.slot].pointee.keyOrder == key.order })
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
    var live: [Key] = []
    for index in slots.indices where slots[index].pointee.hasKey {
      let slot = slots[index]
      live.append(Key(deadline: slot.pointee.deadline, order: slot.pointee.order, slot: index))
    }
    live.sort { $0.bits < $1.bits }
    keys.removeAll()
    stale = 0
    nextOrder = 0
    for key in live {
      nextOrder += 1
      slots[key.slot].pointee.order = nextOrder
      slots[key.slot].pointee.keyOrder = nextOrder
      keys.push(Key(deadline: key.deadline, order: nextOrder, slot: key.slot))
    }
  }
}
