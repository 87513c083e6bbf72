// SPDX-License-Identifier: Apache-2.0

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
  /// Adds a callback, a completion or a derived entry at the end of its lines, as the first one if it can be that.
  ///
  /// Returns whether it did; it doesn't if it comes late or is to be told of: then `append` does.
  @inlinable mutating func insert(_ entry: DeferralEntry) -> Bool {
    guard state != .settled, !flags.contains(.observed) else { return false }
    if first.kind == .none, extras == nil, entry.kind == .callback || !flags.contains(.hasSecond) {
      first = entry
    } else {
      insertFurther(entry)
    }
    return true
  }

  /// The same for an errback.
  @inlinable mutating func insertErrback(_ entry: DeferralEntry) -> Bool {
    guard state != .settled, !flags.contains(.observed) else { return false }
    if extras == nil, !flags.contains(.hasSecond) {
      setSecond(entry)
    } else {
      insertFurther(entry)
    }
    return true
  }

  /// Adds an entry without a number to those in the extras.
  @inlinable @inline(never) mutating func insertFurther(_ entry: DeferralEntry) {
    guard let extras else { return insertInExtras(entry) }
    extras._withUnsafeGuaranteedRef { $0.append(entry, serial: 0) }
  }

  // Apart, so that the one above has nothing to do but to jump.
  @inlinable @inline(never) mutating func insertInExtras(_ entry: DeferralEntry) {
    makeExtras()
    insertFurther(entry)
  }

  @inlinable @inline(__always) mutating func setSecond(_ errback: DeferralEntry) {
    second = errback.closure
    flags.insert(.hasSecond)
  }

  /// Adds an entry to those in the extras; it gets a number if it is to be told of, or to be cancelled.
  ///
  /// A late one opens the deferrable, if it is of the settled kind, and is the first one then.
  @inlinable mutating func append(_ entry: DeferralEntry, isCancellable: Bool) -> DeferralInsertion {
    let isNumbered = isCancellable || flags.contains(.observed)
    let isLate = state == .settled
    if isLate {
      let isFailed = flags.contains(.failed)
      guard entry.kind.isOfLine(ofErrbacks: isFailed) else { return .dropped }
      state = isFailed ? .runsErrbacks : .runsCallbacks
      if !isNumbered {
        if entry.kind == .errback { setSecond(entry) } else { first = entry }
        return .isDue(0)
      }
    }
    let serial = isNumbered ? CallbackID.draw() : 0
    if extras == nil { makeExtras() }
    extras?._withUnsafeGuaranteedRef { $0.append(entry, serial: serial) }
    return isLate ? .isDue(serial) : .waits(serial)
  }

  /// The extras.
  @inlinable @inline(__always) var more: DeferralExtras? { extras?.takeUnretainedValue() }

  /// Makes the extras; there must be none.
  @inlinable mutating func makeExtras() { extras = DeferralExtras.make() }
}
