// SPDX-License-Identifier: Apache-2.0

/// One thing that waits for a deferrable's status: a closure, and of what kind it is.
///
/// The closure is kept as values are, in ``DeferralWords``, so that code that doesn't know the types moves and releases an
/// entry without metadata. It is counted by hand: an entry that was taken out of its place is either taken apart to be
/// run, or released, once.
@usableFromInline struct DeferralEntry: BitwiseCopyable {
  @usableFromInline let closure: DeferralWords
  @usableFromInline let kind: DeferralKind

  /// An empty place.
  @inlinable @inline(__always) init() {
    closure = DeferralWords()
    kind = .none
  }

  @inlinable @inline(__always) init(_ closure: DeferralWords, _ kind: DeferralKind) {
    self.closure = closure
    self.kind = kind
  }

  @inlinable @inline(__always) init<Success>(callback: @escaping (Success) -> Void) {
    closure = DeferralWords(moving: DeferralBody(call: callback))
    kind = .callback
  }

  @inlinable @inline(__always) init<Failure>(errback: @escaping (Failure) -> Void) {
    closure = DeferralWords(moving: DeferralBody(call: errback))
    kind = .errback
  }

  @inlinable @inline(__always) init<Success, Failure>(
    completion: @escaping (Result<Success, Failure>) -> Void
  ) {
    closure = DeferralWords(moving: DeferralBody(call: completion))
    kind = .completion
  }

  @inlinable @inline(__always) init<Success, Failure>(
    derived: @escaping (DeferralMessage<Success, Failure>) -> DeferralFrame?
  ) {
    closure = DeferralWords(moving: DeferralHearer(hear: derived))
    kind = .derived
  }

  /// Releases the closure, if there is one: user code may run in that.
  @inlinable @inline(__always) func release() {
    if kind != .none { closure.releaseClosure() }
  }
}

/// An entry with its number; 0 if it has none.
@usableFromInline struct DeferralItem: BitwiseCopyable {
  @usableFromInline var entry: DeferralEntry
  @usableFromInline let serial: UInt64

  /// No entry.
  @inlinable @inline(__always) init() { self.init(DeferralEntry()) }

  @inlinable @inline(__always) init(_ entry: DeferralEntry, serial: UInt64 = 0) {
    self.entry = entry
    self.serial = serial
  }
}

/// What sort of entry it is.
@usableFromInline enum DeferralKind: UInt8, BitwiseCopyable {
  /// There is no entry.
  case none
  /// Stands in the line of callbacks.
  case callback
  /// Stands in the line of errbacks.
  case errback
  /// Stands in both lines, and runs once.
  case completion
  /// Stands in both lines, and settles another deferrable: what `map`, `all` and their like register.
  ///
  /// It returns what is to be delivered next, instead of delivering it.
  case derived

  /// Whether it stands in both lines.
  @inlinable @inline(__always) var isForBoth: Bool { self == .completion || self == .derived }

  /// Whether it stands in the line of errbacks, or else in that of callbacks.
  @inlinable @inline(__always) func isOfLine(ofErrbacks: Bool) -> Bool {
    isForBoth || self == (ofErrbacks ? .errback : .callback)
  }
}

/// A closure in a struct: a bare function type is re-abstracted where it goes through generic code, at two allocations.
// Its parameter isn't `consuming`, here and above: compiler 6.3 then forgets to retain a closure that it converts.
@usableFromInline struct DeferralBody<Input> {
  @usableFromInline let call: (Input) -> Void

  @inlinable @inline(__always) init(call: @escaping (Input) -> Void) { self.call = call }
}

/// The same for the closure of a derived entry.
@usableFromInline struct DeferralHearer<Success, Failure: Error> {
  @usableFromInline let hear: (DeferralMessage<Success, Failure>) -> DeferralFrame?

  @inlinable @inline(__always) init(hear: @escaping (DeferralMessage<Success, Failure>) -> DeferralFrame?) {
    self.hear = hear
  }
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
  /// The source was released unsettled.
  @usableFromInline let abandonment: DeferralAbandonment?

  /// The source has this outcome.
  @inlinable @inline(__always) init(_ outcome: DeferralOutcome) {
    words = outcome.words
    isFailed = outcome.flags.contains(.failed)
    isQuiet = outcome.flags.contains(.quiet)
    abandonment = nil
  }

  /// The source has gone.
  @usableFromInline init(_ abandonment: DeferralAbandonment) {
    words = DeferralWords()
    isFailed = false
    isQuiet = false
    self.abandonment = abandonment
  }

  /// The outcome, copied; unknown if there won't be one.
  @inlinable @inline(__always) var status: DeferredStatus<Success, Failure> {
    if abandonment != nil { return .unknown }
    if isFailed { return .failed(words.read(Failure.self)) }
    return .succeeded(words.read(Success.self))
  }
}
