// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Names one callback or errback, to cancel it.
///
/// No two entries of a process have the same number, so one that has run, or is given to another deferrable, names
/// nothing.
public struct CallbackID: Hashable, Sendable {
  @usableFromInline let serial: UInt64

  @inlinable init(_ serial: UInt64) { self.serial = serial }

  private static let last = Atomic<UInt64>(0)

  /// A number that no entry has had; never 0.
  @usableFromInline static func draw() -> UInt64 { last.add(1, ordering: .relaxed).newValue }
}

extension CallbackID: CustomStringConvertible {
  /// Its number.
  public var description: String { "CallbackID(\(serial))" }
}

extension Deferrable {
  /// Adds a callback as ``callback(file:line:_:)`` does, and returns what ``cancel(_:)`` needs.
  @inlinable @discardableResult
  public func addCallback(
    file: StaticString = #fileID, line: UInt = #line, _ body: consuming @escaping (Success) -> Void
  ) -> CallbackID {
    CallbackID(enrollNumbered(DeferralEntry(callback: body), file, line))
  }

  /// Adds an errback as ``errback(file:line:_:)`` does, and returns what ``cancel(_:)`` needs.
  @inlinable @discardableResult
  public func addErrback(
    file: StaticString = #fileID, line: UInt = #line, _ body: consuming @escaping (Failure) -> Void
  ) -> CallbackID {
    CallbackID(enrollNumbered(DeferralEntry(errback: body), file, line))
  }

  /// Adds an entry with a number, and returns that; 0 if it was dropped.
  @inlinable func enrollNumbered(_ entry: DeferralEntry, _ file: StaticString, _ line: UInt) -> UInt64 {
    let insertion = deferral.append(entry, isCancellable: true)
    switch insertion {
    case .waits(let serial), .isDue(let serial):
      if deferral.flags.contains(.observed) { noteArmed(entry.kind, serial, file, line) }
      if case .isDue = insertion { deliver() }
      return serial
    case .dropped:
      entry.release()
      return 0
    }
  }

  /// Takes a callback or errback out of its line and releases it; also while that line runs.
  ///
  /// One that has run, was cancelled, or belongs to another deferrable is left alone.
  ///
  /// ```swift
  /// let id = answer.addCallback { print($0) }
  /// answer.cancel(id)
  /// ```
  ///
  /// In EventMachine this is `cancel_callback` and `cancel_errback`.
  public func cancel(_ id: CallbackID) {
    // Released at the end, when nothing of the deferral is being accessed.
    guard id.serial != 0, let extras = deferral.more else { return }
    let entry = extras.entries.remove(serial: id.serial)
    guard entry.kind != .none else { return }
    noteCancelled(entry.kind, extras.origins.removeValue(forKey: id.serial))
    entry.release()
  }
}
