// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Files that must not compile, each beside a twin that does.
@Suite(.serialized) struct `The compiler` {
  private func expectRefusal(
    of offending: String, with message: String, unlike allowed: String, in template: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let verdict = Compiler.verdict(on: template, offending: offending, allowed: allowed)
    #expect(verdict.offendingFails, sourceLocation: sourceLocation)
    #expect(verdict.message.contains(message), sourceLocation: sourceLocation)
    #expect(verdict.allowedSays == "", sourceLocation: sourceLocation)
  }

  @Test func `A1-api-1 refuses a loop in a closure for another thread`() {
    expectRefusal(
      of: "loop.stop()", with: "capture of 'loop' with non-Sendable type 'EventLoop' in a '@Sendable' closure",
      unlike: "handle.stop()",
      in: """
        import Reactor
        func check(_ loop: EventLoop, _ handle: LoopHandle) throws {
          try SystemThread.start(name: "other") {
            «line»
          }
        }
        """)
  }

  @Test func `A1-api-1 refuses a loop in work that is scheduled on another one`() {
    expectRefusal(
      of: "outer.stop()", with: "capture of 'outer' with non-Sendable type 'EventLoop' in a '@Sendable' closure",
      unlike: "inner.stop()",
      in: """
        import Reactor
        func check(_ outer: EventLoop, _ handle: LoopHandle) {
          handle.schedule { inner in
            «line»
          }
        }
        """)
  }

  @Test func `A1-api-1 refuses a loop that goes over to a task`() {
    expectRefusal(
      of: "Task { loop.stop() }", with: "'loop'", unlike: "Task { handle.stop() }",
      in: """
        import Reactor
        func check(_ loop: EventLoop, _ handle: LoopHandle) {
          «line»
        }
        """)
  }

  @Test(arguments: ["OneShotTimer", "Watch", "SignalWatch"])
  func `A1-api-27 refuses a small handle on another thread`(_ type: String) {
    expectRefusal(
      of: "thing.cancel()", with: "capture of 'thing' with non-Sendable type '\(type)' in a '@Sendable' closure",
      unlike: "handle.stop()",
      in: """
        import Reactor
        func check(_ thing: \(type), _ handle: LoopHandle) throws {
          try SystemThread.start(name: "other") {
            «line»
          }
        }
        """)
  }

  @Test(arguments: [
    ("try EventLoop.run { _ in }", "run"), ("_ = try loop.turn()", "turn"), ("try background.join()", "join"),
  ])
  func `A1-api-25 refuses what blocks its thread in async code`(_ line: String, _ name: String) {
    let verdict = Compiler.verdict(
      on: """
        import Reactor
        func check(_ loop: EventLoop, _ background: BackgroundLoop) async throws {
          «line»
        }
        """, offending: line, allowed: "loop.stop()")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("'\(name)' is unavailable from asynchronous contexts; \(name) blocks its thread"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A1-run-19 refuses to deliver a value that isn't Sendable`() {
    expectRefusal(
      of: "loop.expect { (_: Plain) in }", with: "type 'Plain' does not conform to the 'Sendable' protocol",
      unlike: "loop.expect { (_: Int) in }",
      in: """
        import Reactor
        final class Plain { var value = 1 }
        func check(_ loop: EventLoop) {
          _ = «line»
        }
        """)
  }

  @Test
  func `A1-api-33 lets closures that stay on the loop capture anything, and those that cross threads nothing unsafe`() {
    expectRefusal(
      of: "loop.handle.schedule { _ in plain.value += 1 }",
      with: "capture of 'plain' with non-Sendable type 'Plain' in a '@Sendable' closure",
      unlike: "loop.nextTick { plain.value += 1 }",
      in: """
        import Reactor
        final class Plain { var value = 1 }
        func check(_ loop: EventLoop, _ plain: Plain) {
          «line»
        }
        """)
  }

  @Test func `A1-api-3 refuses a background body that captures what isn't Sendable`() {
    expectRefusal(
      of: "plain.value += 1", with: "capture of 'plain' with non-Sendable type 'Plain' in a '@Sendable' closure",
      unlike: "loop.stop()",
      in: """
        import Reactor
        final class Plain { var value = 1 }
        func check(_ plain: Plain) throws -> BackgroundLoop {
          try EventLoop.inBackground { loop in
            «line»
            loop.stop()
          }
        }
        """)
  }
}

// Promises that can't be broken:
// EH-03: impossible by type: a callback can't throw, so no error leaves it but by `stop(throwing:)`.
// B-26: impossible by type: as EH-03; an error can't end the batch of ticks behind anybody's back.
