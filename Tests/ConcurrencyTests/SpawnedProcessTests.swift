// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

// The programs of EventMachine's test_spawn.rb, line for line.
@Suite struct `EventMachine's processes` {
  @Test func `S-01 S-02 stop: code after notify runs first, and a process may stop the loop`() throws {
    var x = false
    try withRealLoop { loop in
      let s = loop.spawn {
        #expect(x)
        loop.stop()
      }
      s.notify()
      x = true
    }
    #expect(x)
  }

  @Test func `S-03 parameters: notify passes one`() throws {
    var value = 5
    try withRealLoop { loop in
      let s = loop.spawn { (v: Int) in
        value *= v
        loop.stop()
      }
      s.notify(3)
    }
    #expect(value == 15)
  }

  @Test func `S-04 multiple parameters: notify passes several`() throws {
    var value = 5
    try withRealLoop { loop in
      let s = loop.spawn { (v1: Int, v2: Int) in
        value *= v1 + v2
        loop.stop()
      }
      s.notify(3, 4)
    }
    #expect(value == 35)
  }

  @Test func `S-05 race: the notification runs after the current code path`() throws {
    var x = 0
    try withRealLoop { loop in
      let s = loop.spawn {
        x *= 2
        loop.stop()
      }
      s.notify()
      x = 2
    }
    #expect(x == 4)
  }

  @Test func `S-06 S-07 fibonacci: 25 notifications run it 25 times, and what was notified last runs last`() throws {
    var (x, y) = (1, 1)
    try withRealLoop { loop in
      let s = loop.spawn { (x, y) = (y, x + y) }
      for _ in 0..<25 { s.notify() }
      let t = loop.spawn { loop.stop() }
      t.notify()
    }
    #expect(x == 121_393)
    #expect(y == 196_418)
  }

  @Test func `S-08 S-09 another fibonacci: processes that nobody holds run in the order of notify`() throws {
    var (x, y) = (1, 1)
    try withRealLoop { loop in
      for _ in 0..<25 {
        let s = loop.spawn { (x, y) = (y, x + y) }
        s.notify()
      }
      let t = loop.spawn { loop.stop() }
      t.notify()
    }
    #expect(x == 121_393)
    #expect(y == 196_418)
  }

  @Test func `S-10 fibonacci chain: values pass along a chain of 25`() throws {
    var (a, b) = (0, 0)
    try withRealLoop { loop in
      var next = loop.spawn { (x: Int, y: Int) in
        (a, b) = (x, y)
        loop.stop()
      }
      for _ in 0..<25 {
        let n = next
        next = loop.spawn { (x: Int, y: Int) in n.notify(y, x + y) }
      }
      next.notify(1, 1)
    }
    #expect(a == 121_393)
    #expect(b == 196_418)
  }

  @Test func `S-11 yield: three notifications run three successive blocks`() throws {
    var a = 0
    try withRealLoop { loop in
      let n = SpawnedProcess(on: loop) { (process: SpawnedProcess<>) in
        a += 10
        process.yield { process in
          a += 20
          process.yield { _ in
            a += 30
            loop.stop()
          }
        }
      }
      n.notify()
      n.notify()
      n.notify()
    }
    #expect(a == 60)
  }

  @Test func `S-12 yield and notify: one notification runs three successive blocks`() throws {
    var a = 0
    try withRealLoop { loop in
      let n = SpawnedProcess(on: loop) { (process: SpawnedProcess<>) in
        a += 10
        process.yieldAndNotify { process in
          a += 20
          process.yieldAndNotify { _ in
            a += 30
            loop.stop()
          }
        }
      }
      n.notify()
    }
    #expect(a == 60)
  }

  @Test func `S-16 ping-pong: a process passes itself to another, which notifies it back`() throws {
    var pongs = 0
    try withRealLoop { loop in
      let pong = loop.spawn { (x: Int, ping: SpawnedProcess<Int>) in
        pongs += 1
        ping.notify(x - 1)
      }
      let ping = SpawnedProcess<Int>(on: loop) { ping, x in
        if x > 0 { pong.notify(x, ping) } else { loop.stop() }
      }
      ping.notify(3)
    }
    #expect(pongs == 3)
  }

  @Test func `S-17 self-notify: the new run comes after the current one`() throws {
    var n = 0
    try withRealLoop { loop in
      let process = SpawnedProcess<Int>(on: loop) { process, x in
        if x > 0 {
          n += x
          process.notify(x - 1)
        } else {
          loop.stop()
        }
      }
      process.notify(3)
    }
    #expect(n == 6)
  }
}

@Suite struct `A spawned process` {
  @Test func `S-01 A2-process-1 runs after the callback that notified it, never inside notify`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = SpawnedProcess<Int>(on: loop) { process, number in
      history.append("begin \(number)")
      if number < 3 { process.notify(number + 1) }
      history.append("end \(number)")
    }
    process.notify(1)
    history.append("notified")
    try loop.run(until: .idle)
    #expect(history == ["notified", "begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"])
  }

  @Test func `A2-process-2 shares one FIFO with nextTick`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let a = loop.spawn { (text: String) in history.append("a \(text)") }
    let b = loop.spawn { (text: String) in history.append("b \(text)") }
    a.notify("1")
    loop.nextTick { history.append("tick 2") }
    b.notify("3")
    a.notify("4")
    loop.nextTick { history.append("tick 5") }
    b.notify("6")
    try loop.run(until: .idle)
    #expect(history == ["a 1", "tick 2", "b 3", "a 4", "tick 5", "b 6"])
  }

  @Test func `S-17 notified inside its block runs in the next turn`() throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    SpawnedProcess<Int>(on: loop) { process, left in
      turns.append(loop.turnNumber)
      if left > 0 { process.notify(left - 1) }
    }.notify(3)
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4])
  }

  @Test func `S-03 S-04 takes none, one and several parameters of any type`() throws {
    final class Plain {}
    var history: [String] = []
    let loop = EventLoop.virtual()
    let plain = Plain()
    loop.spawn { history.append("none") }.notify()
    loop.spawn { (text: String?) in history.append("\(text ?? "nil")") }.notify(nil)
    loop.spawn { (number: Int, texts: [String], object: Plain) in
      history.append("\(number) \(texts) \(object === plain)")
    }.notify(4, ["four", "vier"], plain)
    try loop.run(until: .idle)
    #expect(history == ["none", "nil", "4 [\"four\", \"vier\"] true"])
  }

  @Test func `A2-process-6 shows how many messages wait`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let process = SpawnedProcess(on: loop) { (process: SpawnedProcess<>) in history.append(process.queued) }
    history.append(process.queued)
    for _ in 0..<3 { process.notify() }
    history.append(process.queued)
    try loop.run(until: .idle)
    #expect(history == [0, 3, 2, 1, 0])
  }

  @Test func `keeps thousands of messages in order while its mailbox grows and empties`() throws {
    let count = scaled(20_000)
    var heard: [Int] = []
    let loop = EventLoop.virtual()
    var sent = 0
    let process = SpawnedProcess<Int>(on: loop) { process, number in
      heard.append(number)
      // Three new ones for each that is heard, for a while: the ring grows while its head is anywhere.
      for _ in 0..<3 where sent < count {
        process.notify(sent)
        sent += 1
      }
    }
    process.notify(sent)
    sent += 1
    try loop.run(until: .idle)
    #expect(heard == Array(0..<count))
  }

  @Test func `S-11 A2-process-3 yields: the new block hears the next message, and all after it`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = SpawnedProcess<Int>(on: loop) { process, number in
      history.append("first \(number)")
      process.yield { _, number in history.append("second \(number)") }
      history.append("end of first")
    }
    for number in 1...4 { process.notify(number) }
    try loop.run(until: .idle)
    #expect(history == ["first 1", "end of first", "second 2", "second 3", "second 4"])
  }

  @Test func `A2-process-3 that yields twice in one block goes on with the last`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = SpawnedProcess<Int>(on: loop) { process, number in
      process.yield { _, number in history.append("lost \(number)") }
      process.yield { _, number in history.append("kept \(number)") }
    }
    process.notify(1)
    process.notify(2)
    try loop.run(until: .idle)
    #expect(history == ["kept 2"])
  }

  @Test func `A2-process-3 can be made to yield from outside`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (number: Int) in history.append("old \(number)") }
    process.notify(1)
    process.yield { _, number in history.append("new \(number)") }
    try loop.run(until: .idle)
    #expect(history == ["new 1"])
  }

  @Test func `S-12 S-13 A2-process-4 yields and notifies itself: the loop gets a pass between the blocks`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = SpawnedProcess<Int>(on: loop) { process, number in
      history.append("first \(number) in turn \(loop.turnNumber)")
      loop.addTimer(after: .zero) { history.append("timer in turn \(loop.turnNumber)") }
      process.yieldAndNotify(number + 1) { process, number in
        history.append("second \(number) in turn \(loop.turnNumber)")
        process.yieldAndNotify(number + 1) { _, number in
          history.append("third \(number) in turn \(loop.turnNumber)")
        }
      }
    }
    process.notify(1)
    try loop.run(until: .idle)
    #expect(history == ["first 1 in turn 1", "timer in turn 2", "second 2 in turn 2", "third 3 in turn 3"])
  }

  @Test func `A1-run-14 without messages doesn't keep the loop from idle, with one it does`() throws {
    var ran = false
    let loop = EventLoop.virtual()
    let process = loop.spawn { ran = true }
    try loop.run(until: .idle)
    #expect(!ran)
    process.notify()
    try loop.run(until: .idle)
    #expect(ran)
  }

  @Test func `describes itself`() throws {
    let loop = EventLoop.virtual()
    let process = loop.spawn { (_: Int) in }
    #expect(process.description == "SpawnedProcess(0 queued)")
    process.label("greeter").notify(1)
    #expect(process.description == "SpawnedProcess(greeter, 1 queued)")
    process.cancel()
    #expect(process.description == "SpawnedProcess(greeter, cancelled)")
  }

  @Test func `tells the observer of each message, and how many wait behind it`() throws {
    let recorder = Recorder([.runs])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    loop.nextTick {
      let process = loop.spawn { (_: Int) in }.label("greeter")
      process.notify(1)
      process.notify(2)
    }
    try loop.run(until: .idle)
    let runs = recorder.events.filter { $0.kind.subject == "process" }
    #expect(runs.map(\.kind.description) == ["process.begin", "process.end", "process.begin", "process.end"])
    #expect(runs.map(\.first) == [1, 1, 0, 0])
    #expect(runs.allSatisfy { $0.label == "greeter" && $0.id == runs[0].id && $0.id != 0 })
  }
}

@Suite struct `The life of a spawned process` {
  @Test func `A2-process-5 ends when nobody holds it and no message waits`() {
    let loop = EventLoop.virtual()
    weak var gone: SpawnedProcess<Int>?
    var history: [String] = []
    do {
      let canary = Canary { history.append("block released") }
      let process = loop.spawn { (_: Int) in withExtendedLifetime(canary) {} }
      gone = process
      #expect(gone != nil)
    }
    #expect(gone == nil)
    #expect(history == ["block released"])
  }

  @Test func `S-09 A2-process-5 goes on while a message waits`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    weak var gone: SpawnedProcess<String>?
    do {
      let canary = Canary { history.append("released") }
      let process = loop.spawn { (text: String) in withExtendedLifetime(canary) { history.append(text) } }
      gone = process
      process.notify("one")
      process.notify("two")
    }
    #expect(gone != nil)
    try loop.run(until: .idle)
    #expect(gone == nil)
    #expect(history == ["one", "two", "released"])
  }

  @Test func `A2-process-5 is not prolonged by its own block, which gets the process as a parameter`() throws {
    let loop = EventLoop.virtual()
    weak var gone: SpawnedProcess<Int>?
    do {
      let process = SpawnedProcess<Int>(on: loop) { process, left in if left > 0 { process.notify(left - 1) } }
      gone = process
      process.notify(3)
    }
    try loop.run(until: .idle)
    #expect(gone == nil)
  }

  @Test func `releases a message when the block has returned`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (_: Canary) in history.append("ran") }
    process.notify(Canary { history.append("released") })
    loop.nextTick { history.append("tick") }
    try loop.run(until: .idle)
    #expect(history == ["ran", "released", "tick"])
    withExtendedLifetime(process) {}
  }

  @Test func `releases a block that was yielded away when it has returned`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process: SpawnedProcess<Int>
    do {
      let canary = Canary { history.append("released") }
      process = SpawnedProcess<Int>(on: loop) { process, _ in
        withExtendedLifetime(canary) {
          process.yield { _, _ in }
          history.append("ran")
        }
      }
    }
    process.notify(1)
    process.notify(2)
    try loop.run(until: .idle)
    #expect(history == ["ran", "released"])
  }

  @Test func `A2-process-7 ended by cancel drops its messages, its block, and what comes later`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process: SpawnedProcess<Canary>
    do {
      let canary = Canary { history.append("block released") }
      process = loop.spawn { (_: Canary) in withExtendedLifetime(canary) { history.append("ran") } }
    }
    process.notify(Canary { history.append("message released") })
    process.cancel()
    history.append("cancelled, \(process.queued) queued")
    process.notify(Canary { history.append("late message released") })
    history.append("notified, \(process.queued) queued")
    process.cancel()
    try loop.run(until: .idle)
    #expect(
      history.sorted() == [
        "block released", "cancelled, 0 queued", "late message released", "message released", "notified, 0 queued",
      ])
    #expect(history.suffix(3) == ["cancelled, 0 queued", "late message released", "notified, 0 queued"])
  }

  @Test func `A2-process-7 ended by cancel in its own block lets that end`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process: SpawnedProcess<Int>
    do {
      let canary = Canary { history.append("released") }
      process = SpawnedProcess<Int>(on: loop) { process, number in
        withExtendedLifetime(canary) {
          history.append("begin \(number)")
          process.cancel()
          process.yieldAndNotify(9) { _, _ in history.append("never") }
          history.append("end \(number)")
        }
      }
    }
    process.notify(1)
    process.notify(2)
    try loop.run(until: .idle)
    #expect(history == ["begin 1", "end 1", "released"])
  }

  @Test func `A2-process-7 ended by cancel between two messages leaves those of others alone`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let victim = loop.spawn { (number: Int) in history.append("victim \(number)") }
    let other = loop.spawn { (number: Int) in history.append("other \(number)") }
    victim.notify(1)
    other.notify(2)
    loop.nextTick { victim.cancel() }
    victim.notify(3)
    other.notify(4)
    try loop.run(until: .idle)
    #expect(history == ["victim 1", "other 2", "other 4"])
  }

  @Test func `A1-run-8 A5-closing-9 goes through a closing without its messages, and hears the next run's`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (text: String) in history.append(text) }
    process.notify("before stop")
    process.notify("dropped")
    loop.nextTick {
      loop.stop()
      process.notify("after stop")
    }
    loop.onStop { process.notify("in a hook") }
    process.yield { _, text in history.append("heard \(text)") }
    try loop.run()
    #expect(process.queued == 0)
    process.notify("in the next run")
    try loop.run(until: .idle)
    #expect(history == ["heard before stop", "heard dropped", "heard in the next run"])
  }

  @Test func `A1-run-8 A5-closing-9 that is notified late in a closing hears nothing of it in the next run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (text: String) in history.append(text) }
    // A module's hook that comes after those of this one, and what is released after all hooks.
    loop.whenClosing { process.notify("from a module's hook") }
    loop.nextTick(releasing { process.notify("from a release") })
    loop.stop()
    #expect(process.queued == 0)
    process.notify("in the next run")
    try loop.run(until: .idle)
    #expect(history == ["in the next run"])
  }

  @Test func `A1-run-8 A5-closing-9 made late in a closing hears nothing of it in the next run`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    _ = loop.spawn {}
    var made: SpawnedProcess<String>?
    loop.whenClosing {
      let process = loop.spawn { (text: String) in history.append(text) }
      process.notify("while closing")
      made = process
    }
    loop.stop()
    #expect(made?.queued == 0)
    made?.notify("in the next run")
    try loop.run(until: .idle)
    #expect(history == ["in the next run"])
  }

  @Test func `A5-closing-9 releases its messages at closing`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (_: Canary) in history.append("ran") }
    process.notify(Canary { history.append("released") })
    loop.onStop { history.append("hook") }
    loop.stop()
    history.append("closed")
    #expect(history == ["hook", "released", "closed"])
  }

  @Test func `A1-own-3 of which nobody holds more than a message ends with the loop's closing`() throws {
    let loop = EventLoop.virtual()
    weak var gone: SpawnedProcess<Int>?
    do {
      let process = loop.spawn { (_: Int) in }
      gone = process
      process.notify(1)
    }
    loop.stop()
    #expect(gone == nil)
  }
}

@Suite struct `The address of a process` {
  @Test func `A2-process-8 notifies it from another thread; the message comes as an arrival and runs as a tick`() throws
  {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { (text: String, number: Int) in
      history.append("\(text) \(number), on the loop \(loop.handle.isOnLoop)")
    }
    let address = process.address
    onAnotherThread {
      address.notify("hello", 1)
      address.notify("hello", 2)
    }
    history.append("\(process.queued) queued")
    loop.nextTick { history.append("tick queued before") }
    try loop.run(until: .idle)
    #expect(
      history == [
        "0 queued", "tick queued before", "hello 1, on the loop true", "hello 2, on the loop true",
      ])
  }

  @Test func `A2-process-8 wakes a loop that sleeps`() throws {
    var heard = ""
    var process: SpawnedProcess<String>?
    try withRealLoop { loop in
      process = loop.spawn { (text: String) in
        heard = text
        loop.stop()
      }
      guard let address = process?.address else { return }
      // The loop sleeps, or is about to, when the thread that a timer started sends.
      loop.addTimer(after: .milliseconds(1)) { _ = startThreads(1) { _ in address.notify("wake up") } }
    }
    #expect(heard == "wake up")
    process = nil
  }

  @Test func `A2-process-8 keeps the messages of each of four threads in their order`() throws {
    let count = scaled(10_000)
    var heard: [[Int]] = Array(repeating: [], count: 4)
    let loop = try EventLoop(PollerUnderTest.configuration)
    var left = 4 * count
    let process = loop.spawn { (thread: Int, number: Int) in
      heard[thread].append(number)
      left -= 1
      if left == 0 { loop.stop() }
    }
    let address = process.address
    let threads = startThreads(4) { thread in for number in 0..<count { address.notify(thread, number) } }
    try watched(loop) { try loop.run() }
    threads.join()
    #expect(heard == Array(repeating: Array(0..<count), count: 4))
  }

  @Test func `A2-process-9 doesn't keep it alive, and drops messages to one that is gone`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let address: ProcessAddress<String>
    weak var gone: SpawnedProcess<String>?
    do {
      let process = loop.spawn { (text: String) in history.append(text) }
      gone = process
      address = process.address
      // Not looked up before the loop runs: by then it is gone.
      address.notify("too late")
    }
    #expect(gone == nil)
    #expect(address.notify("much too late"))
    // One that lies where the old one did is not confused with it.
    let other = loop.spawn { (text: String) in history.append("other \(text)") }
    other.address.notify("hello")
    try loop.run(until: .idle)
    #expect(history == ["other hello"])
  }

  @Test func `A5-threads-4 is looked up on the loop, where the process ends, while threads send`() throws {
    let count = scaled(5_000)
    var heard = 0
    let loop = try EventLoop(PollerUnderTest.configuration)
    var process = loop.spawn { (_: Int) in heard += 1 }
    let address = Locked(process.address)
    let handle = loop.handle
    let threads = startThreads(2) { thread in
      for _ in 0..<count { address.withLock { $0 }.notify(thread) }
      handle.stop()
    }
    loop.tickLoop {
      // The old process ends here, with or without messages of the two threads on their way.
      process = loop.spawn { (_: Int) in heard += 1 }
      address.withLock { $0 = process.address }
      return .again
    }
    try watched(loop) { try loop.run() }
    threads.join()
    #expect(heard <= 2 * count)
  }

  @Test func `A2-process-8 is the same for the life of the process`() {
    let loop = EventLoop.virtual()
    let process = loop.spawn { (_: Int) in }
    let other = loop.spawn { (_: Int) in }
    #expect(process.address == process.address)
    #expect(process.address != other.address)
  }

  @Test func `answers false while the loop closes and once it is gone`() {
    var answers: [Bool] = []
    let address: ProcessAddress<Int>
    do {
      let loop = EventLoop.virtual()
      let process = loop.spawn { (_: Int) in }
      address = process.address
      answers.append(address.notify(1))
      loop.onStop { answers.append(address.notify(2)) }
      loop.stop()
      answers.append(address.notify(3))
    }
    answers.append(address.notify(4))
    #expect(answers == [true, false, true, false])
  }

  @Test func `A2-process-7 of a cancelled process leads nowhere`() throws {
    var heard: [Int] = []
    let loop = EventLoop.virtual()
    let process = loop.spawn { heard.append($0) } as SpawnedProcess<Int>
    process.address.notify(1)
    loop.nextTick { process.cancel() }
    process.address.notify(2)
    try loop.run(until: .idle)
    #expect(heard == [])
    #expect(process.queued == 0)
  }
}
