// SPDX-License-Identifier: Apache-2.0

/// A loop that runs on a thread of its own: what ``EventLoop/inBackground(_:_:)`` returns.
///
/// Any thread may use it.
///
/// ```swift
/// let background = try EventLoop.inBackground { loop in
///   loop.addTimer(after: .seconds(1)) { print("one second later") }
/// }
/// background.handle.schedule { loop in loop.stop() }
/// try background.join()
/// ```
///
/// Dropping it stops nothing: the loop runs on.
public final class BackgroundLoop: Sendable {
  struct State {
    /// Set when the body has returned.
    var handle: LoopHandle?
    /// Set when the loop has closed: with what the run, or the body, threw.
    var outcome: Result<Void, any Error>?
  }

  private let state: Locked<State>

  /// What reaches the loop.
  public let handle: LoopHandle

  fileprivate init(_ state: Locked<State>, _ handle: LoopHandle) {
    self.state = state
    self.handle = handle
  }

  /// Stops the loop, in its next turn.
  ///
  /// It may be called again, and after the end.
  public func stop() { handle.stop() }

  /// Waits until the loop has closed, and throws what its run threw.
  ///
  /// It may be called again.
  ///
  /// - Precondition: not on the loop's own thread.
  @available(*, noasync, message: "join blocks its thread")
  public func join() throws {
    precondition(!handle.isOnLoop, "join() was called on the loop's own thread, which it would wait for")
    try state.wait { $0.outcome }?.get()
  }
}

extension BackgroundLoop: CustomStringConvertible {
  /// The loop's handle.
  public var description: String { "BackgroundLoop(\(handle))" }
}

extension EventLoop {
  /// Makes a loop on a new thread, runs `body` inside it, and lets it turn there until it is stopped.
  ///
  /// Returns when `body` has returned, or throws what it threw; the loop has closed then. Called in an async function, it
  /// blocks for as long as `body` takes.
  public static func inBackground(
    _ configuration: Configuration = .init(), _ body: @escaping @Sendable (EventLoop) throws -> Void
  ) throws -> BackgroundLoop {
    let state = Locked(BackgroundLoop.State())
    try SystemThread.start(name: configuration.name, blocksSignals: false) {
      runInBackground(configuration, state, body)
    }
    // The handle first: a short run may have ended already.
    let begun = state.wait { state -> Result<LoopHandle, any Error>? in
      if let handle = state.handle { return .success(handle) }
      guard case .failure(let error) = state.outcome else { return nil }
      return .failure(error)
    }
    guard let begun else { preconditionFailure("a background loop has not begun; please report this") }
    return BackgroundLoop(state, try begun.get())
  }

  private static func runInBackground(
    _ configuration: Configuration, _ state: Locked<BackgroundLoop.State>,
    _ body: @escaping @Sendable (EventLoop) throws -> Void
  ) {
    let outcome = Result<Void, any Error> {
      try EventLoop(configuration).run { loop in
        try body(loop)
        state.withLock { $0.handle = loop.handle }
        state.wakeAll()
      }
    }
    state.withLock { $0.outcome = outcome }
    state.wakeAll()
  }
}
