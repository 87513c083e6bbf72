// SPDX-License-Identifier: Apache-2.0

/// A block of code with a mailbox: notified, it runs later, once for each message.
///
/// No operating-system process is involved; the name is Erlang's.
///
/// ```swift
/// let greeter = loop.spawn { (name: String) in print("Received \(name)") }
/// greeter.notify("hello")
/// ```
///
/// Messages run as ticks, one FIFO with `nextTick`: the order of notifications is the order of runs, among all processes
/// of the loop. ``notify(_:)`` never runs the block before it returns, so a process may notify itself, or its caller.
///
/// A process lives while somebody holds it or it has a message, and its loop with it.
///
/// In EventMachine this is `EM::SpawnedProcess`.
public final class SpawnedProcess<each Argument> {
  /// What runs for each message: it gets the process, and the message.
  public typealias Receive = (SpawnedProcess<repeat each Argument>, repeat each Argument) -> Void

  /// A struct around the closure, since a bare function type in generic storage is re-abstracted; one that moves, since
  /// it is taken out and put back for each message.
  @frozen @usableFromInline struct Receiver: ~Copyable {
    @usableFromInline let body: Receive
    @inlinable init(_ body: @escaping Receive) { self.body = body }
  }

  /// All that changes, behind one `let` pointer: a class's stored `var` pays for an exclusivity check at each access,
  /// which is as much as a notification costs.
  @frozen @usableFromInline struct State: ~Copyable {
    /// Taken out while it runs; `nil` once cancelled.
    @usableFromInline var receiver: Receiver?
    @usableFromInline var mailbox = Mailbox<(repeat each Argument)>()
    @usableFromInline var isCancelled = false
    /// Whether it may have to refuse messages: it was cancelled, or its loop closes or has closed since.
    @usableFromInline var isShut: Bool

    @inlinable init(_ receiver: consuming Receiver, isShut: Bool) {
      self.receiver = consume receiver
      self.isShut = isShut
    }
  }

  @usableFromInline let loop: EventLoop
  @usableFromInline let file: StaticString
  @usableFromInline let line: UInt
  @usableFromInline let state: UnsafeMutablePointer<State>
  private let members: LoopMembers
  @usableFromInline var memberIndex = 0
  /// 0 until the address was asked for.
  var addressNumber = 0
  @usableFromInline let id: UInt64
  @usableFromInline var name: String?

  /// Makes a process whose block gets the process itself first, to pass it on.
  public init(
    on loop: EventLoop, file: StaticString = #fileID, line: UInt = #line, _ receive: @escaping Receive
  ) {
    self.loop = loop
    self.file = file
    self.line = line
    id = loop.newEventID()
    state = .allocate(capacity: 1)
    state.initialize(to: State(Receiver(receive), isShut: loop.isStopping))
    members = LoopMembers.of(loop)
    members.enter(self)
  }

  deinit {
    members.leave(at: memberIndex)
    if addressNumber != 0 { AddressBook.of(loop).remove(addressNumber) }
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Queues a message: the block runs with it in the next turn's step 5, or in this turn's if that is still to come.
  ///
  /// In EventMachine this is `notify`, `resume` and `run`.
  @inlinable public func notify(_ arguments: repeat each Argument) {
    guard !state.pointee.isShut || reopen() else { return }
    state.pointee.mailbox.append((repeat each arguments))
    // A closure over exactly one class reference needs no allocation.
    loop.nextTick(file: file, line: line) { self.receiveNext() }
  }

  /// Whether messages may be queued again: not while the loop closes, since then the tick goes and the message would stay,
  /// for the first tick of the next run.
  @usableFromInline @inline(never) func reopen() -> Bool {
    guard !state.pointee.isCancelled, !loop.isStopping else { return false }
    state.pointee.isShut = false
    return true
  }

  @inlinable func receiveNext() {
    // Empty if the process was cancelled since.
    guard state.pointee.mailbox.count > 0, let receiver = state.pointee.receiver.take() else { return }
    let message = state.pointee.mailbox.takeFirst()
    loop.note(LoopEvent(.processBegin, id: id, file: file, line: line, first: queued, label: name))
    receiver.body(self, repeat each message)
    loop.note(LoopEvent(.processEnd, id: id, file: file, line: line, first: queued, label: name))
    // Not if it was replaced or cancelled meanwhile.
    if state.pointee.receiver == nil, !state.pointee.isCancelled { state.pointee.receiver = consume receiver }
  }

  /// Makes `receive` the block that hears the next message, and all after it.
  ///
  /// In EventMachine this is `EM.yield`, inside the block.
  public func yield(to receive: @escaping Receive) {
    guard !state.pointee.isCancelled else { return }
    // The old one is released when the state is no longer being accessed.
    let old = state.pointee.receiver.take()
    state.pointee.receiver = Receiver(receive)
    _ = old
  }

  /// As ``yield(to:)``, and sends the process a message, so that the new block runs in a later turn: the loop gets a pass
  /// in between.
  ///
  /// In EventMachine this is `EM.yield_and_notify`.
  public func yieldAndNotify(_ arguments: repeat each Argument, to receive: @escaping Receive) {
    yield(to: receive)
    notify(repeat each arguments)
  }

  /// Ends the process: its messages and its block are released unrun, the block when it returns if it runs now.
  ///
  /// Later notifications do nothing, nor does cancelling again.
  public func cancel() {
    state.pointee.isCancelled = true
    state.pointee.isShut = true
    let receiver = state.pointee.receiver.take()
    dropMessages()
    _ = receiver
  }

  private func dropMessages() {
    while state.pointee.mailbox.count > 0 { _ = state.pointee.mailbox.takeFirst() }
  }

  /// How many messages wait.
  @inlinable public var queued: Int { state.pointee.mailbox.count }

  /// Names the process for the observer.
  @discardableResult public func label(_ name: String) -> SpawnedProcess {
    self.name = name
    return self
  }
}

extension SpawnedProcess: LoopMember {
  @usableFromInline func loopIsClosing() {
    state.pointee.isShut = true
    dropMessages()
  }
}

extension SpawnedProcess: CustomStringConvertible {
  /// How many messages wait.
  public var description: String {
    "SpawnedProcess(\(name.map { "\($0), " } ?? "")\(state.pointee.isCancelled ? "cancelled" : "\(queued) queued"))"
  }
}

extension LoopEvent.Kind {
  /// A process begins to run for a message; `first` is how many wait behind it.
  public static let processBegin = Self("process", .begin, .runs)
  /// It has run.
  public static let processEnd = Self("process", .end, .runs)
}

extension EventLoop {
  /// Makes a process that runs `receive` for each message.
  ///
  /// In EventMachine this is `EM.spawn`.
  @inlinable public func spawn<each Argument>(
    file: StaticString = #fileID, line: UInt = #line, _ receive: @escaping (repeat each Argument) -> Void
  ) -> SpawnedProcess<repeat each Argument> {
    SpawnedProcess<repeat each Argument>(on: self, file: file, line: line) {
      (_: SpawnedProcess, arguments: repeat each Argument) in
      receive(repeat each arguments)
    }
  }
}
