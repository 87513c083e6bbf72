// SPDX-License-Identifier: Apache-2.0

/// What few deferrables need: the entries beyond the first ones, a timeout, numbers, a label.
// Unchecked is right everywhere here: each access is one short statement of the deferral, and no user code runs in it.
@usableFromInline final class DeferralExtras {
  @exclusivity(unchecked) var entries = DeferralEntryList()
  @exclusivity(unchecked) var timer: OneShotTimer?
  @exclusivity(unchecked) var label: String?
  /// Where entries were registered, by their numbers, while somebody observes.
  @exclusivity(unchecked) var origins: [UInt64: DeferralOrigin] = [:]

  private init() {}

  @usableFromInline static func make() -> Unmanaged<DeferralExtras> { Unmanaged.passRetained(DeferralExtras()) }

  // Called, not inlined: not being generic, they are the same for all deferrables.
  @usableFromInline func append(_ entry: DeferralEntry, serial: UInt64) { entries.append(entry, serial: serial) }

  @usableFromInline func takeNext(ofErrbacks: Bool) -> DeferralItem { entries.takeNext(ofErrbacks: ofErrbacks) }

  func takeEntries() -> DeferralEntryList {
    var taken = DeferralEntryList()
    swap(&taken, &entries)
    return taken
  }

  /// What a settled deferrable keeps of it: a label, if it has one.
  @usableFromInline func remainder() -> Unmanaged<DeferralExtras>? {
    guard let label else { return nil }
    let kept = DeferralExtras()
    kept.label = label
    return Unmanaged.passRetained(kept)
  }
}

/// Where an entry was registered, and the number that events know it by.
struct DeferralOrigin {
  let id: UInt64
  let file: StaticString
  let line: UInt
}
