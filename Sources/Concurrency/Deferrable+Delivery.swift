// SPDX-License-Identifier: Apache-2.0

// How entries run. Everything that takes a while to explain about deferrables is in this file, and all user code that a
// deferrable ever calls is called by `run`, below.
//
// **No user code runs inside an access to `deferral`.** A callback may do anything to its own deferrable, and Swift's
// exclusivity rule traps if a property is changed while a mutating method of it runs. So each step here is: take
// something out in one short access, leave it, call, come back. Closures and values that are only to be released are
// taken out as well (`DeferralLeftovers`): the last reference to an object may go with them, and its `deinit` is user
// code, too.
//
// **Deriving does not nest on the machine's stack.** What `map` and its like register settles another deferrable, that
// one's entries settle further ones, and a chain may be a million long. Observable order is that of nested calls: first
// all that hangs below the derived one, then the next entry of this one. But the closure of a derived entry only sets
// the status and *returns* a frame: "this one has a line to run". `DeferralFrame.run()` keeps the frames under way in
// an array of its own, and comes back to the source when the whole subtree has run. The price is one indirect call and
// one array element a level; what doesn't derive pays nothing. A callback that calls `succeed` of another deferrable is
// an ordinary call and nests as such.

/// A deferrable that is open, whose line is to be run on.
@usableFromInline struct DeferralFrame {
  /// Runs entries until one of them has settled a derived deferrable, and returns that one's frame; `nil` when the line
  /// has run and the deferrable is settled for good.
  @usableFromInline let advance: () -> DeferralFrame?

  @inlinable init(_ advance: @escaping () -> DeferralFrame?) { self.advance = advance }

  /// Runs this frame and all that it leads to, depth first.
  @usableFromInline func run() {
    var top = self
    var below: [DeferralFrame] = []
    while true {
      if let next = top.advance() {
        below.append(top)
        top = next
      } else if let last = below.popLast() {
        top = last
      } else {
        return
      }
    }
  }
}

/// What setting a status came to.
@usableFromInline enum DeferralOpening {
  /// It was settled before, or the status was `unknown`.
  case refused
  /// It is open already: the new status counts when the entry that runs has returned.
  case later
  /// It is open now: deliver.
  case isOpen
}

extension Deferrable {
  @inlinable @discardableResult
  func settle(_ status: DeferredStatus<Success, Failure>, quietly: Bool) -> Bool {
    switch open(with: status, quietly: quietly) {
    case .refused: return false
    case .later: return true
    case .isOpen:
      deliver()
      return true
    }
  }

  /// Adds an entry and, if it is late and of the settled kind, runs it. Returns its number, 0 if it has none.
  @inlinable @discardableResult
  func enroll(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine, isNumbered: Bool, _ file: StaticString,
    _ fileLine: UInt
  ) -> UInt32 {
    guard !deferral.flags.contains(.observed) else { return enrollObserved(entry, line, file, fileLine) }
    switch deferral.insert(entry, line, isNumbered: isNumbered) {
    case .waits(let serial):
      return serial
    case .isDue(let serial):
      deliver()
      return serial
    case .dropped:
      return 0
    }
  }

  /// Sets a status. If that opens the deferrable, whoever asked has to deliver.
  @inlinable func open(with status: DeferredStatus<Success, Failure>, quietly: Bool) -> DeferralOpening {
    guard deferral.state == .waiting, !status.isUnknown else { return reopen(with: status, quietly: quietly) }
    deferral.begin(status, quietly: quietly)
    if deferral.more != nil || deferral.flags.contains(.tellsOwner) { leaveWaiting() }
    EventLoop.note(statusEvent())
    return .isOpen
  }

  @usableFromInline func reopen(
    with status: DeferredStatus<Success, Failure>, quietly: Bool
  ) -> DeferralOpening {
    guard deferral.state == .runsCallbacks || deferral.state == .runsErrbacks, !status.isUnknown else {
      return .refused
    }
    let old = deferral.replaceStatus(status, quietly: quietly)
    EventLoop.note(statusEvent())
    withExtendedLifetime(old) {}
    return .later
  }

  /// The first status was set: cancels the timeout and tells the owner.
  @usableFromInline func leaveWaiting() {
    if let timer = deferral.exchangeTimer(nil) { timer.cancel() }
    guard deferral.flags.contains(.tellsOwner) else { return }
    deferral.flags.remove(.tellsOwner)
    (self as? any DeferralOwner)?.settledFromOutside()
  }

  /// Runs the line of an open one, and all that is derived, to the end.
  @inlinable func deliver() {
    while let frame = advance() { frame.run() }
  }

  /// Runs entries until one of them has settled a derived deferrable, and returns that one's frame; `nil` at the end.
  @inlinable func advance() -> DeferralFrame? {
    while true {
      if deferral.isRunningWrongLine { turn() }
      guard let item = deferral.takeNext() else {
        let left = deferral.finish()
        withExtendedLifetime(left) {}
        return nil
      }
      if let frame = run(item) { return frame }
    }
  }

  @usableFromInline @inline(never) func turn() {
    let emptied = deferral.turn()
    withExtendedLifetime(emptied) {}
  }

  @inlinable @inline(__always) func run(_ item: consuming DeferralItem<Success, Failure>) -> DeferralFrame? {
    if deferral.flags.contains(.observed) { return runObserved(item) }
    return call(item)
  }

  /// Calls an entry's closure with the status of this moment.
  @inlinable @inline(__always) func call(_ item: consuming DeferralItem<Success, Failure>) -> DeferralFrame? {
    switch item.entry {
    case .callback(let body):
      let value = deferral.words.read(Success.self)
      body(value)
    case .errback(let body):
      let error = deferral.words.read(Failure.self)
      body(error)
    case .completion(let body):
      if let result = status.result { body(result) }
    case .derived(let hear):
      let message = DeferralMessage<Success, Failure>(deferral.words, deferral.flags)
      return hear(message)
    }
    return nil
  }
}
