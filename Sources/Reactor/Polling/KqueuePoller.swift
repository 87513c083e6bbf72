// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin

typealias NativePoller = KqueuePoller

/// Darwin's kqueue, level-triggered: a filter for reading and one for writing.
final class KqueuePoller: KernelPoller {
  static let kind = EventLoop.PollerKind.kqueue
  let waker: Waker
  private let queue: CInt
  private let events: UnsafeMutablePointer<kevent>
  /// kqueue stops telling a regular file's readiness at its end: it is always ready, as on the other systems.
  private var alwaysReady = AlwaysReady()

  private static let capacity = 256
  private static let wakerToken = UInt64.max

  init() throws(SystemError) {
    let waker = try Waker()
    queue = try awayFromStandardStreams(SystemError.check("kqueue") { kqueue() })
    _ = fcntl(queue, F_SETFD, FD_CLOEXEC)
    self.waker = waker
    events = .allocate(capacity: Self.capacity)
    try control(waker.readEnd, Self.wakerToken, CInt(EVFILT_READ), EV_ADD)
  }

  deinit {
    closeDescriptor(queue)
    events.deallocate()
  }

  var kind: EventLoop.PollerKind { Self.kind }
  var descriptor: CInt? { queue }
  var isAlwaysReady: Bool { alwaysReady.isWatchedForSomething }

  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError) {
    guard isOpen(descriptor) else {
      throw SystemError(errno: EBADF, call: "watch", subject: "descriptor \(descriptor)")
    }
    if isRegularFile(descriptor) {
      alwaysReady.add(descriptor, token, interest)
      return
    }
    do {
      try set(descriptor, token, from: [], to: interest)
    } catch {
      // What kqueue can't watch, such as /dev/null, never blocks.
      guard error.errno == EINVAL || error.errno == ENODEV || error.errno == EPERM else { throw error }
      remove(descriptor, interest)
      alwaysReady.add(descriptor, token, interest)
    }
  }

  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) {
    if alwaysReady.modify(descriptor, token, to: new) { return }
    _ = try? set(descriptor, token, from: old, to: new)
  }

  func remove(_ descriptor: CInt, _ interest: Interest) {
    guard !alwaysReady.remove(descriptor) else { return }
    _ = try? set(descriptor, 0, from: interest, to: [])
  }

  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool {
    guard !interest.isEmpty, !alwaysReady.contains(descriptor) else { return isOpen(descriptor) }
    // Enabling a filter that is gone answers ENOENT.
    let filter = interest.contains(.readable) ? EVFILT_READ : EVFILT_WRITE
    return (try? control(descriptor, token, CInt(filter), EV_ENABLE)) != nil
  }

  func wait(until deadline: Instant?, into ready: inout [ReadyEvent]) throws(SystemError) {
    let deadline = isAlwaysReady ? .past : deadline
    let count = try waitOnce(until: deadline)
    for index in 0..<Int(count) {
      let event = events[index]
      let token = UInt64(UInt(bitPattern: event.udata))
      if token == Self.wakerToken {
        waker.drain()
        continue
      }
      append(ReadyEvent(token: token, readiness: Readiness(event)), to: &ready)
    }
    alwaysReady.append(to: &ready)
  }

  /// kqueue tells reading and writing apart, in any order: a watch hears of both in one call, as on the other systems.
  private func append(_ event: ReadyEvent, to ready: inout [ReadyEvent]) {
    if let place = ready.lastIndex(where: { $0.token == event.token }) {
      ready[place].readiness.formUnion(event.readiness)
    } else {
      ready.append(event)
    }
  }

  /// Waits against the deadline, so that a signal in between doesn't stretch the wait.
  private func waitOnce(until deadline: Instant?) throws(SystemError) -> CInt {
    while true {
      let result: CInt
      if let deadline, deadline != .never {
        let left = deadline == .past ? 0 : max(0, deadline.nanoseconds - MonotonicClock.now.nanoseconds)
        var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        result = kevent(queue, nil, 0, events, CInt(Self.capacity), &time)
      } else {
        result = kevent(queue, nil, 0, events, CInt(Self.capacity), nil)
      }
      if result >= 0 { return result }
      guard errno == EINTR else { throw SystemError(errno: errno, call: "kevent") }
    }
  }

  private func set(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) throws(SystemError) {
    for (interest, filter) in [(Interest.readable, EVFILT_READ), (.writable, EVFILT_WRITE)] {
      if new.contains(interest) {
        try control(descriptor, token, CInt(filter), EV_ADD)
      } else if old.contains(interest) {
        _ = try? control(descriptor, token, CInt(filter), EV_DELETE)
      }
    }
  }

  private func control(_ descriptor: CInt, _ token: UInt64, _ filter: CInt, _ flags: CInt) throws(SystemError) {
    var change = kevent(
      ident: UInt(descriptor), filter: Int16(filter), flags: UInt16(flags), fflags: 0, data: 0,
      udata: UnsafeMutableRawPointer(bitPattern: UInt(token)))
    try SystemError.check("watch", "descriptor \(descriptor)") { kevent(queue, &change, 1, nil, 0, nil) }
  }
}

private func isRegularFile(_ descriptor: CInt) -> Bool {
  var status = stat()
  return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}

extension Readiness {
  /// The end of the other side counts as both.
  fileprivate init(_ event: kevent) {
    self = []
    let gone = CInt(event.flags) & (EV_EOF | EV_ERROR) != 0
    if gone || CInt(event.filter) == CInt(EVFILT_READ) { insert(.readable) }
    if gone || CInt(event.filter) == CInt(EVFILT_WRITE) { insert(.writable) }
  }
}
#endif
