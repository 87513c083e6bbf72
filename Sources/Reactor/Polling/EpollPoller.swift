// SPDX-License-Identifier: Apache-2.0

#if !canImport(Darwin)
import CReactor
#if canImport(Musl)
import Musl
#else
import Glibc
#endif

typealias NativePoller = EpollPoller

/// Linux's epoll, level-triggered.
final class EpollPoller: KernelPoller {
  static let kind = EventLoop.PollerKind.epoll
  let waker: Waker
  private let epoll: CInt
  private let events: UnsafeMutablePointer<epoll_event>
  private var hasNanoseconds = true
  /// epoll refuses regular files and `/dev/null` with EPERM, since they never block: they are always ready.
  private var alwaysReady = AlwaysReady()

  private static let capacity = 256
  private static let wakerToken = UInt64.max

  init() throws(SystemError) {
    let waker = try Waker()
    epoll = try awayFromStandardStreams(SystemError.check("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) })
    self.waker = waker
    events = .allocate(capacity: Self.capacity)
    // Edge-triggered and never read: one system call less for each wake-up.
    try control(EPOLL_CTL_ADD, waker.readEnd, Self.wakerToken, EPOLLIN.rawValue | EPOLLET.rawValue)
  }

  deinit {
    closeDescriptor(epoll)
    events.deallocate()
  }

  var kind: EventLoop.PollerKind { Self.kind }
  var descriptor: CInt? { epoll }
  var isAlwaysReady: Bool { alwaysReady.isWatchedForSomething }

  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError) {
    do {
      try control(EPOLL_CTL_ADD, descriptor, token, interest.epoll)
    } catch {
      guard error.errno == EPERM else { throw error }
      alwaysReady.add(descriptor, token, interest)
      return
    }
    if interest.isEmpty { remove(descriptor, .readable) }
  }

  /// epoll tells hang-ups of descriptors that are watched for nothing, and tells them for ever: so those leave the set.
  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) {
    if alwaysReady.modify(descriptor, token, to: new) { return }
    if new.isEmpty {
      remove(descriptor, old)
    } else {
      _ = try? control(old.isEmpty ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, token, new.epoll)
    }
  }

  func remove(_ descriptor: CInt, _ interest: Interest) {
    guard !alwaysReady.remove(descriptor), !interest.isEmpty else { return }
    _ = try? control(EPOLL_CTL_DEL, descriptor, 0, 0)
  }

  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool {
    guard !interest.isEmpty, !alwaysReady.contains(descriptor) else { return isOpen(descriptor) }
    return (try? control(EPOLL_CTL_MOD, descriptor, token, interest.epoll)) != nil
  }

  func wait(until deadline: Instant?, into ready: inout [ReadyEvent]) throws(SystemError) {
    let deadline = isAlwaysReady ? .past : deadline
    let count = try waitOnce(until: deadline)
    for index in 0..<Int(count) {
      let token = creactor_epoll_token(events + index)
      if token == Self.wakerToken { continue }
      ready.append(ReadyEvent(token: token, readiness: Readiness(epoll: events[index].events)))
    }
    alwaysReady.append(to: &ready)
  }

  /// Waits against the deadline, so that a signal in between doesn't stretch the wait.
  private func waitOnce(until deadline: Instant?) throws(SystemError) -> CInt {
    while true {
      let result: CInt
      if deadline == .past {
        result = epoll_wait(epoll, events, CInt(Self.capacity), 0)
      } else if let deadline, deadline != .never {
        result = wait(nanoseconds: max(0, deadline.nanoseconds - MonotonicClock.now.nanoseconds))
      } else {
        result = epoll_wait(epoll, events, CInt(Self.capacity), -1)
      }
      if result >= 0 { return result }
      guard errno == EINTR else { throw SystemError(errno: errno, call: "epoll_wait") }
    }
  }

  private func wait(nanoseconds: Int64) -> CInt {
    if hasNanoseconds {
      var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
      let result = creactor_epoll_pwait2(epoll, events, CInt(Self.capacity), &time)
      // EPERM is what a container's older filter says of a call that it doesn't know.
      guard result == -1, errno == ENOSYS || errno == EPERM else { return result }
      hasNanoseconds = false
    }
    // Rounded up: rounded down, the last millisecond would be spent spinning.
    let milliseconds = (nanoseconds + 999_999) / 1_000_000
    return epoll_wait(epoll, events, CInt(Self.capacity), CInt(min(milliseconds, Int64(CInt.max))))
  }

  private func control(_ operation: CInt, _ descriptor: CInt, _ token: UInt64, _ events: UInt32) throws(SystemError) {
    var event = epoll_event(events: events, data: epoll_data_t(u64: token))
    try SystemError.check("watch", "descriptor \(descriptor)") { epoll_ctl(epoll, operation, descriptor, &event) }
  }
}

extension Interest {
  fileprivate var epoll: UInt32 {
    (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
  }
}

extension Readiness {
  /// Hang-up and error count as both: the next read or write tells which it is.
  fileprivate init(epoll events: UInt32) {
    self = []
    let gone = events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
    if gone || events & EPOLLIN.rawValue != 0 { insert(.readable) }
    if gone || events & EPOLLOUT.rawValue != 0 { insert(.writable) }
  }
}
#endif
