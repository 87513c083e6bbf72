// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// One callback that asks to be called in the next turn, until it has run N times.
///
/// The callback captures one reference, so asking allocates nothing, as with a C program's handle.
func tickChain(_ run: Run) {
  Chain(run).begin()
}

private final class Chain {
  private let run: Run
  private let loop: EventLoop
  private var left: Int

  init(_ run: Run) {
    self.run = run
    loop = run.loop
    left = run.n
  }

  func begin() {
    run.region.begin()
    loop.nextTick { self.tick() }
  }

  private func tick() {
    left -= 1
    if left > 0 { return loop.nextTick { self.tick() } }
    run.region.end()
    run.done()
  }
}

/// `tick_chain` with an observer that asks for runs without times and does nothing.
func observerOn(_ run: Run) {
  run.loop.observer = Silent()
  tickChain(run)
}

private final class Silent: LoopObserver {
  let interest: LoopInterest = [.runs]
  func observe(_ event: LoopEvent) {}
}

/// N ticks asked for from one place, with a fresh closure each.
func tickBatch(_ run: Run) {
  let countdown = Countdown(run.n) {
    run.region.end()
    run.done()
  }
  let loop = run.loop
  run.region.begin()
  for _ in 0..<run.n {
    loop.nextTick { countdown.one() }
  }
}

/// Two processes that notify each other, N notifications in all.
func spawnPingpong(_ run: Run) {
  let table = Table(run)
  table.ping = run.loop.spawn { (message: Int) in table.receive(message, other: table.pong) }
  table.pong = run.loop.spawn { (message: Int) in table.receive(message, other: table.ping) }
  run.region.begin()
  table.ping.notify(run.n)
}

private final class Table {
  var ping: SpawnedProcess<Int>!
  var pong: SpawnedProcess<Int>!
  private let run: Run
  private var received = 0

  init(_ run: Run) { self.run = run }

  func receive(_ message: Int, other: SpawnedProcess<Int>) {
    received += 1
    if message > 1 { return other.notify(message - 1) }
    run.region.end()
    check(received == run.n, "spawn_pingpong lost a message")
    ping = nil  // they keep the table
    pong = nil
    run.done()
  }
}

/// N elements through a chunker, K (100) a turn.
func chunk(_ run: Run) {
  let sum = Counter()
  run.region.begin()
  run.loop.chunk(0..<run.n, .elements(max(1, Int(run.k)))) { sum.value &+= $0 }
    .callback { done in
      run.region.end()
      check(done == run.n && sum.value == run.n * (run.n - 1) / 2, "chunk lost an element")
      run.done()
    }
}
