import Concurrency

/// Ends when nobody has used it for an hour.
public final class Session {
  private let timer: OneShotTimer

  /// Begins one that calls back when it ends.
  public init(on loop: EventLoop, onEnd: @escaping () -> Void) {
    timer = loop.addTimer(after: .seconds(3600), onEnd)
  }
}
