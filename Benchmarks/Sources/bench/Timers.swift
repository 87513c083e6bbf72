// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// N timers added, then cancelled in order of creation, then one turn.
func timerAddCancel(_ run: Run) {
  let loop = run.loop
  let n = run.n
  let fired = Counter()
  var random = XorShift()
  let delays = random.delays(n, 1000, 59001)
  var timers: [OneShotTimer] = []
  timers.reserveCapacity(n)
  run.region.begin()
  let start = wallNanoseconds()
  for delay in delays {
    timers.append(loop.addTimer(after: delay) { fired.value += 1 })
  }
  let added = wallNanoseconds()
  for timer in timers { timer.cancel() }
  run.nextTurn {
    let cancelled = wallNanoseconds()
    run.region.end()
    run.region.extra = [
      ("add_ns", decimal(Double(added - start) / Double(n))),
      ("cancel_ns", decimal(Double(cancelled - added) / Double(n))),
      ("fired", "\(fired.value)"),
    ]
    run.done()
  }
}

/// Pairs of add and cancel while K (100,000) timers are live; the turns between each 1,000 are not measured.
///
/// `by=instant` reads the clock once per 1,000 and adds by instant.
func timerAddCancelLive(_ run: Run) {
  let live = LiveTimers(run)
  if run.options["by"] == "instant" {
    live.measure { loop, fired, delays in
      let now = loop.now
      for delay in delays {
        loop.addTimer(at: now + delay) { fired.value += 1 }.cancel()
      }
    }
  } else {
    live.measure { loop, fired, delays in
      for delay in delays {
        loop.addTimer(after: delay) { fired.value += 1 }.cancel()
      }
    }
  }
}

/// N times one of K live timers is moved; the turns between each 1,000 are not measured.
///
/// The K are moved in turn, each by its own delay anew, as activity pushes back the timeout of one connection after the
/// other. `delay=fresh` moves each to the next delay of the sequence instead, which is as often earlier as later.
/// `by=instant` reads the clock once per 1,000 and moves by instant.
func timerReset(_ run: Run) {
  let live = LiveTimers(run)
  var next = 0
  if run.options["delay"] != "fresh" {
    live.delays = (0..<run.n).map { live.liveDelays[$0 % live.liveDelays.count] }
  }
  let timers = live.timers
  if run.options["by"] == "instant" {
    live.measure { loop, _, delays in
      let now = loop.now
      for delay in delays {
        timers[next].reset(at: now + delay)
        next = next + 1 == timers.count ? 0 : next + 1
      }
    }
  } else {
    live.measure { _, _, delays in
      for delay in delays {
        timers[next].reset(after: delay)
        next = next + 1 == timers.count ? 0 : next + 1
      }
    }
  }
}

/// K live timers, and N further delays that are worked through in blocks of 1,000.
private final class LiveTimers {
  private let run: Run
  private let fired = Counter()
  private var turns: Int64 = 0
  let liveDelays: [Duration]
  let timers: [OneShotTimer]
  var delays: [Duration]

  init(_ run: Run) {
    self.run = run
    let fired = self.fired
    var random = XorShift()
    liveDelays = random.delays(max(1, Int(run.k)), 30000, 60001)
    delays = random.delays(run.n, 30000, 60001)
    timers = liveDelays.map { run.loop.addTimer(after: $0) { fired.value += 1 } }
  }

  func measure(from first: Int = 0, _ body: @escaping (EventLoop, Counter, ArraySlice<Duration>) -> Void) {
    let past = min(first + 1000, run.n)
    run.region.begin()
    body(run.loop, fired, delays[first..<past])
    run.region.end()
    let start = wallNanoseconds()
    run.nextTurn { [self] in
      turns += wallNanoseconds() - start
      if past < run.n { return measure(from: past, body) }
      check(fired.value == 0, "a timer fired that should not")
      for timer in timers {
        check(timer.isPending, "a timer was lost")
        timer.cancel()
      }
      run.region.extra = [
        ("live", "\(timers.count)"), ("turn_ns", decimal(Double(turns) / Double(run.n))),
      ]
      run.done()
    }
  }
}

/// N timers of 0 to 100 ms, and how late they are on the loop's own clock.
func timerFire(_ run: Run) {
  let loop = run.loop
  let n = run.n
  var random = XorShift()
  let delays = random.delays(n, 0, 101)
  let late = Lateness(run)
  run.region.begin()
  for delay in delays {
    let due = loop.now + delay
    loop.addTimer(after: delay) { late.note(due) }
  }
}

private final class Lateness {
  private let run: Run
  private var nanoseconds: [Int64] = []

  init(_ run: Run) {
    self.run = run
    nanoseconds.reserveCapacity(run.n)
  }

  func note(_ due: Instant) {
    nanoseconds.append(run.loop.now.nanoseconds - due.nanoseconds)
    guard nanoseconds.count == run.n else { return }
    run.region.end()
    nanoseconds.sort()
    check(nanoseconds[0] >= 0, "a timer fired \(-nanoseconds[0]) ns early")
    run.region.extra = [
      ("late_max_ms", milliseconds(100)), ("late_p99_ms", milliseconds(99)),
      ("late_p50_ms", milliseconds(50)), ("late_min_ms", milliseconds(0)),
    ]
    run.done()
  }

  /// A percentile by nearest rank.
  private func milliseconds(_ percent: Int) -> String {
    let rank = max(1, (percent * nanoseconds.count + 99) / 100)
    return decimal(Double(nanoseconds[rank - 1]) / 1e6, 3)
  }
}

/// N periodic timers of 1 ms, for K seconds.
///
/// `pace` is the name of a `PeriodicTimer.Pace`.
func periodic(_ run: Run) {
  let loop = run.loop
  let ticks = Counter()
  let pace: PeriodicTimer.Pace =
    switch run.options["pace"] {
    case "fixedDelay": .fixedDelay
    case "catchUp": .catchUp
    default: .fixedRate
    }
  var timers: [PeriodicTimer] = []
  timers.reserveCapacity(run.n)
  run.region.begin()
  for _ in 0..<run.n {
    timers.append(loop.addPeriodicTimer(every: .milliseconds(1), pace: pace) { ticks.value += 1 })
  }
  loop.addTimer(after: .seconds(run.k)) { [timers] in
    run.region.end()
    for timer in timers { timer.cancel() }
    run.region.extra = [
      ("ticks", "\(ticks.value)"), ("ideal", decimal(Double(run.n) * run.k * 1000)),
      ("fired_ratio", decimal(Double(ticks.value) / (Double(run.n) * run.region.seconds * 1000), 4)),
    ]
    run.done()
  }
}
