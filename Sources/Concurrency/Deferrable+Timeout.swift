// SPDX-License-Identifier: Apache-2.0

extension Deferrable {
  /// Fails it with `error` if it has not been settled when `delay` has passed, from a timer of `loop`.
  ///
  /// The first status cancels the timeout; until then the loop keeps the deferrable. A second timeout replaces the first
  /// one. On a settled deferrable this does nothing.
  ///
  /// ```swift
  /// answer.timeout(after: .seconds(5), on: loop, failingWith: .timedOut)
  /// ```
  ///
  /// A timeout of a derived deferrable doesn't settle its source, which may still come to an end of its own.
  ///
  /// In EventMachine this is `timeout`.
  ///
  /// - Returns: the deferrable itself.
  @discardableResult
  public func timeout(
    after delay: Duration, on loop: EventLoop, failingWith error: Failure, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Self {
    guard deferral.state == .waiting else { return self }
    let timer = loop.addTimer(after: delay, file: file, line: line) { self.expire(error) }
    let old = deferral.exchangeTimer(timer)
    old?.cancel()
    return self
  }

  /// Cancels the timeout, if there is one: the deferrable then waits for as long as it takes, and the loop keeps it no
  /// longer.
  ///
  /// In EventMachine this is `cancel_timeout`.
  public func cancelTimeout() {
    guard let timer = deferral.exchangeTimer(nil) else { return }
    timer.cancel()
    guard deferral.flags.contains(.sourceGone) else { return }
    // Its source went while the timeout was pending; from now on nothing settles it.
    abandon()
  }

  private func expire(_ error: Failure) {
    _ = deferral.exchangeTimer(nil)
    settle(.failed(error), quietly: false)
  }
}

extension Deferral {
  /// Sets the timer of the timeout, and hands the old one out, for cancelling when the access is over.
  @usableFromInline mutating func exchangeTimer(_ timer: OneShotTimer?) -> OneShotTimer? {
    guard timer != nil || extras != nil else { return nil }
    if extras == nil { makeExtras() }
    let old = more?.timer
    more?.timer = timer
    return old
  }

  /// Whether it waits for a timeout that closing has taken away: neither fired, which settles, nor cancelled.
  var isTimeoutClosed: Bool { more?.timer?.isPending == false }
}
