// SPDX-License-Identifier: Apache-2.0

/// What a class stores to be a ``Deferrable``: the status, and who waits for it.
///
/// One stored property is the whole mix-in:
///
/// ```swift
/// final class Download: Deferrable {
///   var deferral = Deferral<[UInt8], DownloadError>()
/// }
/// ```
///
/// The place where the property is written, or the `init` call if you pass `file` and `line` on, is the place that
/// reports of lost failures name. When the object goes, so does its deferral, and then it notices what was lost: see
/// ``LostDeferrable``.
///
/// In EventMachine this is `include EM::Deferrable`.
// The layout is chosen for size: a `DefaultDeferrable` with a callback and an errback takes 104 bytes, whatever its types.
// The order of the fields lets the small ones fill the gaps behind the large ones. What few deferrables need lies in the
// overflow.
@frozen public struct Deferral<Success, Failure: Error>: ~Copyable {
  @usableFromInline let file: StaticString
  @usableFromInline var state: DeferralState
  @usableFromInline var flags: DeferralFlags
  @usableFromInline let line: UInt32
  /// The value or the error, once there is one.
  @usableFromInline var words: DeferralWords
  /// The first entry that is not an errback.
  ///
  /// Invariant: it was added before all in the overflow and, if it stands in both lines, before `second`.
  @usableFromInline var first: DeferralSlot<Success, Failure>
  /// The number that events know it by; 0 if nobody observed when it was made or settled.
  @usableFromInline var id: UInt32
  /// The first errback. Invariant: it was added before all in the overflow.
  // Taken by hand, not by `take()`: a bare function type is re-abstracted where it goes through generic code, at two
  // allocations; in a struct of its own, its release would need metadata.
  @usableFromInline var second: Optional<(Failure) -> Void>
  /// Invariant: a `DeferralOverflow<Success, Failure>`.
  @usableFromInline var more: Optional<DeferralExtras>

  /// An unknown status, with nobody waiting. Leave out the arguments: they keep the place of the call.
  @inlinable public init(file: StaticString = #fileID, line: UInt = #line) {
    self.init(.unknown, .waiting, file, line)
  }

  @inlinable init(
    _ status: DeferredStatus<Success, Failure>, _ state: DeferralState, _ file: StaticString, _ line: UInt
  ) {
    let id = EventLoop.newEventID()
    var flags: DeferralFlags = id == 0 ? [] : .observed
    if status.isFailed { flags.formUnion([.failed, .untaken]) }
    self.file = file
    self.line = UInt32(truncatingIfNeeded: line)
    self.id = UInt32(truncatingIfNeeded: id)
    self.state = state
    self.flags = flags
    words = DeferralWords(status)
    first = DeferralSlot()
    second = nil
    more = nil
  }

  // Inlined into the owner's `deinit`, which else would have to look up this type's metadata to call it.
  @inlinable @inline(__always) deinit {
    // The common one is settled, and its failure was taken: then it has no entries and nothing to report.
    let isClean = state == .settled && !flags.contains(.untaken)
    let hasDerived = isClean ? false : reportLoss()
    if state != .waiting { destroyOutcome() }
    let entry = first.moved()
    if hasDerived { DeferralBurial.bury(consume entry, more) }
  }
}

extension Deferral {
  @inlinable @inline(__always) var status: DeferredStatus<Success, Failure> {
    if state == .waiting { return .unknown }
    if flags.contains(.failed) { return .failed(words.read(Failure.self)) }
    return .succeeded(words.read(Success.self))
  }

  @inlinable @inline(__always) func destroyOutcome() {
    if flags.contains(.failed) { words.destroy(Failure.self) } else { words.destroy(Success.self) }
  }
}

/// Where a deferrable stands.
@usableFromInline enum DeferralState: UInt8 {
  /// Nobody has settled it. Both lines wait.
  case waiting
  /// It is open: the line of callbacks runs, on success.
  case runsCallbacks
  /// It is open: the line of errbacks runs, on failure.
  case runsErrbacks
  /// It has its status for good. Both lines are empty.
  case settled
}

/// What else is to be known of a deferrable, yes or no.
@usableFromInline struct DeferralFlags: OptionSet {
  @usableFromInline let rawValue: UInt16
  @inlinable init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Its status is a failure.
  @inlinable static var failed: DeferralFlags { DeferralFlags(rawValue: 512) }
  /// It failed, and no entry has heard of that failure.
  @inlinable static var untaken: DeferralFlags { DeferralFlags(rawValue: 1) }
  /// `ignoreFailure()` was called: every failure counts as taken.
  @inlinable static var ignoresFailure: DeferralFlags { DeferralFlags(rawValue: 2) }
  /// The failure is by its own `cancel()`: it counts as taken, here and in what is derived.
  @inlinable static var quiet: DeferralFlags { DeferralFlags(rawValue: 4) }
  /// It is not to be reported as unsettled: closing ended it, or the chain that it belongs to was reported.
  @inlinable static var unreported: DeferralFlags { DeferralFlags(rawValue: 8) }
  /// What should have settled it was released.
  @inlinable static var sourceGone: DeferralFlags { DeferralFlags(rawValue: 16) }
  /// What was derived from it knows that no status will come from its source.
  @inlinable static var abandoned: DeferralFlags { DeferralFlags(rawValue: 32) }
  /// The `first` entry stands in both lines, or in the only one that is left.
  @inlinable static var firstIsForBoth: DeferralFlags { DeferralFlags(rawValue: 64) }
  /// Somebody observed when it was made or settled: its entries are numbered and told of.
  @inlinable static var observed: DeferralFlags { DeferralFlags(rawValue: 128) }
  /// Its object is a ``DeferralOwner``, to be told when it is settled from outside.
  @inlinable static var tellsOwner: DeferralFlags { DeferralFlags(rawValue: 256) }
}

/// What few deferrables need: a timeout, numbers, a label; and, in the class below, the entries beyond the first ones.
// Two classes, since the release of a reference to a class that isn't generic needs no metadata.
// Unchecked is right everywhere here: each access is one short statement of the deferral, and no user code runs in it.
@usableFromInline class DeferralExtras {
  @exclusivity(unchecked) @usableFromInline final var timer: OneShotTimer?
  @exclusivity(unchecked) @usableFromInline final var label: String?
  /// Where entries were registered, by their numbers, while somebody observes.
  @exclusivity(unchecked) @usableFromInline final var origins: [UInt64: DeferralOrigin] = [:]

  @inlinable init() {}
}

/// The extras of a deferral of these types, with its further entries.
@usableFromInline final class DeferralOverflow<Success, Failure: Error>: DeferralExtras {
  @exclusivity(unchecked) @usableFromInline var entries = DeferralEntryList<Success, Failure>()

  @inlinable override init() { super.init() }

  @usableFromInline func takeEntries() -> DeferralEntryList<Success, Failure> {
    var taken = DeferralEntryList<Success, Failure>()
    swap(&taken, &entries)
    return taken
  }
}

/// Where an entry was registered, and the number that events know it by.
@usableFromInline struct DeferralOrigin {
  let id: UInt64
  let file: StaticString
  let line: UInt
}

// MARK: Entries

/// What adding an entry came to.
@usableFromInline enum DeferralInsertion {
  /// It waits, under that number; 0 if it has none.
  case waits(UInt64)
  /// The deferrable was settled, this entry is of its kind, and the deferrable is open now: deliver.
  case isDue(UInt64)
  /// The deferrable was settled the other way: the entry is dropped for good.
  case dropped
}

extension Deferral {
  /// Adds a callback, a completion or a derived entry at the end of its lines. It gets a number if it is to be told of.
  @inlinable mutating func insert(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine
  ) -> DeferralInsertion {
    guard state != .settled, first.entry == nil, more == nil, line == .callbacks || second == nil,
      !flags.contains(.observed)
    else {
      return append(entry, line, isNumbered: flags.contains(.observed))
    }
    first.entry = entry
    if line == .both { flags.insert(.firstIsForBoth) }
    return .waits(0)
  }

  /// Adds an errback at the end of its line. It gets a number if it is to be told of.
  @inlinable mutating func insertErrback(
    _ run: consuming @escaping (Failure) -> Void
  ) -> DeferralInsertion {
    guard state != .settled, second == nil, more == nil, !flags.contains(.observed) else {
      return append(.errback(run), .errbacks, isNumbered: flags.contains(.observed))
    }
    second = run
    return .waits(0)
  }

  /// Adds an entry to those in the overflow. A late one opens the deferrable, if it is of the settled kind, and is the
  /// first one then.
  @_effects(notEscaping self.**) @inlinable @inline(never) mutating func append(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine, isNumbered: Bool
  ) -> DeferralInsertion {
    let isLate = state == .settled
    if isLate {
      let isFailed = flags.contains(.failed)
      guard line == .both || (line == .errbacks) == isFailed else { return .dropped }
      state = isFailed ? .runsErrbacks : .runsCallbacks
      if !isNumbered {
        first.entry = entry
        flags.insert(.firstIsForBoth)
        return .isDue(0)
      }
    }
    let serial = isNumbered ? CallbackID.draw() : 0
    makeOverflow().entries.append(entry, line, serial: serial)
    return isLate ? .isDue(serial) : .waits(serial)
  }

  /// The same extras as what they are. Unchecked is right: nothing else is ever stored there.
  @inlinable @inline(__always) var overflow: DeferralOverflow<Success, Failure>? {
    guard let more else { return nil }
    return unsafeDowncast(more, to: DeferralOverflow<Success, Failure>.self)
  }

  @inlinable mutating func makeOverflow() -> DeferralOverflow<Success, Failure> {
    if let overflow { return overflow }
    let new = DeferralOverflow<Success, Failure>()
    more = new
    return new
  }
}

// MARK: Settling

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
  /// Sets the first status; the deferrable is open then. There is no old value to be released here.
  @inlinable mutating func begin(
    _ status: DeferredStatus<Success, Failure>, quietly: Bool
  ) -> DeferralOpening {
    guard state == .waiting, !status.isUnknown else { return .isNotWaiting }
    keep(status, quietly: quietly)
    state = status.isFailed ? .runsErrbacks : .runsCallbacks
    return more == nil && flags.isDisjoint(with: [.tellsOwner, .observed]) ? .isOpen : .isOpenWithDuties
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
  /// The line was emptied and the other one runs, since an entry has set a status of the other kind. These were in it.
  case turned([DeferralEntry<Success, Failure>])
  /// The line has run, the deferrable is settled. This was left in the other line.
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
  /// Takes the next entry of the line that runs. One access does it all: in a mix-in each is checked for exclusivity.
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
    if let overflow, let item = overflow.entries.takeNext(of: isFailed ? .errbacks : .callbacks) {
      flags.remove(.untaken)
      return .runs(item.entry, outcome, item.serial)
    }
    return .ended(finish())
  }

  /// Closes an open one, and hands out what is left.
  @inlinable @inline(__always) mutating func finish() -> DeferralLeftovers<Success, Failure> {
    state = .settled
    let left = DeferralLeftovers(first.entry, second, more)
    first.entry = nil
    second = nil
    if more != nil { more = extrasOfSettled() }
    return left
  }

  /// What a settled one keeps of its extras: a label, if it has one.
  @_effects(notEscaping self.**) @usableFromInline func extrasOfSettled() -> DeferralExtras? {
    guard let label = more?.label else { return nil }
    let extras = DeferralOverflow<Success, Failure>()
    extras.label = label
    return extras
  }

  /// Empties the running line and turns to the front of the other one.
  @_effects(notEscaping self.**) @usableFromInline mutating func turn() -> [DeferralEntry<Success, Failure>] {
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
