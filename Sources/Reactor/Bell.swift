// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How a sleeping loop is woken.
///
/// **Facts.** The loop sleeps in the kernel; a ring costs a system call, so it should come only if the loop really
/// sleeps. Between the loop's last look at what there is to do and its sleep lies a gap in which more may come.
///
/// **The rule here.** What there is to do is the truth, the ring a hint. The loop says that it will sleep *before* its
/// last look (`prepareToSleep`); others set `pending` *before* they ask whether it sleeps. Whichever comes second sees
/// the other: either the loop finds something and doesn't sleep, or it is found asleep and rung. Whoever rings takes the
/// flag away, so a flood rings once.
///
/// Of many who queue work only the first marks the bell, and all ask whether the loop sleeps: see ``Inbox``.
// Unchecked is right: all is atomic or behind the lock.
final class Bell: @unchecked Sendable {
  /// Whether something has changed since the loop last looked.
  private let pending = Atomic<Bool>(false)
  /// Set by the loop before its last look, taken by who rings.
  private let sleeps = Atomic<Bool>(false)
  /// Counts rings, for a loop that has no poller and sleeps on the lock.
  private let rings = Atomic<Int>(0)
  /// The kernel poller's, while there is one.
  private let waker = Locked<Waker?>(nil)

  // MARK: Any thread

  /// Wakes the loop if it sleeps, and keeps it awake if it is about to.
  @inline(__always) func ring() {
    mark()
    wakeSleeper()
  }

  /// The first half of a ring: keeps the loop awake if it is about to sleep.
  @inline(__always) func mark() { pending.store(true, ordering: .sequentiallyConsistent) }

  /// The second half: wakes the loop if it sleeps.
  @inline(__always) func wakeSleeper() {
    guard sleeps.load(ordering: .sequentiallyConsistent) else { return }
    wake()
  }

  private func wake() {
    guard sleeps.exchange(false, ordering: .sequentiallyConsistent) else { return }
    rings.add(1, ordering: .sequentiallyConsistent)
    // Taken under the lock and kept while it is rung: the loop may go meanwhile.
    let waker = waker.withLock { $0 }
    if let waker { waker.ring() } else { self.waker.wakeAll() }
  }

  // MARK: The loop's thread

  /// Whether something has changed since `clear`.
  @inline(__always) var isPending: Bool { pending.load(ordering: .relaxed) }

  /// Says that a look begins.
  ///
  /// An exchange, not a store: what others did before they rang is seen after it.
  @inline(__always) func clear() {
    if isPending { _ = pending.exchange(false, ordering: .sequentiallyConsistent) }
  }

  /// Says that the loop is about to sleep; false if something has come.
  @inline(__always) func prepareToSleep() -> Bool {
    sleeps.store(true, ordering: .sequentiallyConsistent)
    guard pending.load(ordering: .sequentiallyConsistent) else { return true }
    sleeps.store(false, ordering: .relaxed)
    return false
  }

  @inline(__always) func didWake() { sleeps.store(false, ordering: .relaxed) }

  /// Outside a turn every change is to ring, since a host may wait for the poller's descriptor; what is there already
  /// rings now.
  func listen(hasWork: Bool) {
    if !prepareToSleep() || hasWork { waker.withLock { $0 }?.ring() }
  }

  /// Sleeps on the lock until a ring, or `deadline` on the machine's clock.
  func sleep(until deadline: Instant?) {
    let seen = rings.load(ordering: .sequentiallyConsistent)
    guard prepareToSleep() else { return }
    _ = waker.wait(until: deadline) { _ -> Bool? in
      rings.load(ordering: .sequentiallyConsistent) != seen ? true : nil
    }
    didWake()
  }

  func setWaker(_ waker: Waker?) { self.waker.withLock { $0 = waker } }
}
