// SPDX-License-Identifier: Apache-2.0

/// One thing that waits for a deferrable's status.
@usableFromInline enum DeferralEntry<Success, Failure: Error> {
  /// Stands in the line of callbacks.
  case callback((Success) -> Void)
  /// Stands in the line of errbacks.
  case errback((Failure) -> Void)
  /// Stands in both lines.
  case completion((Result<Success, Failure>) -> Void)
  /// Stands in both lines, and settles another deferrable: what `map`, `all` and their like register.
  ///
  /// It returns what is to be delivered next, instead of delivering it.
  case derived((DeferralMessage<Success, Failure>) -> DeferralFrame?)
}

/// In which line an entry stands.
@usableFromInline enum DeferralLine {
  /// It runs on success.
  case callbacks
  /// It runs on failure.
  case errbacks
  /// It runs on either, once.
  case both
}

/// What sort of entry it is, for those who don't have it at hand.
@usableFromInline enum DeferralKind {
  case callback, errback, completion, derived

  @inlinable var line: DeferralLine {
    switch self {
    case .callback: .callbacks
    case .errback: .errbacks
    case .completion, .derived: .both
    }
  }
}

/// An entry that was taken out of its line to be run, and its number; 0 if it has none.
@usableFromInline struct DeferralItem<Success, Failure: Error> {
  @usableFromInline let entry: DeferralEntry<Success, Failure>
  @usableFromInline let serial: UInt64

  @inlinable init(_ entry: consuming DeferralEntry<Success, Failure>, serial: UInt64) {
    self.entry = entry
    self.serial = serial
  }
}

/// A place for one entry, out of which the deferral's `deinit` can move it: it must release what is derived at a time of
/// its own choosing.
@usableFromInline struct DeferralSlot<Success, Failure: Error>: ~Copyable {
  @usableFromInline var entry: DeferralEntry<Success, Failure>?

  @inlinable @inline(__always) init() { entry = nil }

  @inlinable @inline(__always) consuming func moved() -> DeferralEntry<Success, Failure>? { entry }
}

/// What an entry of the derived kind is told: the outcome of its source, or that there won't be one.
///
/// It borrows the outcome: whoever hears it copies that first thing, since the source may be given another one in
/// everything that follows.
@usableFromInline struct DeferralMessage<Success, Failure: Error> {
  @usableFromInline let words: DeferralWords
  @usableFromInline let isFailed: Bool
  /// Nobody is expected to hear of the failure, so it is reported nowhere down the chain.
  @usableFromInline let isQuiet: Bool
  /// Its entries are told of.
  @usableFromInline let isObserved: Bool
  /// The source was released unsettled.
  @usableFromInline let abandonment: DeferralAbandonment?

  /// The source has this outcome.
  @inlinable @inline(__always) init(_ words: DeferralWords, _ flags: DeferralFlags) {
    self.words = words
    isFailed = flags.contains(.failed)
    isQuiet = flags.contains(.quiet)
    isObserved = flags.contains(.observed)
    abandonment = nil
  }

  /// The source has gone.
  @usableFromInline init(_ abandonment: DeferralAbandonment) {
    words = DeferralWords()
    isFailed = false
    isQuiet = false
    isObserved = false
    self.abandonment = abandonment
  }

  /// The outcome, copied; unknown if there won't be one.
  @inlinable @inline(__always) var status: DeferredStatus<Success, Failure> {
    if abandonment != nil { return .unknown }
    if isFailed { return .failed(words.read(Failure.self)) }
    return .succeeded(words.read(Success.self))
  }
}
