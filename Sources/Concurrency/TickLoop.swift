// SPDX-License-Identifier: Apache-2.0

/// Runs a body once in every turn of a loop, until the body says that it is enough.
///
/// ```swift
/// var left = 10
/// loop.tickLoop {
///   left -= 1
///   return left > 0 ? .again : .stop
/// }
/// ```
///
/// Each run is a tick, so timers and descriptors are never starved; and the loop never sleeps while one runs, which is
/// what a tick loop is for. The loop keeps a running one alive, and it its loop: stop one of the two.
///
/// In EventMachine this is `EM.tick_loop` and `EM::TickLoop`.
public final class TickLoop {
  /// What a body answers.
  public enum Next: Sendable {
    /// Run me again in the next turn.
    case again
    /// That was the last time.
    case stop
  }

  private let loop: EventLoop
  private let body: () -> Next
  private let file: StaticString
  private let line: UInt
  private var stopHandlers: [() -> Void] = []
  /// Counts starts and stops: a tick of an earlier start does nothing.
  private var generation = 0
  private let members: LoopMembers
  @usableFromInline var memberIndex = 0

  /// Whether it does not run.
  public private(set) var isStopped = true

  /// Makes a stopped one.
  public init(
    on loop: EventLoop, file: StaticString = #fileID, line: UInt = #line, _ body: @escaping () -> Next
  ) {
    self.loop = loop
    self.file = file
    self.line = line
    self.body = body
    members = LoopMembers.of(loop)
    members.enter(self)
  }

  deinit { members.leave(at: memberIndex) }

  /// Begins to run the body, for the first time in the next turn; it may be started again after it has stopped.
  ///
  /// While its loop is stopping this does nothing: closing leaves tick loops stopped.
  ///
  /// - Precondition: it is stopped.
  @discardableResult public func start() -> TickLoop {
    precondition(isStopped, "this tick loop runs already: stop() it before you start() it again")
    guard !loop.isStopping else { return self }
    isStopped = false
    generation += 1
    queue()
    return self
  }

  /// Stops it: the body does not run again, and the `onStop` handlers run before this returns.
  ///
  /// Stopped, it does nothing.
  public func stop() {
    guard !isStopped else { return }
    isStopped = true
    generation += 1
    let handlers = stopHandlers
    stopHandlers = []
    for handler in handlers where !loop.isStopping { handler() }
  }

  /// Calls `handler` once when it stops, in order of adding; at once, if it is stopped.
  ///
  /// Not when the loop closes.
  @discardableResult public func onStop(_ handler: @escaping () -> Void) -> TickLoop {
    if isStopped { handler() } else { stopHandlers.append(handler) }
    return self
  }

  private func queue() {
    let started = generation
    loop.nextTick(file: file, line: line) { self.runOnce(started) }
  }

  private func runOnce(_ started: Int) {
    guard !isStopped, generation == started else { return }
    switch body() {
    case .again:
      if !isStopped, generation == started { queue() }
    case .stop:
      if generation == started { stop() }
    }
  }
}

extension TickLoop: LoopMember {
  @usableFromInline func loopIsClosing() {
    isStopped = true
    generation += 1
    stopHandlers = []
  }
}

extension TickLoop: CustomStringConvertible {
  /// Whether it runs.
  public var description: String { "TickLoop(\(isStopped ? "stopped" : "running"))" }
}

extension EventLoop {
  /// Runs `body` once in every turn, beginning with the next, until it answers `.stop`.
  ///
  /// In EventMachine this is `EM.tick_loop`.
  @discardableResult public func tickLoop(
    file: StaticString = #fileID, line: UInt = #line, _ body: @escaping () -> TickLoop.Next
  ) -> TickLoop {
    TickLoop(on: self, file: file, line: line, body).start()
  }
}
