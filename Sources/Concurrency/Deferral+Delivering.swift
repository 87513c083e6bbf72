// SPDX-License-Identifier: Apache-2.0

/// What setting a status came to.
@usableFromInline enum DeferralOpening {
  /// It is open now: deliver.
  case isOpen
  /// It is open now; but first a timeout has to be cancelled, or an owner or an observer to be told.
  case isOpenWithDuties
  /// It was not waiting: nothing was set.
  case isNotWaiting
}

extension Deferral {
  /// Sets the first status; the deferrable is open then.
  ///
  /// There is no old value to be released here.
  @inlinable mutating func begin(_ outcome: DeferralOutcome) -> DeferralOpening {
    guard state == .waiting else { return .isNotWaiting }
    keep(outcome)
    state = outcome.flags.contains(.failed) ? .runsErrbacks : .runsCallbacks
    return extras == nil && flags.isDisjoint(with: [.tellsOwner, .observed]) ? .isOpen : .isOpenWithDuties
  }

  /// Sets another status while it is open, and hands the old one out; if it is not open, it hands the new one back.
  ///
  /// What is handed out is to be destroyed when the access is over.
  mutating func replace(_ outcome: DeferralOutcome) -> (isSet: Bool, unused: DeferralOutcome) {
    guard state == .runsCallbacks || state == .runsErrbacks else { return (false, outcome) }
    let old = DeferralOutcome(words: words, flags: flags)
    flags.subtract([.failed, .untaken, .quiet])
    keep(outcome)
    return (true, old)
  }

  /// Keeps value or error; the flags of the one before must have been removed.
  @inlinable @inline(__always) mutating func keep(_ outcome: DeferralOutcome) {
    words = outcome.words
    guard outcome.flags.contains(.failed) else { return }
    flags.formUnion(outcome.flags)
    if flags.isDisjoint(with: [.quiet, .ignoresFailure]) { flags.insert(.untaken) }
  }
}

// MARK: Delivering

/// A status as an open deferral keeps it: borrowed, until its next status is set.
@usableFromInline struct DeferralOutcome: BitwiseCopyable {
  @usableFromInline let words: DeferralWords
  @usableFromInline let flags: DeferralFlags

  @inlinable @inline(__always) init(words: DeferralWords, flags: DeferralFlags) {
    self.words = words
    self.flags = flags
  }

  /// The status, which must not be `unknown`; a quiet failure counts as taken.
  @inlinable @inline(__always) init<Success, Failure>(_ status: DeferredStatus<Success, Failure>, quietly: Bool) {
    words = DeferralWords(status)
    flags = !status.isFailed ? [] : quietly ? [.failed, .quiet] : .failed
  }

  /// Releases the value or the error: user code may run in that.
  @inlinable @inline(__always) func destroy<Success, Failure: Error>(_: Success.Type, _: Failure.Type) {
    if flags.contains(.failed) { words.destroy(Failure.self) } else { words.destroy(Success.self) }
  }

  @inlinable @inline(__always) func result<Success, Failure>() -> Result<Success, Failure> {
    flags.contains(.failed) ? .failure(words.read(Failure.self)) : .success(words.read(Success.self))
  }
}

/// What was taken out of a deferral, only to be released when the access is over: a closure's release may run anything.
@usableFromInline struct DeferralLeftovers: BitwiseCopyable {
  @usableFromInline let entry: DeferralEntry
  @usableFromInline let extras: Unmanaged<DeferralExtras>?

  @inlinable @inline(__always) init(_ entry: DeferralEntry, _ extras: Unmanaged<DeferralExtras>?) {
    self.entry = entry
    self.extras = extras
  }

  @inlinable @inline(__always) func release() {
    entry.release()
    extras?.release()
  }
}

extension Deferral {
  /// Whether an entry has set a status of the other kind: then the line that runs is to be emptied, and the other one run.
  @inlinable @inline(__always) var turns: Bool { flags.contains(.failed) != (state == .runsErrbacks) }

  /// Takes the next entry of the line that runs, an empty one if there is none or if the deferral turns; and tells what
  /// to run it with.
  ///
  /// One access does it all: in a mix-in each is checked for exclusivity.
  @inlinable mutating func step() -> (next: DeferralItem, outcome: DeferralOutcome) {
    let next = takeNext()
    return (next, DeferralOutcome(words: words, flags: flags))
  }

  @inlinable mutating func takeNext() -> DeferralItem {
    guard state == .runsCallbacks, !flags.contains(.failed) else { return takeNextErrback() }
    if first.kind != .none { return DeferralItem(takeFirst()) }
    guard let extras else { return DeferralItem() }
    return extras._withUnsafeGuaranteedRef { $0.takeNext(ofErrbacks: false) }
  }

  /// The same for the line of errbacks.
  @inlinable @inline(never) mutating func takeNextErrback() -> DeferralItem {
    guard !turns else { return DeferralItem() }
    var next = DeferralItem()
    if first.kind.isForBoth {
      next = DeferralItem(takeFirst())
    } else if flags.contains(.hasSecond) {
      next = DeferralItem(takeSecond())
    } else if let extras {
      next = extras._withUnsafeGuaranteedRef { $0.takeNext(ofErrbacks: true) }
    }
    if next.entry.kind != .none { flags.remove(.untaken) }
    return next
  }

  @inlinable @inline(__always) mutating func takeFirst() -> DeferralEntry {
    let entry = first
    first = DeferralEntry()
    return entry
  }

  /// Takes the first errback; an empty entry if there is none.
  @inlinable @inline(__always) mutating func takeSecond() -> DeferralEntry {
    guard flags.contains(.hasSecond) else { return DeferralEntry() }
    flags.remove(.hasSecond)
    return DeferralEntry(second, .errback)
  }

  /// Closes one whose line is empty, and hands out what is left; `nil` if it isn't closed, but turns.
  @inlinable mutating func finish() -> DeferralLeftovers? {
    guard !turns else { return nil }
    let left = DeferralLeftovers(state == .runsCallbacks ? takeSecond() : takeFirst(), extras)
    state = .settled
    if let old = extras { extras = old._withUnsafeGuaranteedRef { $0.remainder() } }
    return left
  }

  /// Empties the running line and turns to the front of the other one; hands out what was in it.
  mutating func turn() -> [DeferralEntry] {
    let kind: DeferralKind = state == .runsCallbacks ? .callback : .errback
    var emptied: [DeferralEntry] = []
    switch state {
    case .runsErrbacks: emptied.append(takeSecond())
    default: if first.kind == .callback { emptied.append(takeFirst()) }
    }
    emptied += more?.entries.removeAll(kind) ?? []
    state = state == .runsCallbacks ? .runsErrbacks : .runsCallbacks
    return emptied
  }
}
