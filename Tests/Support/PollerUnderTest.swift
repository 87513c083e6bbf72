// SPDX-License-Identifier: Apache-2.0

public import Reactor

/// The poller that the suite's real loops wait with: `REACTOR_POLLER`, or the system's best.
///
/// The suite is run again with `REACTOR_POLLER=poll`.
public enum PollerUnderTest {
  /// Which one.
  public static let kind: EventLoop.PollerKind = {
    let name = environment("REACTOR_POLLER") ?? "automatic"
    guard let kind = EventLoop.PollerKind(rawValue: name) else {
      fatalError("REACTOR_POLLER is one of \(EventLoop.PollerKind.allCases), not \(name)")
    }
    return kind
  }()

  /// A configuration with that poller.
  public static var configuration: EventLoop.Configuration { EventLoop.Configuration(poller: kind) }
}

extension EventLoop.PollerKind {
  /// The facilities that this system has: the contract of a poller is tested on each.
  public static let available: [EventLoop.PollerKind] = [.epoll, .kqueue, .poll].filter { kind in
    (try? EventLoop(EventLoop.Configuration(poller: kind))) != nil
  }
}
