// SPDX-License-Identifier: Apache-2.0

// What happens when a deferrable goes unsettled while others were derived from it. Facts: those others may be held by
// somebody, who waits for them; they may also be held by nobody but the entry that goes now, a million deep. Told one
// inside the other, or released one inside the other, they would overflow the stack. So both are done from lists.
// Telling comes first, for the whole tree: whatever hears of it finds the tree as it was. Then the entries are released,
// and a deferral that goes in consequence puts its own entries on the list of the one that is being worked off, which
// it finds by a thread-specific value: a few nanoseconds, only where something goes unsettled.

/// One walk through all that was derived from a deferrable that goes unsettled.
@usableFromInline final class DeferralAbandonment {
  /// Whether what it reaches is not to be reported: the report was made at the source, or closing is the cause.
  let isUnreported: Bool
  private var pending: [(DeferralAbandonment) -> Void] = []

  init(isUnreported: Bool) { self.isUnreported = isUnreported }

  /// Tells a derived deferrable that its source went.
  ///
  /// With a timeout pending it still has something to wait for.
  @usableFromInline func reach<Target: Deferrable>(_ target: Target) {
    guard target.deferral.receive(self) else { return }
    pending.append { abandonment in
      for hear in target.deferral.derivedEntries { _ = hear(DeferralMessage(abandonment)) }
    }
  }

  /// Tells what was derived from those reached, and so on, depth first.
  func run() {
    while let tell = pending.popLast() {
      let count = pending.count
      tell(self)
      pending[count...].reverse()
    }
  }
}

extension Deferral {
  /// Marks it as left by its source.
  ///
  /// Returns whether those derived from it have to be told.
  fileprivate mutating func receive(_ abandonment: DeferralAbandonment) -> Bool {
    guard state == .waiting else { return false }
    let wasUnreported = flags.contains(.unreported)
    flags.insert(.sourceGone)
    if abandonment.isUnreported { flags.insert(.unreported) }
    if more?.timer?.isPending == true { return false }
    let isNews = !flags.contains(.abandoned) || wasUnreported != flags.contains(.unreported)
    flags.insert(.abandoned)
    return isNews
  }
}

/// Releases entries of deferrables that went unsettled, one after the other, however deep they hang in each other.
enum DeferralBurial {
  private final class List {
    var remains: [Remains] = []
  }

  private final class Remains {
    let first: DeferralEntry
    let entries: DeferralEntryList?

    init(_ first: DeferralEntry, _ extras: DeferralExtras?) {
      self.first = first
      entries = extras?.takeEntries()
    }

    deinit { first.release() }
  }

  // Nothing here holds the remains but the list: what is let go at the end of a scope would be released one inside the
  // other after all.
  static func bury(_ first: DeferralEntry, _ extras: DeferralExtras?) {
    if let list = ThreadLocal.value as! List? {
      list.remains.append(Remains(first, extras))
      return
    }
    let list = List()
    list.remains.append(Remains(first, extras))
    ThreadLocal.value = list
    while !list.remains.isEmpty { _ = list.remains.removeLast() }
    ThreadLocal.value = nil
  }
}
