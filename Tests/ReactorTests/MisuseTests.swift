// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

// In synchronous functions, since the bodies of exit tests are async and `run` blocks.

private func runInsideCallback(_ body: @escaping (EventLoop) throws -> Void) {
  attempt {
    try EventLoop.run { loop in loop.nextTick { attempt { try body(loop) } } }
  }
}

private let advice =
  "was called inside a callback of the same loop: let the callback return, the loop goes on by itself"

@Suite struct `A misuse` {
  @Test func `A1-run-3 N-03 is a run inside a callback of the same loop`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      runInsideCallback { try $0.run() }
    }
    expectMessage(result, "run() \(advice)")
  }

  @Test func `A1-run-3 is a run with a body there`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      runInsideCallback { try $0.run { _ in } }
    }
    expectMessage(result, "run() \(advice)")
  }

  @Test func `A1-run-3 is a run for a duration there`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      runInsideCallback { try $0.run(for: .zero) }
    }
    expectMessage(result, "run() \(advice)")
  }

  @Test func `A1-run-3 is a turn there`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      runInsideCallback { _ = try $0.turn() }
    }
    expectMessage(result, "turn() \(advice)")
  }

  @Test func `A1-run-3 is a run in the body of the run`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      attempt { try EventLoop.run { try $0.run() } }
    }
    expectMessage(result, "run() \(advice)")
  }

  @Test func `A1-run-3 is a run in a stop hook`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let loop = EventLoop.virtual()
      loop.onStop { attempt { try loop.run() } }
      loop.stop()
    }
    expectMessage(result, "run() \(advice)")
  }

  @Test func `is to join a background loop on its own thread`() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      attempt {
        let box = Locked<BackgroundLoop?>(nil)
        let background = try EventLoop.inBackground { _ in }
        box.withLock { $0 = background }
        background.handle.schedule { _ in attempt { try box.withLock { $0 }?.join() } }
        try background.join()
      }
    }
    expectMessage(result, "join() was called on the loop's own thread")
  }
}

@Suite struct `A forked child` {
  private static let message = "a forked child used an event loop of its parent: make a new EventLoop in the child"

  /// What a child does to an inherited loop; it must trap.
  private static func childTraps(_ body: (EventLoop) throws -> Void) {
    attempt {
      let loop = try EventLoop()
      let code = inForkedChild {
        attempt { try body(loop) }
        return 0
      }
      guard code < 0 else { fatalError("the child went on: \(code)") }
      // The parent's loop is unharmed.
      loop.nextTick { loop.stop() }
      try loop.run()
    }
  }

  @Test func `A1-run-22 traps when it runs an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { try $0.run(until: .idle) }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it turns an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { _ = try $0.turn(waitingAtMost: .zero) }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it queues a tick on an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { $0.nextTick {} }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it arms a timer on an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { $0.addTimer(after: .zero) {} }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it schedules on an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { $0.handle.schedule { _ in } }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it watches by an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      Self.childTraps { try $0.watch(0, for: .readable) { _ in } }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 traps when it cancels a watch of an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      attempt {
        let pipe = DescriptorPair.pipe()
        let loop = try EventLoop()
        var told = false
        let watch = try loop.watch(pipe.readEnd, for: .readable) { _ in
          told = true
          loop.stop()
        }
        let code = inForkedChild {
          watch.cancel()
          return 0
        }
        guard code < 0 else { fatalError("the child went on") }
        // Had the child taken the descriptor out of the shared epoll, nothing would be told here.
        pipe.send()
        loop.addTimer(after: .seconds(30)) { loop.stop() }
        try loop.run()
        guard told else { fatalError("the child took the parent's watch away") }
      }
    }
    expectMessage(result, Self.message)
  }

  /// What else one does to a loop on its own thread, or through its handle.
  private static var others: [(EventLoop, OneShotTimer, SignalWatch) -> Void] {
    [
      { _, timer, _ in timer.cancel() }, { _, timer, _ in timer.reset(after: .zero) },
      { _, timer, _ in timer.reset(at: .zero) }, { _, _, watch in watch.cancel() },
      { loop, _, _ in loop.onSignal(.user2) {} }, { loop, _, _ in loop.atEndOfTurn {} },
      { loop, _, _ in loop.onStop {} },
      { loop, _, _ in loop.whenClosing {} }, { loop, _, _ in loop.schedule {} }, { loop, _, _ in loop.stop() },
      { loop, _, _ in loop.block(for: .zero) }, { loop, _, _ in loop.observer = nil },
      { loop, _, _ in withExtendedLifetime(loop.handle.hold()) {} }, { loop, _, _ in _ = loop.expect { (_: Int) in } },
    ]
  }

  @Test func `A1-run-22 traps whatever else it does to an inherited loop`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      attempt {
        let loop = try EventLoop()
        let timer = loop.addTimer(after: .seconds(3600)) {}
        let watch = loop.onSignal(.user1) {}
        for (number, act) in Self.others.enumerated() {
          let code = inForkedChild {
            act(loop, timer, watch)
            return 0
          }
          guard code < 0 else { fatalError("the child went on after \(number)") }
        }
      }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 may let go of an inherited loop, and takes nothing from the parent's`() async {
    await #expect(processExitsWith: .success) {
      attempt {
        let pipe = DescriptorPair.pipe()
        var loop: EventLoop? = try EventLoop()
        _ = try loop?.watch(pipe.readEnd, for: .readable) { _ in EventLoop.current?.stop() }
        loop?.addTimer(after: .seconds(3600)) {}
        let code = inForkedChild {
          loop = nil
          return 7
        }
        guard code == 7 else { fatalError("the child ended with \(code)") }
        pipe.send()
        loop?.addTimer(after: .seconds(30)) { fatalError("the child took the parent's watch away") }
        try loop?.run()
      }
    }
  }

  @Test func `A1-run-22 traps when it goes on with a run that it was forked in`() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      attempt {
        let loop = try EventLoop()
        loop.nextTick {
          let child = forkHere()
          // The child leaves the callback, and its copy of the run goes on.
          if child == 0 { return loop.nextTick { exitNow(0) } }
          guard exitCode(of: child) < 0 else { fatalError("the child went on") }
          loop.stop()
        }
        try loop.run()
      }
    }
    expectMessage(result, Self.message)
  }

  @Test func `A1-run-22 FK-01 may make a loop of its own`() async {
    await #expect(processExitsWith: .success) {
      attempt {
        try EventLoop.run { loop in
          let code = inForkedChild {
            var history: [String] = []
            attempt {
              let own = try EventLoop()
              own.addTimer(after: .milliseconds(1)) {
                history.append("timer")
                own.handle.schedule { $0.stop() }
              }
              try own.run()
            }
            return history == ["timer"] ? 7 : 1
          }
          guard code == 7 else { fatalError("the child ended with \(code)") }
          loop.stop()
        }
      }
    }
  }
}

/// Runs `body` in a forked child, where no other thread opens or closes anything; only in exit tests.
private func inQuietProcess(_ body: () throws -> Void) {
  let code = inForkedChild {
    attempt(body)
    return 0
  }
  guard code == 0 else { fatalError("the child ended with \(code)") }
}

@Suite struct `A process` {
  @Test func `has as many descriptors after a loop as before, on each poller`() async {
    await #expect(processExitsWith: .success) {
      inQuietProcess {
        let before = openDescriptors()
        for poller in EventLoop.PollerKind.available {
          for _ in 0..<20 {
            let pipe = DescriptorPair.pipe()
            let loop = try EventLoop(EventLoop.Configuration(poller: poller))
            try loop.watch(pipe.readEnd, for: .readable) { _ in }
            loop.onSignal(.user1) {}
            loop.addTimer(after: .milliseconds(1)) { loop.stop() }
            try loop.run()
          }
          let virtual = EventLoop.virtual(EventLoop.Configuration(poller: poller))
          let pipe = DescriptorPair.pipe()
          try virtual.watch(pipe.readEnd, for: .readable) { _ in }
          virtual.stop()
        }
        expectEqual(openDescriptors(), before)
      }
    }
  }

  @Test func `PU-01 has as many descriptors after a run that threw`() async {
    await #expect(processExitsWith: .success) {
      inQuietProcess {
        let before = openDescriptors()
        for _ in 0..<20 { _ = thrown { try EventLoop.run { _ in throw Trouble("again") } } }
        expectEqual(openDescriptors(), before)
      }
    }
  }

  @Test func `A1-virtual-10 opens no descriptor for a virtual loop before its first watch`() async {
    await #expect(processExitsWith: .success) {
      inQuietProcess {
        let before = openDescriptors()
        let loop = EventLoop.virtual()
        loop.addTimer(after: .seconds(1)) {}
        loop.handle.schedule { _ in }
        try loop.run(until: .idle)
        expectEqual(openDescriptors(), before)
        expectEqual(loop.pollerKind, nil)
        let pipe = DescriptorPair.pipe()
        try loop.watch(pipe.readEnd, for: .readable) { _ in }.cancel()
        precondition(loop.pollerKind != nil && openDescriptors().count > before.count + 2)
      }
    }
  }

  @Test func `never gets 0, 1 or 2 for a loop's descriptors, where they are closed`() async {
    await #expect(processExitsWith: .success) {
      inQuietProcess {
        for descriptor in 0...2 as ClosedRange<CInt> { closeFile(descriptor) }
        for poller in EventLoop.PollerKind.available {
          let loop = try EventLoop(EventLoop.Configuration(poller: poller))
          loop.nextTick { loop.stop() }
          guard (0...2).allSatisfy({ !isOpen($0) }) else { exitNow(3) }
          try loop.run()
        }
      }
    }
  }
}
