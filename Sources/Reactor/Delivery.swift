// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The way back to a loop for a value that is made elsewhere: the receiver stays on the loop, this crosses threads.
///
/// ``EventLoop/expect(file:line:_:)`` makes one. Until the value has been received, or the delivery released, it counts as
/// outstanding: the loop isn't idle, and virtual time waits for it.
///
/// ```swift
/// let answer = loop.expect { (sum: Int) in print(sum) }
/// try SystemThread.start(name: "adder") { answer.deliver(2 + 2) }
/// ```
public final class Delivery<Value: Sendable>: Sendable {
  private let handle: LoopHandle
  private let receiver: Receiver<Value>

  init(_ handle: LoopHandle, _ receiver: Receiver<Value>) {
    self.handle = handle
    self.receiver = receiver
  }

  /// Sends the value: the receiver is called with it on the loop, as an arrival (step 4 of a turn).
  ///
  /// Any thread.
  ///
  /// - Returns: false if a value was delivered before, or the loop has closed since; the value is dropped then.
  @discardableResult
  public func deliver(_ value: Value) -> Bool {
    guard
      receiver.state.compareExchange(
        expected: Receiver<Value>.waiting, desired: Receiver<Value>.delivered, ordering: .acquiringAndReleasing
      ).exchanged
    else { return false }
    receiver.value = value
    return arrive()
  }

  private func arrive() -> Bool {
    handle.inbox.schedule({ [receiver] loop in receiver.receive(on: loop) }, receiver.registration)
  }

  deinit {
    guard
      receiver.state.compareExchange(
        expected: Receiver<Value>.waiting, desired: Receiver<Value>.dropped, ordering: .acquiringAndReleasing
      ).exchanged
    else { return }
    // The receiver may hold anything of the loop's, so it is let go there: where we are on the loop, at once.
    if handle.isOnLoop, let loop = EventLoop.current, loop.handle == handle {
      receiver.receive(on: loop)
    } else {
      _ = arrive()
    }
  }
}

/// What the loop keeps for a delivery: an entry of its list of receivers.
class AnyReceiver {
  /// Invariant: in the list of its loop exactly while its closure is there; touched on the loop's thread only.
  fileprivate(set) var next: AnyReceiver?
  fileprivate unowned(unsafe) var previous: AnyReceiver?

  /// Releases the closure unrun, for closing.
  func close() { preconditionFailure("a receiver without a closure; please report this") }
}

// Unchecked is right: `receive` and the links are touched on the loop's thread only, `value` is written before the
// arrival is scheduled and read when it is taken, and the state is atomic.
final class Receiver<Value: Sendable>: AnyReceiver, @unchecked Sendable {
  static var waiting: UInt8 { 0 }
  static var delivered: UInt8 { 1 }
  static var dropped: UInt8 { 2 }

  let state = Atomic<UInt8>(0)
  var value: Value?
  /// Where it was expected, while somebody observes.
  let registration: Registration.Box?
  private var body: ((Value) -> Void)?

  init(_ registration: Registration?, _ body: @escaping (Value) -> Void) {
    self.registration = registration.map { Registration.Box($0) }
    self.body = body
  }

  func receive(on loop: EventLoop) {
    guard let body else { return }
    loop.receivers.remove(self)
    self.body = nil
    if let value {
      self.value = nil
      body(value)
    }
  }

  override func close() {
    state.store(Self.dropped, ordering: .releasing)
    body = nil
  }
}

/// The receivers that a loop waits for: a list through the receivers themselves, so that each can leave at once.
struct ReceiverList {
  private var first: AnyReceiver?
  private(set) var count = 0

  mutating func add(_ receiver: AnyReceiver) {
    receiver.next = first
    first?.previous = receiver
    first = receiver
    count += 1
  }

  mutating func remove(_ receiver: AnyReceiver) {
    let next = receiver.next
    next?.previous = receiver.previous
    if let previous = receiver.previous { previous.next = next } else { first = next }
    receiver.next = nil
    receiver.previous = nil
    count -= 1
  }

  mutating func takeFirst() -> AnyReceiver? {
    guard let receiver = first else { return nil }
    remove(receiver)
    return receiver
  }
}
