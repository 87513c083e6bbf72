// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// poll(2): slower with many descriptors, but on every system, and so the second implementation that keeps the suite
/// honest.
///
/// It has no descriptor of its own that another loop could wait for.
final class PollPoller: KernelPoller {
  static let kind = EventLoop.PollerKind.poll
  let waker: Waker
  /// Invariant: both arrays have the same length; entry 0 is the waker's; `places` tells where each descriptor stands.
  private var entries: [pollfd] = []
  private var tokens: [UInt64] = []
  private var places: [CInt: Int] = [:]

  init() throws(SystemError) {
    waker = try Waker()
    entries.append(pollfd(fd: waker.readEnd, events: Int16(POLLIN), revents: 0))
    tokens.append(.max)
  }

  var kind: EventLoop.PollerKind { Self.kind }
  var descriptor: CInt? { nil }
  var isAlwaysReady: Bool { false }

  func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) throws(SystemError) {
    guard isOpen(descriptor) else {
      throw SystemError(errno: EBADF, call: "watch", subject: "descriptor \(descriptor)")
    }
    places[descriptor] = entries.count
    entries.append(pollfd(fd: descriptor, events: interest.poll, revents: 0))
    tokens.append(token)
    if interest.isEmpty { modify(descriptor, token, from: interest, to: interest) }
  }

  /// poll(2) tells hang-ups of descriptors that are watched for nothing: a negative number passes it over.
  func modify(_ descriptor: CInt, _ token: UInt64, from old: Interest, to new: Interest) {
    guard let place = places[descriptor] else { return }
    entries[place] = pollfd(fd: new.isEmpty ? -1 : descriptor, events: new.poll, revents: 0)
    tokens[place] = token
  }

  func remove(_ descriptor: CInt, _ interest: Interest) {
    guard let place = places.removeValue(forKey: descriptor) else { return }
    let last = entries.count - 1
    if place != last {
      guard let moved = places.first(where: { $0.value == last })?.key else {
        preconditionFailure("poll(2)'s table has lost a descriptor; please report this")
      }
      entries[place] = entries[last]
      tokens[place] = tokens[last]
      places[moved] = place
    }
    entries.removeLast()
    tokens.removeLast()
  }

  /// poll(2) keeps nothing in the kernel: what is open is ours.
  func knows(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) -> Bool { isOpen(descriptor) }

  func wait(until deadline: Instant?, into ready: inout [ReadyEvent]) throws(SystemError) {
    var count = -1
    while count < 0 {
      count = Int(entries.withUnsafeMutableBufferPointer { pollOnce($0, until: deadline) })
      guard count >= 0 || errno == EINTR else { throw SystemError(errno: errno, call: "poll") }
    }
    guard count > 0 else { return }
    for index in entries.indices where entries[index].revents != 0 {
      let events = entries[index].revents
      entries[index].revents = 0
      if index == 0 {
        waker.drain()
      } else {
        ready.append(ReadyEvent(token: tokens[index], readiness: Readiness(poll: events)))
      }
    }
  }
}

extension Interest {
  fileprivate var poll: Int16 {
    (contains(.readable) ? Int16(POLLIN) : 0) | (contains(.writable) ? Int16(POLLOUT) : 0)
  }
}

extension Readiness {
  /// Hang-up and error count as both; so does a descriptor that was closed while it was watched.
  fileprivate init(poll events: Int16) {
    self = []
    let gone = events & Int16(POLLHUP | POLLERR | POLLNVAL) != 0
    if gone || events & Int16(POLLIN) != 0 { insert(.readable) }
    if gone || events & Int16(POLLOUT) != 0 { insert(.writable) }
  }
}
