// SPDX-License-Identifier: Apache-2.0

/// A signal, by its number.
public struct Signal: RawRepresentable, Hashable, Sendable {
  /// The system's number.
  public let rawValue: CInt
  /// The signal with that number.
  public init(rawValue: CInt) { self.rawValue = rawValue }
}

extension Signal: CustomStringConvertible {
  /// `signal 2`.
  public var description: String { "signal \(rawValue)" }
}

/// A signal that a loop watches: what ``EventLoop/onSignal(_:file:line:_:)`` returns.
///
/// A small value that keeps nothing alive. When the last watch of a signal is cancelled, or its loop stops, the
/// disposition that the signal had before the first one is back.
public struct SignalWatch {
  let place: LoopTable.Place
  let slot: Slab<SignalEntry>.Place

  private var loop: EventLoop? {
    guard let loop = place.loop, loop.signals.contains(slot) else { return nil }
    return loop
  }

  /// Whether the signal is still watched by it.
  public var isActive: Bool { loop != nil }

  /// Ends the watch; the second time it does nothing.
  ///
  /// Legal anywhere on the loop.
  public func cancel() {
    guard let loop else { return }
    loop.inbox.checkFork()
    loop.cancelSignal(slot)
  }

  /// Names the watch for the observer.
  @discardableResult public func label(_ name: String) -> SignalWatch {
    loop?.labelSignal(slot, name)
    return self
  }
}

@available(*, unavailable, message: "a signal watch belongs to its loop's thread")
extension SignalWatch: Sendable {}

extension SignalWatch: CustomStringConvertible {
  /// The signal, or that it is cancelled.
  public var description: String {
    guard let loop else { return "SignalWatch(cancelled)" }
    return "SignalWatch(\(loop.signals[slot].signal))"
  }
}

/// What the loop keeps for a signal's watch.
struct SignalEntry {
  let signal: Signal
  /// The signal's count when it was last told.
  var seen: UInt64
  let work: () -> Void
  var registration: Registration?
}
