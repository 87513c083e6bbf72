// SPDX-License-Identifier: Apache-2.0

// The layout is chosen for size: a `DefaultDeferrable` with a callback and an errback takes 104 bytes, whatever its types.
// The order of the fields lets the small ones fill the gaps behind the large ones. What few deferrables need lies in the
// extras.

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
@frozen public struct Deferral<Success, Failure: Error>: ~Copyable {
  @usableFromInline let file: StaticString
  @usableFromInline var state: DeferralState
  @usableFromInline var flags: DeferralFlags
  @usableFromInline let line: UInt32
  /// The value or the error, once there is one.
  @usableFromInline var words: DeferralWords
  /// The first entry that is not an errback.
  ///
  /// Invariant: it was added before all in the extras and, if it stands in both lines, before `second`.
  @usableFromInline var first: DeferralEntry
  /// The number that events know it by; 0 if nobody observed when it was made or settled.
  @usableFromInline var id: UInt32
  /// The closure of the first errback, if `flags` tell that there is one.
  ///
  /// Invariant: it was added before all in the extras.
  @usableFromInline var second: DeferralWords
  /// What few need, and further entries.
  // Counted by hand, since generic code releases an optional reference by its value witnesses, through five functions.
  // Unsafe is right: it is retained where it is made, released in `deinit`, and handed out with its reference in
  // `finish()`; nothing else changes it.
  @usableFromInline var extras: Unmanaged<DeferralExtras>?

  /// An unknown status, with nobody waiting.
  ///
  /// Leave out the arguments: they keep the place of the call.
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
    first = DeferralEntry()
    second = DeferralWords()
    extras = nil
  }

  // Inlined into the owner's `deinit`, which else would have to look up this type's metadata to call it.
  @inlinable @inline(__always) deinit {
    // The common one is settled, and its failure was taken: then it has no entries and nothing to report.
    let isClean = state == .settled && !flags.contains(.untaken)
    let hasDerived = isClean ? false : reportLoss()
    if state != .waiting { destroyOutcome() }
    if state != .settled { releaseEntries(hasDerived) }
    extras?.release()
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
  /// Nobody has settled it.
  ///
  /// Both lines wait.
  case waiting
  /// It is open: the line of callbacks runs, on success.
  case runsCallbacks
  /// It is open: the line of errbacks runs, on failure.
  case runsErrbacks
  /// It has its status for good.
  ///
  /// Both lines are empty.
  case settled
}

/// What else is to be known of a deferrable, yes or no.
@usableFromInline struct DeferralFlags: OptionSet, BitwiseCopyable {
  @usableFromInline let rawValue: UInt16
  @inlinable init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Its status is a failure.
  @inlinable static var failed: DeferralFlags { DeferralFlags(rawValue: 1) }
  /// It failed, and no entry has heard of that failure.
  @inlinable static var untaken: DeferralFlags { DeferralFlags(rawValue: 2) }
  /// `ignoreFailure()` was called: every failure counts as taken.
  @inlinable static var ignoresFailure: DeferralFlags { DeferralFlags(rawValue: 4) }
  /// The failure is by its own `cancel()`: it counts as taken, here and in what is derived.
  @inlinable static var quiet: DeferralFlags { DeferralFlags(rawValue: 8) }
  /// It is not to be reported as unsettled: closing ended it, or the chain that it belongs to was reported.
  @inlinable static var unreported: DeferralFlags { DeferralFlags(rawValue: 16) }
  /// What should have settled it was released.
  @inlinable static var sourceGone: DeferralFlags { DeferralFlags(rawValue: 32) }
  /// What was derived from it knows that no status will come from its source.
  @inlinable static var abandoned: DeferralFlags { DeferralFlags(rawValue: 64) }
  /// There is a `second` entry.
  @inlinable static var hasSecond: DeferralFlags { DeferralFlags(rawValue: 128) }
  /// Somebody observed when it was made or settled: its entries are numbered and told of.
  @inlinable static var observed: DeferralFlags { DeferralFlags(rawValue: 256) }
  /// Its object is a ``DeferralOwner``, to be told when it is settled from outside.
  @inlinable static var tellsOwner: DeferralFlags { DeferralFlags(rawValue: 512) }
}
