// SPDX-License-Identifier: Apache-2.0

/// The messages of a process, first in, first out: a ring of unsafe storage that a message moves into and out of.
///
/// Invariant: the cells from `head` up to `tail` hold messages, all others nothing.
@frozen @usableFromInline
struct Mailbox<Message>: ~Copyable {
  @usableFromInline var head = 0
  @usableFromInline var tail = 0
  @usableFromInline var capacity = 0
  @usableFromInline var cells: UnsafeMutablePointer<Message>?

  @inlinable init() {}

  @inlinable deinit {
    guard let cells else { return }
    for index in head..<tail { (cells + (index & (capacity - 1))).deinitialize(count: 1) }
    cells.deallocate()
  }

  @inlinable var count: Int { tail - head }

  @inlinable mutating func append(_ message: consuming Message) {
    if tail - head == capacity { grow() }
    (cells.unsafelyUnwrapped + (tail & (capacity - 1))).initialize(to: message)
    tail &+= 1
  }

  /// - Precondition: there is one.
  @inlinable mutating func takeFirst() -> Message {
    let message = (cells.unsafelyUnwrapped + (head & (capacity - 1))).move()
    head &+= 1
    return message
  }

  @inlinable @inline(never) mutating func grow() {
    let size = max(4, capacity * 2)
    let bigger = UnsafeMutablePointer<Message>.allocate(capacity: size)
    if let cells {
      for index in head..<tail {
        (bigger + (index & (size - 1))).moveInitialize(from: cells + (index & (capacity - 1)), count: 1)
      }
      cells.deallocate()
    }
    cells = bigger
    capacity = size
  }
}
