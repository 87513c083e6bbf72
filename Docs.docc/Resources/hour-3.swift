import Concurrency

/// Ends when nobody has used it for an hour, and is saved then: that blocks, so a thread of the pool does it.
public final class Session: Deferrable {
  /// Succeeds when the session has been saved.
  public var deferral = Deferral<Void, any Error>()
  private var timer: OneShotTimer?

  /// Begins one that `save` writes down.
  public init(on loop: EventLoop, save: @escaping @Sendable () throws -> Void) {
    timer = loop.addTimer(after: .seconds(3600)) {
      loop.defer(save) {
        self.succeed()
      } errback: { error in
        self.fail(error)
      }
    }
  }

  /// Begins the hour anew.
  public func use() {
    timer?.reset(after: .seconds(3600))
  }
}
