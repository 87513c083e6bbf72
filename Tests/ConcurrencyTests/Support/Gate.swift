// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// What operations on other threads wait at until the test lets them go on.
final class Gate: Sendable {
  private let isOpen = Locked(false)

  /// Lets everybody through, now and later.
  func open() {
    isOpen.withLock { $0 = true }
    isOpen.wakeAll()
  }

  /// Waits until the gate is open; false if that takes a minute.
  @discardableResult func wait(sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    let passed = isOpen.wait(for: .seconds(60)) { $0 ? true : nil } ?? false
    if !passed { Issue.record("the gate stayed shut for a minute", sourceLocation: sourceLocation) }
    return passed
  }
}

/// Lines that any thread may write.
final class SharedHistory: Sendable {
  private let lines = Locked<[String]>([])
  func append(_ line: String) {
    lines.withLock { $0.append(line) }
    lines.wakeAll()
  }
  var all: [String] { lines.withLock { $0 } }
  /// In alphabetical order, for what happens at the same time.
  var sorted: [String] { all.sorted() }

  /// Waits until so many lines are there; false if that takes a minute.
  @discardableResult func wait(for count: Int, sourceLocation: SourceLocation = #_sourceLocation) -> Bool {
    let reached = lines.wait(for: .seconds(60)) { $0.count >= count ? true : nil } ?? false
    if !reached { Issue.record("only \(all) after a minute", sourceLocation: sourceLocation) }
    return reached
  }
}

/// Waits until what other threads do makes `condition` true; records an issue if that takes a minute.
func eventually(sourceLocation: SourceLocation = #_sourceLocation, _ condition: () -> Bool) {
  let pause = Locked(0)
  let end = machineTime() + .seconds(60)
  while !condition() {
    guard machineTime() < end else {
      Issue.record("not so within a minute", sourceLocation: sourceLocation)
      return
    }
    _ = pause.wait(for: .microseconds(200)) { _ -> Bool? in nil }
  }
}
