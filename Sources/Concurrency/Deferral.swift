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
  /// The number that events know it by; 0 if nobody observed when it was made.
  @usableFromInline let id: UInt32
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
    if hasDerived { DeferralBurial.bury(entry, more) }
  }
}

extension Deferral {
  @inlinable @inline(__always) var status: DeferredStatus<Success, Failure> {
    if state == .waiting { return .unknown }
    if flags.contains(.failed) { return .failed(words.read(Failure.self)) }
    return .succeeded(words.read(Success.self))
  }

  /// Keeps value or error; the one before must have been destroyed.
  @inlinable @inline(__always) mutating func keep(_ status: DeferredStatus<Success, Failure>) {
    words = DeferralWords(status)
    if status.isFailed { flags.insert(.failed) } else { flags.remove(.failed) }
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
  /// The `first` entry stands in both lines.
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
  /// The number that the last entry got.
  @exclusivity(unchecked) @usableFromInline final var lastSerial: UInt32 = 0
  @exclusivity(unchecked) @usableFromInline final var timer: OneShotTimer?
  @exclusivity(unchecked) @usableFromInline final var label: String?
  /// Where entries were registered, by their numbers, while somebody observes.
  @exclusivity(unchecked) @usableFromInline final var origins: [UInt32: DeferralOrigin] = [:]

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
  case waits(UInt32)
  /// The deferrable was settled, this entry is of its kind, and the deferrable is open now: deliver.
  case isDue(UInt32)
  /// The deferrable was settled the other way: the entry is dropped for good.
  case dropped
}

extension Deferral {
  /// Adds an entry at the end of its line.
  @inlinable mutating func insert(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine, isNumbered: Bool
  ) -> DeferralInsertion {
    var isDue = false
    if state == .settled {
      guard reopen(for: line) else { return .dropped }
      isDue = true
    }
    if !isNumbered, line != .errbacks, first.entry == nil, hasNoOverflow, line == .callbacks || second == nil {
      first.entry = entry
      if line == .both { flags.insert(.firstIsForBoth) }
      return isDue ? .isDue(0) : .waits(0)
    }
    let serial = append(entry, line)
    return isDue ? .isDue(serial) : .waits(serial)
  }

  /// Adds an errback at the end of its line.
  @inlinable mutating func insertErrback(_ run: @escaping (Failure) -> Void) -> DeferralInsertion {
    guard state != .settled, second == nil, hasNoOverflow else {
      return insert(.errback(run), .errbacks, isNumbered: false)
    }
    second = run
    return .waits(0)
  }

  @inlinable @inline(__always) var hasNoOverflow: Bool { more == nil || overflow?.entries.isEmpty == true }

  /// The same extras as what they are. Unchecked is right: nothing else is ever stored there.
  @inlinable @inline(__always) var overflow: DeferralOverflow<Success, Failure>? {
    more.map { unsafeDowncast($0, to: DeferralOverflow<Success, Failure>.self) }
  }

  @inlinable @inline(never) mutating func append(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine
  ) -> UInt32 {
    let more = makeOverflow()
    more.lastSerial &+= 1
    more.entries.append(entry, line, serial: more.lastSerial)
    return more.lastSerial
  }

  @inlinable mutating func makeOverflow() -> DeferralOverflow<Success, Failure> {
    if let overflow { return overflow }
    let new = DeferralOverflow<Success, Failure>()
    more = new
    return new
  }

  /// Opens a settled one for a late entry, if that is of the settled kind.
  @inlinable mutating func reopen(for line: DeferralLine) -> Bool {
    let isFailed = flags.contains(.failed)
    guard line == .both || (line == .errbacks) == isFailed else { return false }
    state = isFailed ? .runsErrbacks : .runsCallbacks
    return true
  }
}

// MARK: Delivering

extension Deferral {
  /// Sets the first status; the deferrable is open then. There is no old value to be released here.
  @inlinable mutating func begin(_ status: DeferredStatus<Success, Failure>, quietly: Bool) {
    keep(status)
    guard flags.contains(.failed) else {
      state = .runsCallbacks
      return
    }
    state = .runsErrbacks
    noteFailure(quietly: quietly)
  }

  @inlinable mutating func noteFailure(quietly: Bool) {
    if quietly {
      flags.insert(.quiet)
    } else if !flags.contains(.ignoresFailure) {
      flags.insert(.untaken)
    }
  }

  /// Sets another status while it is open, and hands the old one out, to be released when the access is over.
  @usableFromInline mutating func replaceStatus(
    _ status: DeferredStatus<Success, Failure>, quietly: Bool
  ) -> DeferredStatus<Success, Failure> {
    let old = self.status
    destroyOutcome()
    keep(status)
    flags.subtract([.untaken, .quiet])
    if flags.contains(.failed) { noteFailure(quietly: quietly) }
    return old
  }

  /// Whether an entry has set a status of the other kind, so that the other line has to run.
  @inlinable var isRunningWrongLine: Bool {
    flags.contains(.failed) != (state == .runsErrbacks)
  }

  /// Empties the running line and turns to the front of the other one. What was emptied is handed out, to be released
  /// when the access is over.
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

  /// Takes the next entry of the line that runs.
  @inlinable @inline(__always) mutating func takeNext() -> DeferralItem<Success, Failure>? {
    guard state == .runsCallbacks else { return takeNextOnFailure() }
    if let entry = first.entry.take() {
      flags.remove(.firstIsForBoth)
      return DeferralItem(entry, serial: 0)
    }
    guard let overflow else { return nil }
    return overflow.entries.takeNext(of: .callbacks)
  }

  @inlinable mutating func takeNextOnFailure() -> DeferralItem<Success, Failure>? {
    if flags.contains(.firstIsForBoth), let entry = first.entry.take() {
      flags.subtract([.firstIsForBoth, .untaken])
      return DeferralItem(entry, serial: 0)
    }
    if let errback = second {
      second = nil
      flags.remove(.untaken)
      return DeferralItem(.errback(errback), serial: 0)
    }
    guard let overflow, let item = overflow.entries.takeNext(of: .errbacks) else { return nil }
    flags.remove(.untaken)
    return item
  }

  /// Closes an open one whose line has run, and hands out what is left in the other line, to be released when the
  /// access is over.
  @inlinable @inline(__always) mutating func finish() -> DeferralLeftovers<Success, Failure> {
    state = .settled
    let left = DeferralLeftovers(first: first.entry, second: second, extras: more)
    first.entry = nil
    second = nil
    if more != nil { more = extrasOfSettled() }
    return left
  }

  /// What a settled one keeps of its extras: a label, if it has one.
  @usableFromInline func extrasOfSettled() -> DeferralExtras? {
    guard let label = more?.label else { return nil }
    let extras = DeferralOverflow<Success, Failure>()
    extras.label = label
    return extras
  }
}

/// What was taken out of a deferral, only to be released: a closure's release may run anything.
@usableFromInline struct DeferralLeftovers<Success, Failure: Error> {
  @usableFromInline let first: DeferralEntry<Success, Failure>?
  @usableFromInline let second: ((Failure) -> Void)?
  @usableFromInline let extras: DeferralExtras?

  @inlinable @inline(__always) init(
    first: DeferralEntry<Success, Failure>?, second: ((Failure) -> Void)?, extras: DeferralExtras?
  ) {
    self.first = first
    self.second = second
    self.extras = extras
  }
}
