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
  @usableFromInline var first: DeferralEntry<Success, Failure>?
  /// The number that events know it by; 0 if nobody observed when it was made.
  @usableFromInline let id: UInt32
  /// The first errback. Invariant: it was added before all in the overflow.
  @usableFromInline var second: DeferralErrback<Failure>?
  @usableFromInline var more: DeferralOverflow<Success, Failure>?

  /// An unknown status, with nobody waiting. Leave out the arguments: they keep the place of the call.
  @inlinable public init(file: StaticString = #fileID, line: UInt = #line) {
    self.init(.unknown, .waiting, file, line)
  }

  @inlinable init(
    _ status: DeferredStatus<Success, Failure>, _ state: DeferralState, _ file: StaticString, _ line: UInt
  ) {
    let id = EventLoop.newEventID()
    self.file = file
    self.line = UInt32(truncatingIfNeeded: line)
    self.id = UInt32(truncatingIfNeeded: id)
    self.state = state
    flags = id == 0 ? [] : .observed
    words = DeferralWords()
    first = nil
    second = nil
    more = nil
    keep(status)
    if flags.contains(.failed) { flags.insert(.untaken) }
  }

  @inlinable deinit {
    // The common one is settled, and its failure was taken: then it has no entries and nothing to report.
    let isClean = state == .settled && !flags.contains(.untaken)
    let hasDerived = isClean ? false : reportLoss()
    if state != .waiting { destroyOutcome() }
    if hasDerived { DeferralBurial.bury(first, more) }
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
    switch status {
    case .unknown: break
    case .succeeded(let value):
      words = DeferralWords(value)
      flags.remove(.failed)
    case .failed(let error):
      words = DeferralWords(error)
      flags.insert(.failed)
    }
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

/// What few deferrables need: the entries beyond the first ones, a timeout, numbers, a label.
// Unchecked is right everywhere here: each access is one short statement of the deferral, and no user code runs in it.
@usableFromInline final class DeferralOverflow<Success, Failure: Error> {
  @exclusivity(unchecked) @usableFromInline var entries = DeferralEntryList<Success, Failure>()
  /// The number that the last entry got.
  @exclusivity(unchecked) @usableFromInline var lastSerial: UInt32 = 0
  @exclusivity(unchecked) @usableFromInline var timer: OneShotTimer?
  @exclusivity(unchecked) @usableFromInline var label: String?
  /// Where entries were registered, by their numbers, while somebody observes.
  @exclusivity(unchecked) @usableFromInline var origins: [UInt32: DeferralOrigin] = [:]

  @usableFromInline init() {}

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
    if !isNumbered, line != .errbacks, first == nil, hasNoOverflow, line == .callbacks || second == nil {
      first = consume entry
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
    second = DeferralErrback(run)
    return .waits(0)
  }

  @inlinable var hasNoOverflow: Bool { more == nil || more?.entries.isEmpty == true }

  @inlinable @inline(never) mutating func append(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine
  ) -> UInt32 {
    let more = overflow()
    more.lastSerial &+= 1
    more.entries.append(entry, line, serial: more.lastSerial)
    return more.lastSerial
  }

  @inlinable mutating func overflow() -> DeferralOverflow<Success, Failure> {
    if let more { return more }
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
  @usableFromInline mutating func turn() -> DeferralLeftovers<Success, Failure> {
    var left = DeferralLeftovers<Success, Failure>()
    if state == .runsCallbacks {
      if !flags.contains(.firstIsForBoth) { left.first = first.take() }
      if let more { left.entries = more.entries.removeAll(of: .callbacks) }
      state = .runsErrbacks
    } else {
      left.second = second.take()
      if let more { left.entries = more.entries.removeAll(of: .errbacks) }
      state = .runsCallbacks
    }
    return left
  }

  /// Takes the next entry of the line that runs.
  @inlinable mutating func takeNext() -> DeferralItem<Success, Failure>? {
    guard state == .runsCallbacks else { return takeNextOnFailure() }
    if let entry = first.take() {
      flags.remove(.firstIsForBoth)
      return DeferralItem(entry, serial: 0)
    }
    guard let more else { return nil }
    return more.entries.takeNext(of: .callbacks)
  }

  @inlinable mutating func takeNextOnFailure() -> DeferralItem<Success, Failure>? {
    if flags.contains(.firstIsForBoth), let entry = first.take() {
      flags.subtract([.firstIsForBoth, .untaken])
      return DeferralItem(entry, serial: 0)
    }
    if let errback = second.take() {
      flags.remove(.untaken)
      return DeferralItem(.errback(errback.run), serial: 0)
    }
    guard let more, let item = more.entries.takeNext(of: .errbacks) else { return nil }
    flags.remove(.untaken)
    return item
  }

  /// Closes an open one whose line has run, and hands out what is left in the other line, to be released when the
  /// access is over.
  @inlinable mutating func finish() -> DeferralLeftovers<Success, Failure> {
    state = .settled
    var left = DeferralLeftovers<Success, Failure>()
    left.first = first.take()
    left.second = second.take()
    guard let more else { return left }
    if more.label == nil { left.more = self.more.take() } else { left.entries = more.takeEntries() }
    return left
  }
}

/// What was taken out of a deferral, only to be released: a closure's release may run anything.
@usableFromInline struct DeferralLeftovers<Success, Failure: Error>: ~Copyable {
  @usableFromInline var first: DeferralEntry<Success, Failure>?
  @usableFromInline var second: DeferralErrback<Failure>?
  @usableFromInline var entries: DeferralEntryList<Success, Failure>?
  @usableFromInline var more: DeferralOverflow<Success, Failure>?

  @inlinable init() {
    first = nil
    second = nil
    entries = nil
    more = nil
  }
}
