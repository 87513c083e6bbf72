// SPDX-License-Identifier: Apache-2.0

// How entries run. Everything that takes a while to explain about deferrables is in this file, and all user code that a
// deferrable ever calls is called by `call`, below.
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
//
// **What a client's optimiser may know.** Making one and adding the first entries is inlined where it is used; settling is
// one call, of a function made for the client's types, so that little is left to inline. The paths that few calls take
// stay in this module, and promise by `@_effects(notEscaping self.**)` to store no new reference to the deferrable: so one that
// never leaves the function that made it is put on the stack, which takes a third off its whole life. (swift-format
// takes the space out of that attribute, and so is told to leave those functions alone.)

/// A deferrable that is open, whose line is to be run on.
@usableFromInline struct DeferralFrame {
  /// Runs entries until one of them has settled a derived deferrable, and returns that one's frame; `nil` when the line
  /// has run and the deferrable is settled for good.
  @usableFromInline let advance: () -> DeferralFrame?

  @inlinable init(_ advance: @escaping () -> DeferralFrame?) { self.advance = advance }

  /// Runs this frame and all that it leads to, depth first.
  @usableFromInline consuming func run() {
    // Taken out and put back, since a call of a closure in a variable retains it.
    var top: DeferralFrame? = self
    var below: [DeferralFrame] = []
    while let frame = top.take() {
      if let next = frame.advance() {
        if below.isEmpty { below.reserveCapacity(8) }
        below.append(frame)
        top = next
      } else {
        top = below.popLast()
      }
    }
  }
}

extension Deferrable {
  /// Adds an entry that is not an errback and, if it is late and of the settled kind, runs it.
  @inlinable @inline(__always)
  func enroll(_ entry: DeferralEntry, _ file: StaticString, _ line: UInt) {
    if !deferral.insert(entry) { append(entry, file, line) }
  }

  /// Adds an entry that is not the first of its sort, is late, or is to be told of.
  @inlinable @inline(never)
  func append(_ entry: DeferralEntry, _ file: StaticString, _ line: UInt) {
    switch deferral.append(entry, isCancellable: false) {
    case .waits(let serial):
      if serial != 0 { noteArmed(entry.kind, serial, file, line) }
    case .isDue(let serial):
      if serial != 0 { noteArmed(entry.kind, serial, file, line) }
      deliver()
    case .dropped: entry.release()
    }
  }

  /// Sets a status and, if that opens the deferrable, runs its line and all that is derived.
  @inlinable @inline(__always) @discardableResult
  func settle(_ status: DeferredStatus<Success, Failure>, quietly: Bool) -> Bool {
    status.isUnknown ? false : settle(with: DeferralOutcome(status, quietly: quietly))
  }

  // Not inlined: the release that follows in the client then stands alone behind a call, which is where the optimiser
  // finds it when it puts the deferrable on the stack.
  @inlinable @inline(never) func settle(with outcome: DeferralOutcome) -> Bool {
    guard open(with: outcome) else { return setAnew(outcome) }
    while let frame = advance() { frame.run() }
    return true
  }

  /// Sets the first status.
  ///
  /// Returns whether it did: then the deferrable is open, and whoever asked has to deliver.
  @inlinable @inline(__always)
  func open(with outcome: DeferralOutcome) -> Bool {
    switch deferral.begin(outcome) {
    case .isOpen: meetObserver()
    case .isOpenWithDuties: leaveWaiting()
    case .isNotWaiting: return false
    }
    return true
  }

  // swift-format-ignore
  /// Sets the status anew, if it is open: that counts when the entry that runs now has returned.
  @_effects(notEscaping self.**)
  @usableFromInline func setAnew(_ outcome: DeferralOutcome) -> Bool {
    let (isSet, unused) = deferral.replace(outcome)
    if isSet { EventLoop.note(statusEvent()) }
    unused.destroy(Success.self, Failure.self)
    return isSet
  }

  /// If somebody observes now who didn't when this was made, it is told of from here on.
  @inlinable @inline(__always) func meetObserver() {
    let id = EventLoop.newEventID()
    if id != 0 { becomeObserved(id) }
  }

  // swift-format-ignore
  /// Somebody observes who didn't when this was made: it is told of from here on.
  @_effects(notEscaping self.**)
  @inline(never) @usableFromInline func becomeObserved(_ id: UInt64) {
    deferral.id = UInt32(truncatingIfNeeded: id)
    deferral.flags.insert(.observed)
    EventLoop.note(statusEvent())
  }

  // swift-format-ignore
  /// The first status was set: tells of it, cancels the timeout and tells the owner.
  @_effects(notEscaping self.**)
  @inline(never) @usableFromInline func leaveWaiting() {
    if deferral.flags.contains(.observed) { EventLoop.note(statusEvent()) } else { meetObserver() }
    if let timer = deferral.exchangeTimer(nil) { timer.cancel() }
    guard deferral.flags.contains(.tellsOwner) else { return }
    deferral.flags.remove(.tellsOwner)
    (self as? any DeferralOwner)?.settledFromOutside()
  }

  /// Runs the line of one that a late entry has opened, and all that is derived, to the end.
  @inlinable @inline(never) func deliver() {
    while let frame = advance() { frame.run() }
  }

  /// Runs entries until one of them has settled a derived deferrable, and returns that one's frame; `nil` at the end.
  @inlinable @inline(__always) func advance() -> DeferralFrame? {
    while true {
      let (next, outcome) = deferral.step()
      if next.entry.kind != .none {
        if let frame = run(next, outcome) { return frame }
      } else if let left = deferral.finish() {
        left.release()
        return nil
      } else {
        turn()
      }
    }
  }

  // swift-format-ignore
  /// Empties the running line and turns to the other one.
  @_effects(notEscaping self.**)
  @usableFromInline func turn() {
    for entry in deferral.turn() { entry.release() }
  }

  /// Runs an entry that was taken out, and releases it.
  @inlinable @inline(__always) func run(_ next: DeferralItem, _ outcome: DeferralOutcome) -> DeferralFrame? {
    outcome.flags.contains(.observed) ? runObserved(next, outcome) : call(next.entry, outcome)
  }

  /// Calls an entry's closure and releases it: the only place where user code is called.
  // Each closure is taken, not read: that would count a reference up and down.
  @inlinable @inline(__always) func call(_ entry: DeferralEntry, _ outcome: DeferralOutcome) -> DeferralFrame? {
    let closure = entry.closure
    switch entry.kind {
    case .callback: closure.take(DeferralBody<Success>.self).call(outcome.words.read(Success.self))
    case .errback: closure.take(DeferralBody<Failure>.self).call(outcome.words.read(Failure.self))
    case .completion: closure.take(DeferralBody<Result<Success, Failure>>.self).call(outcome.result())
    case .derived: return closure.take(DeferralHearer<Success, Failure>.self).hear(DeferralMessage(outcome))
    case .none: break
    }
    return nil
  }
}
