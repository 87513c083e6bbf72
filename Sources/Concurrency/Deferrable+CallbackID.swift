// SPDX-License-Identifier: Apache-2.0

/// Names one callback or errback of one deferrable, to cancel it.
public struct CallbackID: Hashable, Sendable {
  let owner: ObjectIdentifier
  let serial: UInt32

  @usableFromInline init(owner: ObjectIdentifier, serial: UInt32) {
    self.owner = owner
    self.serial = serial
  }
}

extension CallbackID: CustomStringConvertible {
  /// Its number among the entries of its deferrable.
  public var description: String { "CallbackID(\(serial))" }
}

extension Deferrable {
  /// Adds a callback as ``callback(file:line:_:)`` does, and returns what ``cancel(_:)`` needs.
  @inlinable @discardableResult
  public func addCallback(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Success) -> Void
  ) -> CallbackID {
    let serial = enrollNumbered(.callback(body), .callbacks, file, line)
    return CallbackID(owner: ObjectIdentifier(self), serial: serial)
  }

  /// Adds an errback as ``errback(file:line:_:)`` does, and returns what ``cancel(_:)`` needs.
  @inlinable @discardableResult
  public func addErrback(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping (Failure) -> Void
  ) -> CallbackID {
    let serial = enrollNumbered(.errback(body), .errbacks, file, line)
    return CallbackID(owner: ObjectIdentifier(self), serial: serial)
  }

  /// Adds an entry to those that have a number, and returns that; 0 if it was dropped.
  @inlinable func enrollNumbered(
    _ entry: DeferralEntry<Success, Failure>, _ line: DeferralLine, _ file: StaticString, _ fileLine: UInt
  ) -> UInt32 {
    if deferral.flags.contains(.observed) { return enrollObserved(entry, line, file, fileLine) }
    switch deferral.append(entry, line, isNumbered: true) {
    case .waits(let serial):
      return serial
    case .isDue(let serial):
      deliver()
      return serial
    case .dropped, .isObserved:
      return 0
    }
  }

  /// Takes a callback or errback out of its line and releases it; also while that line runs. One that has run, was
  /// cancelled, or belongs to another deferrable is left alone.
  ///
  /// ```swift
  /// let id = answer.addCallback { print($0) }
  /// answer.cancel(id)
  /// ```
  ///
  /// In EventMachine this is `cancel_callback` and `cancel_errback`.
  public func cancel(_ id: CallbackID) {
    guard id.owner == ObjectIdentifier(self), let overflow = deferral.overflow else { return }
    // Released at the end, when nothing of the deferral is being accessed.
    guard let entry = overflow.entries.remove(serial: id.serial) else { return }
    noteCancelled(entry.kinds, overflow.origins.removeValue(forKey: id.serial))
  }
}
