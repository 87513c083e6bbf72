// SPDX-License-Identifier: Apache-2.0

/// Where a loop waits, and so the only place where time passes: whoever waits, is the clock.
///
/// `SystemPoller` waits in real time, on one of three kernel facilities. `VirtualPoller` jumps to the deadline instead.
/// The loop is the same for both and has no test code.
protocol Poller: AnyObject {
  /// The clock: a fresh reading in real time; in virtual time, where the last look or `block(for:)` left it.
  var now: Instant { get }
  /// Waits until a descriptor is ready, the loop is rung or `deadline` has come (`nil`: as long as it takes; one that
  /// has passed: only looks), but for no longer than `limit`, and appends what is ready.
  func wait(until deadline: Instant?, limit: Duration?, for loop: EventLoop, into ready: inout [ReadyEvent])
    throws(SystemError)
  /// Begins to watch. Throws what the kernel says.
  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError)
  /// Watches for something else; an empty interest watches for nothing, not even hang-ups.
  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest)
  /// Ends a watch; the descriptor may be closed already.
  func remove(_ descriptor: CInt, _ interest: Interest)
  /// Whether the kernel still knows the descriptor as ours: false when it was closed and opened anew behind our back.
  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool
  /// What signal handlers ring; making one makes the kernel's poller, too.
  func waker() throws(SystemError) -> Waker
  /// The descriptor that is readable when a wait would return, if there is one.
  var descriptor: CInt? { get }
  /// Whether a descriptor is watched that is ready without the kernel's telling, so that no wait ever waits.
  var isAlwaysReady: Bool { get }
  /// What really waits, for statistics and tests.
  var kind: EventLoop.PollerKind? { get }
}

/// One ready descriptor.
///
/// The token holds the watch's slot and generation, so that a descriptor closed and opened again between the kernel's
/// answer and our dispatch never gets the other one's event.
struct ReadyEvent {
  var token: UInt64
  var readiness: Readiness
}

/// One kernel facility: epoll, kqueue or poll(2).
///
/// Their files have the same members in the same order.
protocol KernelPoller: AnyObject {
  var kind: EventLoop.PollerKind { get }
  var descriptor: CInt? { get }
  var isAlwaysReady: Bool { get }
  var waker: Waker { get }
  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError)
  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest)
  func remove(_ descriptor: CInt, _ interest: Interest)
  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool
  func wait(until deadline: Instant?, into ready: inout [ReadyEvent]) throws(SystemError)
}

extension Instant {
  /// A deadline that has always passed: look, don't wait.
  static var past: Instant { Instant(nanoseconds: .min) }
}

/// Waits in real time.
///
/// While something is under way for the loop elsewhere (a hold: deferred jobs have one), it looks on for arrivals for some
/// microseconds before it sleeps; a loop that waits for nothing of the kind sleeps at once.
final class SystemPoller: Poller {
  private let kernel: any KernelPoller
  private var spin = SpinWait()

  init(_ kind: EventLoop.PollerKind) throws(SystemError) {
    kernel = try makeKernelPoller(kind)
  }

  var now: Instant { MonotonicClock.now }
  var descriptor: CInt? { kernel.descriptor }
  var kind: EventLoop.PollerKind? { kernel.kind }
  var isAlwaysReady: Bool { kernel.isAlwaysReady }
  func waker() -> Waker { kernel.waker }

  func wait(until deadline: Instant?, limit: Duration?, for loop: EventLoop, into ready: inout [ReadyEvent])
    throws(SystemError)
  {
    let bell = loop.inbox.bell
    // The machine's clock is never negative: so no difference below can overflow.
    let deadline = deadline.map { $0.nanoseconds < 0 ? .past : $0 }
    if deadline != .past, limit == nil, loop.inbox.holds.load(ordering: .relaxed) > 0, looksOn(loop.inbox, deadline) {
      return try kernel.wait(until: .past, into: &ready)
    }
    guard deadline != .past, limit != .zero, bell.prepareToSleep() else {
      return try kernel.wait(until: .past, into: &ready)
    }
    defer { bell.didWake() }
    let end = limit.map { now + $0 }
    try kernel.wait(until: end.map { min($0, deadline ?? .never) } ?? deadline, into: &ready)
  }

  /// Whether something arrived while it looked; it doesn't where a timer would be late for it.
  private func looksOn(_ inbox: Inbox, _ deadline: Instant?) -> Bool {
    if let deadline, deadline.nanoseconds - now.nanoseconds < 100_000 { return false }
    return spin.wait(until: { !inbox.isEmpty })
  }

  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError) {
    try kernel.add(descriptor, token, interest)
  }

  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) {
    kernel.modify(descriptor, token, from: old, to: new)
  }

  func remove(_ descriptor: CInt, _ interest: Interest) { kernel.remove(descriptor, interest) }

  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool {
    kernel.knows(descriptor, token, interest)
  }
}

/// The facility that was asked for; asking for one that this system lacks is an error, not a silent other one.
private func makeKernelPoller(_ kind: EventLoop.PollerKind) throws(SystemError) -> any KernelPoller {
  switch kind {
  case .automatic: try NativePoller()
  case .poll: try PollPoller()
  case NativePoller.kind: try NativePoller()
  default: throw SystemError(errno: SystemError.notSupported, call: "make the poller", subject: "\(kind)")
  }
}
