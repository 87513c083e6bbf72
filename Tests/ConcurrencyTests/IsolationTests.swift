// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@Suite struct `The compiler` {
  @Test func `A2-process-8 refuses to notify a process from another thread without its address`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        func check(_ loop: EventLoop) throws {
          let process = loop.spawn { (number: Int) in print(number) }
          let address = process.address
          try SystemThread.start(name: "other") {
            «line»
          }
          _ = (process, address)
        }
        """, offending: "process.notify(4)", allowed: "address.notify(4)")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'process' with non-Sendable type 'SpawnedProcess<Int>'"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A2-process-8 refuses the address of a process whose messages can't cross threads`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        final class Box { var value = 0 }
        func check(_ loop: EventLoop) {
          let process = loop.spawn { (_: «line») in }
          _ = process.address
        }
        """, offending: "Box", allowed: "[Int]")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("type 'Box' does not conform to the 'Sendable' protocol"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A2-job-4 refuses a deferred operation that captures what stays on the loop`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        func check(_ loop: EventLoop) {
          let count = 4
          loop.defer {
            «line»
          } callback: {
            loop.stop()
          }
          _ = count
        }
        """, offending: "loop.stop()", allowed: "print(count)")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'loop' with non-Sendable type 'EventLoop'"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A2-job-4 refuses a deferred operation that captures an object of nobody's`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        final class Box { var value = 0 }
        func check(_ loop: EventLoop, _ box: Box) {
          let value = box.value
          loop.defer {
            print(«line»)
          }
          _ = value
        }
        """, offending: "box.value", allowed: "value")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'box' with non-Sendable type 'Box'"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A2-job-1 lets the callbacks of a deferred operation capture anything`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        final class Box { var value = 0 }
        func check(_ loop: EventLoop, _ box: Box) {
          «line»
        }
        """, offending: "loop.defer { box.value } callback: { box.value = $0 }",
      allowed: "loop.defer { 4 } callback: { box.value = $0 }")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'box' with non-Sendable type 'Box'"))
    #expect(verdict.allowedSays == "")
  }

  @Test(arguments: [
    ("PeriodicTimer", "loop.addPeriodicTimer(every: .seconds(1)) {}", "thing.cancel()"),
    ("TickLoop", "loop.tickLoop { .again }", "thing.stop()"),
    ("Chunker", "loop.chunk([1], .elements(1)) { _ in }", "thing.cancel()"),
    ("DeferredJob<Int>", "loop.defer { 4 }", "thing.cancel()"),
    ("DefaultDeferrable<Int, Never>", "DefaultDeferrable<Int, Never>()", "thing.succeed(4)"),
  ])
  func `A2-thread-1 keeps what lives on a loop there`(_ type: String, _ making: String, _ use: String) {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        func check(_ loop: EventLoop) throws {
          let thing = \(making)
          try SystemThread.start(name: "other") {
            «line»
          }
          \(use)
        }
        """, offending: use, allowed: "print(4)")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'thing' with non-Sendable type '\(type)'"))
    #expect(verdict.allowedSays == "")
  }

  @Test func `A2-thread-1 keeps a class of one's own that is a deferrable there`() {
    let verdict = Compiler.verdict(
      on: """
        import Concurrency
        final class Download: Deferrable {
          var deferral = Deferral<Int, Never>()
        }
        func check() throws {
          let download = Download()
          try SystemThread.start(name: "other") {
            «line»
          }
          download.succeed(4)
        }
        """, offending: "download.succeed(4)", allowed: "print(4)")
    #expect(verdict.offendingFails)
    #expect(verdict.message.contains("capture of 'download' with non-Sendable type 'Download'"))
    #expect(verdict.allowedSays == "")
  }
}
