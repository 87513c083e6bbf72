// SPDX-License-Identifier: Apache-2.0

/// What setting a status came to.
@usableFromInline enum DeferralOpening {
  /// It is open now: deliver.
  case isOpen
  /// It is open now; but first a timeout has to be cancelled, or an owner or an observer to be told.
  case isOpenWithDuties
  /// It was not waiting, or the status is `unknown`: nothing was set.
  case isNotWaiting
}

extension Deferral {
  /// Sets the first status; the deferrable is open then.
  ///
  /// There is no old value to be released here.
  @inlinable mutating func begin(
    _ status: DeferredStatus<Success, Failure>, quietly: Bool
  ) -> DeferralOpening {
    guard state == .waiting, !status.isUnknown else { return .isNotWaiting }
    keep(status, quietly: quietly)
    state = status.isFailed ? .runsErrbacks : .runsCallbacks
    return extras == nil && flags.isDisjoint(with: [.tellsOwner, .observed]) ? .isOpen : .isOpenWithDuties
  }

  /// Sets another status while it is open, and hands the old one out, to be released when the access is over; `nil` if it
  /// is not open, and nothing was set.
  @usableFromInline mutating func replaceStatus(
    _ status: DeferredStatus<Success, Failure>, quietly: Bool
  ) -> DeferredStatus<Success, Failure>? {
    guard state == .runsCallbacks || state == .runsErrbacks, !status.isUnknown else { return nil }
    let old = self.status
    destroyOutcome()
    flags.subtract([.failed, .untaken, .quiet])
    keep(status, quietly: quietly)
    return old
  }

  /// Keeps value or error; the one before must have been destroyed, and its flags removed.
  @inlinable @inline(__always) mutating func keep(_ status: DeferredStatus<Success, Failure>, quietly: Bool) {
    words = DeferralWords(status)
    guard status.isFailed else { return }
    flags.insert(.failed)
    if quietly {
      flags.insert(.quiet)
    } else if !flags.contains(.ignoresFailure) {
      flags.insert(.untaken)
    }
  }
}

// MARK: Delivering

/// What comes next in an open deferrable.
@usableFromInline enum DeferralStep<Success, Failure: Error> {
  /// This entry runs, with this outcome; the number is the entry's.
  case runs(DeferralEntry<Success, Failure>, DeferralMessage<Success, Failure>, UInt64)
  /// The line was emptied and the other one runs, since an entry has set a status of the other kind.
  ///
  /// These were in it.
  case turned([DeferralEntry<Success, Failure>])
  /// The line has run, the deferrable is settled.
  ///
  /// This was left in the other line.
  case ended(DeferralLeftovers<Success, Failure>)
}

/// What was taken out of a deferral, only to be released when the access is over: a closure's release may run anything.
@usableFromInline struct DeferralLeftovers<Success, Failure: Error> {
  @usableFromInline let first: DeferralEntry<Success, Failure>?
  @usableFromInline let second: ((Failure) -> Void)?
  @usableFromInline let extras: DeferralExtras?

  @inlinable @inline(__always) init(
    _ first: DeferralEntry<Success, Failure>?, _ second: ((Failure) -> Void)?, _ extras: DeferralExtras?
  ) {
    self.first = first
    self.second = second
    self.extras = extras
  }
}

extension Deferral {
  /// Takes the next entry of the line that runs.
  ///
  /// One access does it all: in a mix-in each is checked for exclusivity.
  @inlinable mutating func step() -> DeferralStep<Success, Failure> {
    let isFailed = flags.contains(.failed)
    if isFailed != (state == .runsErrbacks) { return .turned(turn()) }
    let outcome = DeferralMessage<Success, Failure>(words, flags)
    if !isFailed || flags.contains(.firstIsForBoth), let entry = first.entry {
      first.entry = nil
      flags.subtract([.firstIsForBoth, .untaken])
      return .runs(entry, outcome, 0)
    }
    if isFailed, let errback = second {
      second = nil
      flags.remove(.untaken)
      return .runs(.errback(errback), outcome, 0)
    }
    if let item = extras?._withUnsafeGuaranteedRef({
      Self.overflow($0).entries.takeNext(of: isFailed ? .errbacks : .callbacks)
    }) {
      flags.remove(.untaken)
      return .runs(item.entry, outcome, item.serial)
    }
    return .ended(finish())
  }

  /// Closes an open one, and hands out what is left.
  @inlinable @inline(__always) mutating func finish() -> DeferralLeftovers<Success, Failure> {
    state = .settled
    let left = DeferralLeftovers(first.entry, second, extras?.takeRetainedValue())
    first.entry = nil
    second = nil
    if extras != nil { extras = extrasOfSettled() }
    return left
  }

  // swift-format-ignore
  /// What a settled one keeps of its extras: a label, if it has one.
  @_effects(notEscaping self.**)
  @usableFromInline func extrasOfSettled() -> Unmanaged<DeferralExtras>? {
    guard let label = more?.label else { return nil }
    let extras = DeferralOverflow<Success, Failure>()
    extras.label = label
    return Unmanaged.passRetained(extras)
  }

  // swift-format-ignore
  /// Empties the running line and turns to the front of the other one.
  @_effects(notEscaping self.**)
  @usableFromInline mutating func turn() -> [DeferralEntry<Success, Failure>] {
    let line: DeferralLine = state == .runsCallbacks ? .callbacks : .errbacks
    var emptied = overflow?.entries.removeAll(of: line) ?? []
    if state == .runsCallbacks {
      if !flags.contains(.firstIsForBoth), let entry = first.entry.take() { emptied.insert(entry, at: 0) }
      state = .runsErrbacks
    } else {
      if let errback = second { emptied.insert(.errback(errback), at: 0) }
      second = nil
      state = .runsCallbacks
    }
    return emptied
  }
}
