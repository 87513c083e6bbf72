// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// One trivial operation at a time on the pool; the callback sends the next.
func deferRoundtrip(_ run: Run) {
  RoundTrips(run).begin()
}

private final class RoundTrips {
  private let run: Run
  private let pool: DeferPool
  private var received = 0
  private var sum = 0

  init(_ run: Run) {
    self.run = run
    pool = poolAsked(for: run)
  }

  func begin() {
    run.region.begin()
    send()
  }

  private func send() {
    let value = received
    run.loop.defer(on: pool, { value + 1 }, callback: { self.receive($0) })
  }

  private func receive(_ value: Int) {
    sum += value
    received += 1
    if received < run.n { return send() }
    run.region.end()
    check(sum == run.n * (run.n + 1) / 2, "defer_roundtrip lost a job")
    run.done()
  }
}

/// N trivial operations sent to the pool at once.
func deferThroughput(_ run: Run) {
  let pool = poolAsked(for: run)
  let loop = run.loop
  let results = Results(run)
  run.region.begin()
  for i in 0..<run.n { loop.defer(on: pool, { i + 1 }, callback: { results.receive($0) }) }
}

/// Counts the results of jobs.
///
/// One object, since a closure over exactly one class reference needs no allocation.
private final class Results {
  private let run: Run
  private var left: Int
  private var sum = 0

  init(_ run: Run) {
    self.run = run
    left = run.n
  }

  func receive(_ value: Int) {
    sum += value
    left -= 1
    guard left == 0 else { return }
    run.region.end()
    check(sum == run.n * (run.n + 1) / 2, "defer_throughput lost a job")
    run.done()
  }
}

/// The shared pool, or with `threads=T` one of that size, which serves the warm-up and the measured run.
private func poolAsked(for run: Run) -> DeferPool {
  guard let threads = run.options["threads"].flatMap({ Int($0) }) else {
    run.region.extra = [("threads", "\(DeferPool.shared.threads)")]
    return .shared
  }
  run.region.extra = [("threads", "\(threads)")]
  return run.loop.local(OwnPool.self) { _ in OwnPool(threads) }.pool
}

private final class OwnPool {
  let pool: DeferPool
  init(_ threads: Int) { pool = DeferPool(threads: threads, name: "bench") }
}

/// A counter that work scheduled by another thread captures.
///
/// Unchecked: only the loop's thread touches it.
private final class LoopCounter: @unchecked Sendable {
  var value = 0
}

/// A second thread schedules a callback and blocks until it has run, N times.
func wakeup(_ run: Run) {
  let handle = run.loop.handle
  let count = LoopCounter()
  let ran = Semaphore()
  startThread {
    run.region.begin()
    for _ in 0..<run.n {
      handle.schedule { _ in
        count.value += 1
        ran.signal()
      }
      ran.wait()
    }
    run.region.end()
    handle.schedule { _ in
      check(count.value == run.n, "a wake-up was lost")
      run.done()
    }
  }
}

/// A second thread schedules N callbacks without waiting.
func wakeupFlood(_ run: Run) {
  let handle = run.loop.handle
  let n = run.n
  let flood = Flood(run)
  startThread {
    run.region.begin()
    for _ in 0..<n { handle.schedule { _ in flood.arrive() } }
  }
}

/// Counts what arrives; one object, as ``Results``.
///
/// Unchecked: only the loop's thread touches what changes.
private final class Flood: @unchecked Sendable {
  private let run: Run
  private var left: Int

  init(_ run: Run) {
    self.run = run
    left = run.n
  }

  func arrive() {
    left -= 1
    guard left == 0 else { return }
    run.region.end()
    run.done()
  }
}
