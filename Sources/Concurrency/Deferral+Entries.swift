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
  /// Adds a callback, a completion or a derived entry at the end of its lines.
  ///
  /// It gets a number if it is to be told of.
  @inlinable mutating func insert(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine
  ) -> DeferralInsertion {
    guard state != .settled, first.entry == nil, extras == nil, line == .callbacks || second == nil,
      !flags.contains(.observed)
    else {
      return append(entry, line, isNumbered: flags.contains(.observed))
    }
    first.entry = entry
    if line == .both { flags.insert(.firstIsForBoth) }
    return .waits(0)
  }

  /// Adds an errback at the end of its line.
  ///
  /// It gets a number if it is to be told of.
  @inlinable mutating func insertErrback(
    _ run: consuming @escaping (Failure) -> Void
  ) -> DeferralInsertion {
    guard state != .settled, second == nil, extras == nil, !flags.contains(.observed) else {
      return append(.errback(run), .errbacks, isNumbered: flags.contains(.observed))
    }
    second = run
    return .waits(0)
  }

  // swift-format-ignore
  /// Adds an entry to those in the overflow.
  ///
  /// A late one opens the deferrable, if it is of the settled kind, and is the first one then.
  @_effects(notEscaping self.**)
  @inlinable @inline(never) mutating func append(
    _ entry: DeferralEntry<Success, Failure>, _ line: DeferralLine, isNumbered: Bool
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
    if extras == nil { makeOverflow() }
    extras?._withUnsafeGuaranteedRef { extras in
      Self.overflow(extras).entries.append(entry, line, serial: serial)
    }
    return isLate ? .isDue(serial) : .waits(serial)
  }

  /// The extras, for what doesn't depend on types.
  @inlinable @inline(__always) var more: DeferralExtras? { extras?.takeUnretainedValue() }

  /// The same extras as what they are.
  ///
  /// Unchecked is right: nothing else is ever stored there.
  @inlinable @inline(__always) var overflow: DeferralOverflow<Success, Failure>? {
    guard let extras else { return nil }
    return Self.overflow(extras.takeUnretainedValue())
  }

  @inlinable @inline(__always) static func overflow(_ extras: DeferralExtras) -> DeferralOverflow<Success, Failure> {
    unsafeDowncast(extras, to: DeferralOverflow<Success, Failure>.self)
  }

  /// Makes the extras; there must be none.
  @inlinable mutating func makeOverflow() {
    extras = Unmanaged.passRetained(DeferralOverflow<Success, Failure>())
  }
}
