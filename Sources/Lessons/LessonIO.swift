// SPDX-License-Identifier: Apache-2.0

import Concurrency

// Unchecked is right: `keys` is touched on the loop's thread only, all else is constant; logging goes through the handle.

/// What a lesson does beside the loop: it logs, and it gives keys to those who play with it.
///
/// Keys are pressed by a person, by `--do b@5.25`, or by a test; all three call the same action.
public final class LessonIO: @unchecked Sendable {
  private struct Key {
    var name: String
    var file: StaticString
    var line: UInt
    var action: () -> Void
  }

  /// The lesson's pool.
  public let pool: DeferPool
  private let handle: LoopHandle
  private let raiseSignal: @Sendable (Signal) -> Void
  private var keys: [Key] = []

  /// What a lesson on that loop gets.
  ///
  /// - Parameters:
  ///   - threads: How many the pool has.
  ///   - raise: Raises a signal in the calling thread.
  public init(_ loop: EventLoop, threads: Int, raise: @escaping @Sendable (Signal) -> Void) {
    pool = DeferPool(threads: threads, name: "pool")
    handle = loop.handle
    raiseSignal = raise
    // Actions capture the loop, which must not keep itself.
    loop.whenClosing { [weak self] in self?.keys = [] }
  }

  /// Logs a line, on any thread: it stands in the log beside the callback that is running.
  public func log(_ text: String, file: StaticString = #fileID, line: UInt = #line) {
    note(LoopEvent(.log, file: file, line: line, label: text))
  }

  /// Lets a key do something.
  ///
  /// The last action that a key was given is the one that it does.
  public func onKey(
    _ key: String, file: StaticString = #fileID, line: UInt = #line, _ action: @escaping () -> Void
  ) {
    note(LoopEvent(.keyArm, file: file, line: line, label: key))
    keys.removeAll { $0.name == key }
    keys.append(Key(name: key, file: file, line: line, action: action))
  }

  /// Raises a signal in the calling thread.
  public func raise(_ signal: Signal) { raiseSignal(signal) }

  /// The keys that do something now.
  public var keyNames: [String] { keys.map(\.name) }

  /// Presses a key, in a callback of the loop.
  ///
  /// - Returns: false if it does nothing.
  @discardableResult public func press(_ key: String) -> Bool {
    guard let pressed = keys.first(where: { $0.name == key }) else { return false }
    let id = EventLoop.newEventID()
    EventLoop.note(LoopEvent(.keyBegin, id: id, file: pressed.file, line: pressed.line, label: key))
    pressed.action()
    EventLoop.note(LoopEvent(.keyEnd, id: id, file: pressed.file, line: pressed.line, label: key))
    return true
  }

  private func note(_ event: @autoclosure () -> LoopEvent) {
    // Inside a run the loop knows what is running; outside of one nothing is.
    if handle.isOnLoop { EventLoop.note(event()) } else { handle.note(event()) }
  }
}
