// SPDX-License-Identifier: Apache-2.0

/// A deferrable that was released although somebody should still have heard of it: a failure that got lost, or callbacks
/// that will never run.
///
/// Two things are reported, each once, on the thread that releases the deferrable:
///
/// - It failed, and no errback, completion or derived deferrable ever heard of that failure. For those derived from it
///   the failure is theirs to report. ``Deferrable/ignoreFailure()`` says that it doesn't matter.
/// - It was never settled, and callbacks wait for it. This is reported only while a loop runs on that thread and is not
///   closing, since when a program ends much is left open; and what closing has ended is never reported later. Of a chain
///   that goes as a whole only the first one with callbacks is reported.
///
/// A failure by a job's own `cancel()` is not reported, nor are the losers of `race` and `any`.
///
/// Unless ``onReport(_:)`` says otherwise, a report is one line on standard error:
///
/// ```text
/// lost: a deferrable made at Shop/Checkout.swift:42 failed with declined, and nobody heard of it
/// ```
public struct LostDeferrable: Sendable {
  /// What was lost.
  public enum Kind: Sendable {
    /// This failure, of which nobody heard.
    case failed(any Error)
    /// The outcome: it was released unsettled, while callbacks waited for it.
    case unsettled
  }

  /// What was lost.
  public let kind: Kind
  /// The file that made the deferrable, as `#fileID`; for a mix-in, the file of its `deferral` property.
  public let file: StaticString
  /// The line there.
  public let line: UInt
  /// The name that ``Deferrable/label(_:)`` gave it.
  public let label: String?

  /// Sets what hears reports, for the whole process; `nil` brings the line on standard error back.
  ///
  /// Any thread may set it, and it is called on whichever thread releases the deferrable, while its owner is being torn
  /// down: take the report and leave. No lock is held. Tests set one that fails the test.
  ///
  /// ```swift
  /// LostDeferrable.onReport { report in fatalError(report.description) }
  /// ```
  public static func onReport(_ hook: (@Sendable (LostDeferrable) -> Void)?) {
    // The old hook is released here, outside of the lock: its captures may be anything.
    let old = hooks.withLock { current -> Hook? in
      let old = current
      current = hook.map { Hook(call: $0) }
      return old
    }
    withExtendedLifetime(old) {}
  }

  /// A struct, since a bare function type behind the lock is re-abstracted each time it is read: a frame more at each
  /// report, until the stack is full.
  private struct Hook: Sendable {
    let call: @Sendable (LostDeferrable) -> Void
  }
  private static let hooks = Locked<Hook?>(nil)

  func report() {
    let hook = Self.hooks.withLock { $0 }
    if let hook { hook.call(self) } else { StandardError.write("lost: \(self)\n") }
  }
}

extension LostDeferrable: CustomStringConvertible {
  /// One line: what was lost, and which place made it.
  public var description: String {
    let name = label.map { " (\($0))" } ?? ""
    let what =
      switch kind {
      case .failed(let error): "failed with \(error), and nobody heard of it"
      case .unsettled: "was released unsettled, and its callbacks will never run"
      }
    return "a deferrable\(name) made at \(file):\(line) \(what)"
  }
}

extension Deferral {
  // swift-format-ignore
  /// Reports what goes with this deferral, and tells what was derived from it that it goes unsettled.
  ///
  /// Returns whether there is such a thing, whose release has to be watched.
  @_effects(notEscaping self.**)
  @usableFromInline @inline(never) borrowing func reportLoss() -> Bool {
    switch state {
    case .settled:
      if case .failed(let error) = status { report(.failed(error)) }
      return false
    case .runsCallbacks, .runsErrbacks:
      return false
    case .waiting:
      break
    }
    let derived = derivedEntries
    let isHeardOf = isAwaited
    guard isHeardOf || !derived.isEmpty else { return false }
    var isUnreported = flags.contains(.unreported) || isTimeoutClosed
    if let loop = EventLoop.current, !isUnreported {
      if !loop.isStopping, isHeardOf { report(.unsettled) }
      isUnreported = loop.isStopping || isHeardOf
    }
    guard !derived.isEmpty else { return false }
    if !flags.contains(.abandoned) || isUnreported != flags.contains(.unreported) {
      let abandonment = DeferralAbandonment(isUnreported: isUnreported)
      for hear in derived { _ = hear(DeferralMessage(abandonment)) }
      abandonment.run()
    }
    return true
  }

  /// Releases the entries of one that is not settled, those of the derived kind in a way that doesn't nest.
  @usableFromInline @inline(never) borrowing func releaseEntries(_ hasDerived: Bool) {
    if hasDerived { DeferralBurial.bury(first, more) } else { first.release() }
    if flags.contains(.hasSecond) { DeferralEntry(second, .errback).release() }
  }

  private func report(_ kind: LostDeferrable.Kind) {
    LostDeferrable(kind: kind, file: file, line: UInt(line), label: more?.label).report()
  }

  /// Whether callbacks, errbacks or completions wait.
  private var isAwaited: Bool {
    flags.contains(.hasSecond) || (first.kind != .none && first.kind != .derived) || more?.entries.holdsCalls == true
  }

  /// What the waiting entries of the derived kind are called by.
  var derivedEntries: [(DeferralMessage<Success, Failure>) -> DeferralFrame?] {
    let closures = (first.kind == .derived ? [first.closure] : []) + (more?.entries.derived ?? [])
    return closures.map { $0.read(DeferralHearer<Success, Failure>.self).hear }
  }
}
