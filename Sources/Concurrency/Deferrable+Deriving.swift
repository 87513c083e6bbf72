// SPDX-License-Identifier: Apache-2.0

// The two sides of deriving: a source takes an entry that hears its outcome, a target follows it.

extension Deferrable {
  /// Adds an entry of the derived kind, to both lines: `hear` is called once with the outcome, in its place in the
  /// line, and returns the frame of what it settled.
  ///
  /// If this deferrable goes unsettled, `hear` is told that instead; if it doesn't go but was itself abandoned, `hear`
  /// is told now.
  ///
  /// A failure that it hears counts as taken. The entry doesn't count as a waiting callback.
  @inlinable func derive(
    _ file: StaticString, _ line: UInt,
    _ hear: @escaping (DeferralMessage<Success, Failure>) -> DeferralFrame?
  ) {
    enroll(DeferralEntry(derived: hear), file, line)
    if deferral.flags.contains(.abandoned) { tellAbandoned(hear) }
  }

  @usableFromInline @inline(never)
  func tellAbandoned(_ hear: (DeferralMessage<Success, Failure>) -> DeferralFrame?) {
    guard deferral.state == .waiting else { return }
    let abandonment = DeferralAbandonment(isUnreported: deferral.flags.contains(.unreported))
    _ = hear(DeferralMessage(abandonment))
    abandonment.run()
  }

  /// Hears what a source says: the status to work this target's out from; unknown if there is nothing to do, since the
  /// target was settled first or the source has gone.
  @inlinable func hear<S, F>(_ message: DeferralMessage<S, F>) -> DeferredStatus<S, F> {
    guard let abandonment = message.abandonment else {
      return deferral.state == .waiting ? message.status : .unknown
    }
    abandonment.reach(self)
    return .unknown
  }

  /// Takes a status from a source: returns the frame to be run on, if there is anything to run.
  @inlinable func follow(
    _ status: DeferredStatus<Success, Failure>, quietly: Bool = false
  ) -> DeferralFrame? {
    guard !status.isUnknown else { return nil }
    let outcome = DeferralOutcome(status, quietly: quietly)
    guard open(with: outcome) else {
      outcome.destroy(Success.self, Failure.self)
      return nil
    }
    return DeferralFrame { self.advance() }
  }

  /// Takes the outcome of another deferrable: at once if it is settled, else when it is.
  @inlinable func follow<Inner: Deferrable>(
    _ inner: Inner, _ file: StaticString, _ line: UInt
  ) -> DeferralFrame? where Inner.Success == Success, Inner.Failure == Failure {
    if inner.deferral.state == .settled {
      inner.deferral.flags.remove(.untaken)
      return follow(inner.status, quietly: inner.deferral.flags.contains(.quiet))
    }
    inner.derive(file, line) { message in
      self.follow(self.hear(message), quietly: message.isQuiet)
    }
    return nil
  }
}

extension Deferrable where Failure == any Error {
  /// Takes the outcome of another deferrable, whose failure may be of any type.
  @inlinable func follow<Inner: Deferrable>(
    erasing inner: Inner, _ file: StaticString, _ line: UInt
  ) -> DeferralFrame? where Inner.Success == Success {
    if inner.deferral.state == .settled {
      inner.deferral.flags.remove(.untaken)
      return follow(inner.status.erasingFailure, quietly: inner.deferral.flags.contains(.quiet))
    }
    inner.derive(file, line) { message in
      self.follow(self.hear(message).erasingFailure, quietly: message.isQuiet)
    }
    return nil
  }
}

extension DeferredStatus {
  @inlinable var erasingFailure: DeferredStatus<Success, any Error> {
    switch self {
    case .unknown: .unknown
    case .succeeded(let value): .succeeded(value)
    case .failed(let error): .failed(error)
    }
  }
}
