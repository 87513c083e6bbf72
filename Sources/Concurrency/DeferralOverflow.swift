// SPDX-License-Identifier: Apache-2.0

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
