// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

// Signals belong to the whole process, so each test has one of its own. What it runs is synchronous: `run` blocks.

private let number = Signal.user1.rawValue

/// A loop with a watchdog.
private func watchedLoop(_ poller: EventLoop.PollerKind) -> EventLoop {
  do {
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    expectEqual(loop.pollerKind, poller)
    loop.addTimer(after: .seconds(60)) { fatalError("the loop was not stopped") }
    return loop
  } catch {
    fatalError("\(error)")
  }
}

private func onEachPoller(_ body: (EventLoop.PollerKind) throws -> Void) {
  attempt { for poller in EventLoop.PollerKind.available { try body(poller) } }
}

@Suite struct `A signal` {
  @Test func `is told on the loop, as an ordinary callback`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) {
          history.append("signal, on loop \(loop.handle.isOnLoop)")
          loop.nextTick {
            history.append("its tick")
            loop.stop()
          }
        }
        loop.nextTick { sendSignal(number) }
        try loop.run()
        expectEqual(history, ["signal, on loop true", "its tick"])
      }
    }
  }

  @Test func `wakes a loop that sleeps`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var count = 0
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) {
          count += 1
          if count == 5 { loop.stop() } else { _ = startThreads(1) { _ in raiseSoon() } }
        }
        _ = startThreads(1) { _ in raiseSoon() }
        try loop.run()
        expectEqual(count, 5)
      }
    }
  }

  @Test func `A1-watch-5 is heard by two watches, in the order in which they were made`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) { history.append("first") }
        loop.onSignal(.user1) {
          history.append("second")
          loop.stop()
        }
        loop.onSignal(.user2) { history.append("another signal") }
        sendSignal(number)
        try loop.run()
        expectEqual(history, ["first", "second"])
      }
    }
  }

  @Test func `A1-watch-6 that was raised many times may be told once`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var count = 0
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) { count += 1 }
        for _ in 0..<100 { raiseHere(number) }
        loop.stopSoon()
        try loop.run()
        precondition((1...100).contains(count))
        // All came before the loop looked.
        expectEqual(count, 1)
      }
    }
  }

  @Test func `A1-watch-5 is heard by two loops on two threads`() async {
    await #expect(processExitsWith: .success) {
      let heard = Locked(0)
      attempt {
        let loops = try (0..<2).map { _ in
          try EventLoop.inBackground { loop in
            loop.onSignal(.user1) {
              heard.withLock { $0 += 1 }
              loop.stop()
            }
          }
        }
        sendSignal(number)
        for loop in loops { try loop.join() }
      }
      expectEqual(heard.withLock { $0 }, 2)
    }
  }

  @Test func `A1-api-11 has its old disposition back when its watch is cancelled`() async {
    await #expect(processExitsWith: .success) {
      ignoreSignal(number)
      let loop = EventLoop.virtual()
      let first = loop.onSignal(.user1) {}
      let second = loop.onSignal(.user1) {}
      expectEqual(disposition(of: number), .handled)
      first.cancel()
      first.cancel()
      expectEqual(disposition(of: number), .handled)
      second.cancel()
      expectEqual(disposition(of: number), .ignored)
      loop.onSignal(.user1) {}.cancel()
      expectEqual(disposition(of: number), .ignored)
    }
  }

  @Test func `A1-api-11 has its old disposition back when its loop stops, and when it is dropped`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) {}
        loop.nextTick {
          expectEqual(disposition(of: number), .handled)
          loop.stop()
        }
        try loop.run()
        expectEqual(disposition(of: number), .standard)
        do {
          let dropped = EventLoop.virtual()
          dropped.onSignal(.user1) {}
          expectEqual(disposition(of: number), .handled)
        }
        expectEqual(disposition(of: number), .standard)
      }
    }
  }

  @Test func `keeps its handler until the last loop that watches it has stopped`() async {
    await #expect(processExitsWith: .success) {
      let first = EventLoop.virtual(), second = EventLoop.virtual()
      first.onSignal(.user1) {}
      second.onSignal(.user1) {}
      first.stop()
      expectEqual(disposition(of: number), .handled)
      second.stop()
      expectEqual(disposition(of: number), .standard)
    }
  }

  @Test func `ends the process as before when it isn't watched any more`() async {
    await #expect(processExitsWith: .signal(Signal.user1.rawValue)) {
      let loop = EventLoop.virtual()
      loop.onSignal(.user1) {}
      raiseHere(number)
      loop.stop()
      raiseHere(number)
    }
  }

  @Test func `that came before its watch was made is not told`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) { history.append("first") }
        raiseHere(number)
        loop.onSignal(.user1) { history.append("second") }
        loop.stopSoon()
        try loop.run()
        expectEqual(history, ["first"])
      }
    }
  }

  @Test func `cancelled in the callback of another watch of it is not told`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = watchedLoop(poller)
        var second: SignalWatch?
        loop.onSignal(.user1) {
          history.append("first")
          second?.cancel()
        }
        second = loop.onSignal(.user1) { history.append("second") }
        raiseHere(number)
        loop.stopSoon()
        try loop.run()
        expectEqual(history, ["first"])
      }
    }
  }

  @Test func `may be cancelled in its own callback`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = watchedLoop(poller)
        var watch: SignalWatch?
        watch = loop.onSignal(.user1) {
          watch?.cancel()
          history.append("active \(watch?.isActive == true), \(disposition(of: number))")
          loop.stop()
        }
        sendSignal(number)
        try loop.run()
        expectEqual(history, ["active false, standard"])
      }
    }
  }

  @Test func `A1-run-14 doesn't keep a loop from going idle`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        let loop = try EventLoop(EventLoop.Configuration(poller: poller))
        loop.onSignal(.user1) {}
        try loop.run(until: .idle)
        expectEqual(disposition(of: number), .standard)
      }
    }
  }

  @Test func `that was raised is told before the loop goes idle`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        var history: [String] = []
        let loop = try EventLoop(EventLoop.Configuration(poller: poller))
        loop.onSignal(.user1) { history.append("told") }
        raiseHere(number)
        try loop.run(until: .idle)
        expectEqual(history, ["told"])
      }
    }
  }

  @Test func `A1-virtual-2 is looked at before virtual time jumps`() async {
    await #expect(processExitsWith: .success) {
      var history: [String] = []
      let loop = EventLoop.virtual()
      loop.onSignal(.user1) { history.append("signal at \(loop.now)") }
      loop.addTimer(after: .seconds(1)) {
        history.append("timer")
        raiseHere(number)
      }
      loop.addTimer(after: .seconds(2)) { history.append("timer") }
      attempt { try loop.run(until: .idle) }
      expectEqual(history, ["timer", "signal at 1.000000000 s", "timer"])
    }
  }

  @Test func `raised on a background loop's thread reaches the loop`() async {
    await #expect(processExitsWith: .success) {
      attempt {
        let heard = Locked(false)
        let background = try EventLoop.inBackground { loop in
          loop.addTimer(after: .seconds(60)) { fatalError("the signal was not told") }
          loop.onSignal(.user1) {
            heard.withLock { $0 = true }
            loop.stop()
          }
          Signal.user1.raise()
        }
        try background.join()
        expectEqual(heard.withLock { $0 }, true)
      }
    }
  }

  @Test func `interrupts no wait for longer than it takes: a timer is still not early`() async {
    await #expect(processExitsWith: .success) {
      onEachPoller { poller in
        let loop = watchedLoop(poller)
        loop.onSignal(.user1) {}
        let started = loop.now
        var fired: Instant?
        // A signal that comes when nobody watches any more would end the process.
        let threads = startThreads(1) { _ in for _ in 0..<20 { raiseSoon() } }
        loop.addTimer(after: .milliseconds(50)) {
          fired = loop.now
          threads.join()
          loop.nextTick { loop.addTimer(after: .milliseconds(20)) { loop.stop() } }
        }
        try loop.run()
        precondition(fired.map { $0 >= started + .milliseconds(50) } == true)
      }
    }
  }

  @Test func `A1-api-19 may have any number`() {
    #expect(Signal(rawValue: 99).rawValue == 99)
    #expect(Signal(rawValue: number) == .user1)
  }

  @Test(arguments: [9, 19, 0, -1, 99])
  func `A1-watch-7 that can't be watched is a misuse`(_ number: CInt) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [number] in
      EventLoop.virtual().onSignal(Signal(rawValue: number)) {}
    }
    expectMessage(result, "signal \(number) can't be watched: the kernel reserves KILL and STOP")
  }
}

private func raiseSoon() {
  spin(for: .milliseconds(1))
  sendSignal(number)
}
