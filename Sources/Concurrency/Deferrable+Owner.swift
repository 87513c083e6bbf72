// SPDX-License-Identifier: Apache-2.0

// For the deferrables of this module that have work under way: jobs and chunkers. Settling one from outside cancels its
// work, so it has to hear of that; a closure kept for it would cost two allocations a job, a flag costs none.

/// A deferrable that wants to hear when somebody else settles it.
///
/// It says so by ``Deferrable/watchForSettling()`` in its `init`, and settles itself by
/// ``Deferrable/settleFromWithin(_:)`` or ``Deferrable/settleQuietly(_:)``.
@usableFromInline protocol DeferralOwner: AnyObject {
  /// It was settled by `succeed`, `fail`, `setDeferredStatus` or its timeout.
  ///
  /// Called once, inside that call: `status` tells the outcome already, and no entry has run. It stores no new
  /// reference to the deferrable.
  func settledFromOutside()
}

extension Deferrable where Self: DeferralOwner {
  /// From now on ``DeferralOwner/settledFromOutside()`` is called, unless it settles itself first.
  @inlinable func watchForSettling() { deferral.flags.insert(.tellsOwner) }
}

extension Deferrable {
  /// Settles it as its owner, who is not told.
  @discardableResult @inlinable
  func settleFromWithin(_ status: DeferredStatus<Success, Failure>) -> Bool {
    deferral.flags.remove(.tellsOwner)
    return settle(status, quietly: false)
  }

  /// Settles it as its owner, who is not told; a failure counts as taken, here and in all that is derived from here.
  ///
  /// For its own `cancel()`.
  @discardableResult @inlinable
  func settleQuietly(_ status: DeferredStatus<Success, Failure>) -> Bool {
    deferral.flags.remove(.tellsOwner)
    return settle(status, quietly: true)
  }

  /// Marks an unsettled one as ended by closing: neither it nor what is derived from it is reported as unsettled,
  /// whenever it is released.
  ///
  /// Its owner is no longer told.
  @usableFromInline func endQuietly() {
    deferral.flags.insert(.unreported)
    deferral.flags.remove(.tellsOwner)
  }
}
