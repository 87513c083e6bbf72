// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport
import Testing

/// 400 years: more than a loop's clock can count.
private let tooLong = Duration.seconds(400 * 365 * 86_400)

@Suite struct `A periodic timer` {
  @Test func `T-04 fires until the loop is stopped, and not once more`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    PeriodicTimer(every: .milliseconds(20), on: loop) { _ in
      history.append(loop.elapsed)
      if history.count == 4 { loop.stop() }
    }
    try loop.run()
    try loop.run(for: .seconds(1))
    #expect(history == [.milliseconds(20), .milliseconds(40), .milliseconds(60), .milliseconds(80)])
  }

  @Test func `T-04 B-05 fires on a real loop, never early, and may stop it`() throws {
    var early: [Duration] = []
    var firings = 0
    try withRealLoop { loop in
      let start = loop.now
      PeriodicTimer(every: .milliseconds(5), on: loop) { timer in
        firings += 1
        let passed = loop.now - start
        if passed < .milliseconds(5 * (timer.firings + timer.missed)) { early.append(passed) }
        if firings == 4 { loop.stop() }
      }
    }
    #expect(firings == 4)
    #expect(early == [])
  }

  @Test func `T-05 of addPeriodicTimer fires likewise and can be cancelled`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .milliseconds(20)) { history.append(loop.elapsed) }
    loop.addTimer(after: .milliseconds(90)) { timer.cancel() }
    try loop.run(until: .idle)
    #expect(history == [.milliseconds(20), .milliseconds(40), .milliseconds(60), .milliseconds(80)])
    #expect(loop.elapsed == .milliseconds(90))
  }

  @Test func `T-05 of addPeriodicTimer hands itself to a callback that takes it`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .seconds(1)) { timer in
      history.append(timer.firings)
      if timer.firings == 3 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(history == [1, 2, 3])
  }

  @Test func `T-06 T-07 cancelled before its first firing never fires`() throws {
    var fired = false
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .milliseconds(20)) { fired = true }
    timer.cancel()
    loop.addTimer(after: .seconds(1)) {}
    try loop.run(until: .idle)
    #expect(!fired)
    #expect(timer.isCancelled)
  }

  @Test func `T-08 A2-pace-7 with interval zero fires once a turn, and doesn't hold up others`() throws {
    var turns: [Int] = []
    var history: [String] = []
    try withRealLoop { loop in
      let timer = PeriodicTimer(every: .zero, on: loop) { _ in
        turns.append(loop.turnNumber)
        loop.nextTick { if history.isEmpty { history.append("tick") } }
      }
      loop.addTimer(after: .milliseconds(2)) {
        history.append("timer")
        timer.cancel()
        loop.stop()
      }
    }
    #expect(history == ["tick", "timer"])
    #expect(turns == Array(1...turns.count).map { $0 + turns[0] - 1 })
  }

  @Test func `T-08 T-09 A2-pace-7 with interval zero may cancel itself`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    PeriodicTimer(every: .zero, on: loop) { timer in
      history.append(loop.elapsed)
      if history.count == 4 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(history == [.zero, .zero, .zero, .zero])
  }

  @Test(arguments: [PeriodicTimer.Pace.fixedDelay, .catchUp])
  func `A2-pace-7 with interval zero fires once a turn on every pace`(_ pace: PeriodicTimer.Pace) throws {
    var turns: [Int] = []
    let loop = EventLoop.virtual()
    PeriodicTimer(every: .zero, pace: pace, on: loop) { timer in
      turns.append(loop.turnNumber)
      if turns.count == 4 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(turns == [1, 2, 3, 4])
  }

  @Test func `with a negative interval is one with interval zero`() throws {
    let loop = EventLoop.virtual()
    let timer = PeriodicTimer(every: .seconds(-1), on: loop) { $0.cancel() }
    #expect(timer.interval == .zero)
    try loop.run(until: .idle)
    #expect(timer.firings == 1)
    #expect(loop.elapsed == .zero)
  }

  @Test func `A1-timers-3 arms anew at each firing, so what was armed earlier for the same instant comes first`() throws
  {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1)) { history.append("periodic \(loop.elapsed)") }
    loop.addTimer(after: .seconds(1)) { history.append("one-shot \(loop.elapsed)") }
    loop.addTimer(after: .seconds(2)) {
      history.append("one-shot \(loop.elapsed)")
      timer.cancel()
    }
    try loop.run(until: .idle)
    #expect(history == ["periodic 1.0 seconds", "one-shot 1.0 seconds", "one-shot 2.0 seconds"])
  }

  @Test func `of an hour fires 3600 times, once a second`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .seconds(1)) { history.append(loop.elapsed) }
    try loop.run(for: .seconds(3600))
    #expect(history == (1...3600).map { .seconds($0) })
  }

  @Test func `A1-timers-7 A2-pace-8 with an interval beyond 290 years never fires and doesn't keep idle waiting`()
    throws
  {
    var fired = false
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: tooLong) { fired = true }
    loop.addTimer(after: .milliseconds(20)) {}
    #expect(!timer.isCancelled)
    try loop.run(until: .idle)
    #expect(!fired)
    #expect(loop.elapsed == .milliseconds(20))
  }

  @Test(arguments: [PeriodicTimer.Pace.fixedRate, .fixedDelay, .catchUp])
  func `A2-pace-8 whose next point lies past the end of the clock never fires again`(_ pace: PeriodicTimer.Pace) throws
  {
    let centuries = Duration.seconds(200 * 365 * 86_400)
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: centuries, pace: pace) { history.append(loop.elapsed) }
    try loop.run(until: .idle)
    #expect(history == [centuries])
  }

  @Test func `describes itself`() throws {
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .milliseconds(1500)) {}
    #expect(timer.description == "PeriodicTimer(every 1.5 seconds, due at 1.500000000 s)")
    timer.cancel()
    #expect(timer.description == "PeriodicTimer(every 1.5 seconds, cancelled)")
  }

  @Test func `tells the observer of each firing, its number, what was skipped, and its label`() throws {
    let recorder = Recorder([.runs])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    loop.nextTick {
      loop.addPeriodicTimer(every: .milliseconds(10)) { timer in
        if timer.firings == 1 { loop.block(for: .milliseconds(25)) }
        if timer.firings == 3 { timer.cancel() }
      }.label("beat")
    }
    try loop.run(until: .idle)
    let firings = recorder.events.filter { $0.kind == .periodicBegin }
    #expect(firings.map { [$0.first, $0.second] } == [[1, 0], [2, 1], [3, 0]])
    #expect(firings.map(\.label) == ["beat", "beat", "beat"])
    #expect(firings.map(\.time) == [10, 35, 40].map { Instant(nanoseconds: $0 * 1_000_000) })
    #expect(recorder.events.filter { $0.kind == .periodicEnd }.map(\.first) == [1, 2, 3])
  }
}

@Suite struct `The pace of a periodic timer` {
  /// The times of the first firings of a timer of 10 ms, in milliseconds, and what it missed; `stall` is called in each.
  private func firings(
    _ count: Int, _ pace: PeriodicTimer.Pace, _ stall: @escaping (_ loop: EventLoop, _ firing: Int) -> Void
  ) throws -> (times: [Int64], missed: [Int]) {
    var times: [Int64] = []
    var missed: [Int] = []
    let loop = EventLoop.virtual()
    PeriodicTimer(every: .milliseconds(10), pace: pace, on: loop) { timer in
      times.append(loop.now.nanoseconds / 1_000_000)
      missed.append(timer.missed)
      stall(loop, timer.firings)
      if times.count == count { timer.cancel() }
    }
    try loop.run(until: .idle)
    return (times, missed)
  }

  @Test func `A2-pace-1 is fixedRate unless said: 100 firings of 10 ms with a 3 ms callback end at 1.00 s`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    PeriodicTimer(every: .milliseconds(10), on: loop) { timer in
      history.append(loop.elapsed)
      loop.block(for: .milliseconds(3))
      if timer.firings == 100 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(history == (1...100).map { .milliseconds(10 * $0) })
    #expect(history.last == .seconds(1))
  }

  @Test func `A2-pace-3 fixedRate skips the points that a long callback passed, and counts them`() throws {
    let (times, missed) = try firings(4, .fixedRate) { loop, firing in
      if firing == 1 { loop.block(for: .milliseconds(35)) }
    }
    #expect(times == [10, 45, 50, 60])
    #expect(missed == [0, 2, 2, 2])
  }

  @Test func `A2-pace-2 fixedRate fires next strictly after the end of the wait that found it late`() throws {
    let (times, missed) = try firings(4, .fixedRate) { loop, firing in
      if firing == 1 { loop.block(for: .milliseconds(30)) }
    }
    #expect(times == [10, 40, 50, 60])
    #expect(missed == [0, 2, 2, 2])
  }

  @Test func `A2-pace-2 fixedRate counts from the end of the wait, not from what ran before it in the turn`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addTimer(after: .milliseconds(10)) { loop.block(for: .milliseconds(25)) }
    loop.addPeriodicTimer(every: .milliseconds(10)) { timer in
      history.append("\(loop.elapsed) missed \(timer.missed)")
      if timer.firings == 3 { timer.cancel() }
    }
    try loop.run(until: .idle)
    // Found due at 10 ms it is armed for 20 ms, whatever the other timer has taken since; 30 ms is skipped then.
    #expect(history == ["0.035 seconds missed 0", "0.035 seconds missed 1", "0.04 seconds missed 1"])
  }

  @Test func `A2-pace-3 fixedRate adds up what it missed, also in the stalls of others`() throws {
    var history: [Int] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .milliseconds(10)) {}
    for start in [15, 115] {
      loop.addTimer(after: .milliseconds(start)) { loop.block(for: .milliseconds(30)) }
      loop.addTimer(after: .milliseconds(start + 40)) { history.append(timer.missed) }
    }
    try loop.run(for: .milliseconds(200))
    #expect(history == [2, 4])
  }

  @Test func `A2-pace-4 fixedDelay counts the interval from the callback's end`() throws {
    let (times, missed) = try firings(4, .fixedDelay) { loop, _ in loop.block(for: .milliseconds(3)) }
    #expect(times == [10, 23, 36, 49])
    #expect(missed == [0, 0, 0, 0])
  }

  @Test func `A2-pace-5 catchUp fires once for each point, so after a stall in quick succession`() throws {
    let (times, missed) = try firings(6, .catchUp) { loop, firing in
      if firing == 1 { loop.block(for: .milliseconds(35)) }
    }
    #expect(times == [10, 45, 45, 45, 50, 60])
    #expect(missed == [0, 0, 0, 0, 0, 0])
  }

  @Test func `A2-pace-6 catchUp fires once a turn, so ticks and other timers get theirs in between`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .milliseconds(10), pace: .catchUp) { timer in
      history.append("firing \(timer.firings)")
      if timer.firings == 1 {
        loop.addTimer(after: .zero) { history.append("timer") }
        loop.block(for: .milliseconds(35))
      }
      if timer.firings == 4 { timer.cancel() }
      loop.nextTick { history.append("tick") }
    }
    try loop.run(until: .idle)
    #expect(
      history == [
        "firing 1", "tick", "timer", "firing 2", "tick", "firing 3", "tick", "firing 4", "tick",
      ])
  }

  @Test func `A5-runfor-1 catchUp that is behind goes on inside run(for:) until it is level with its end`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .milliseconds(10), pace: .catchUp) { timer in
      history.append(loop.elapsed)
      if timer.firings == 1 { loop.block(for: .milliseconds(30)) }
    }
    try loop.run(for: .milliseconds(40))
    #expect(history == [10, 40, 40].map { .milliseconds($0) })
    try loop.run(for: .milliseconds(10))
    #expect(history == [10, 40, 40, 40, 50].map { .milliseconds($0) })
  }
}

@Suite struct `The interval of a periodic timer` {
  /// When a timer of 10 ms fires, in milliseconds up to 150, and what it missed, if `change` is called at `instant`.
  private func firings(
    _ pace: PeriodicTimer.Pace = .fixedRate, settingAt instant: Int,
    _ change: @escaping (EventLoop, PeriodicTimer) -> Void
  ) throws -> (times: [Int64], missed: Int) {
    var times: [Int64] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .milliseconds(10), pace: pace) {
      times.append(loop.now.nanoseconds / 1_000_000)
    }
    loop.addTimer(after: .milliseconds(instant)) { change(loop, timer) }
    loop.addTimer(after: .milliseconds(151)) { timer.cancel() }
    try loop.run(until: .idle)
    return (times, timer.missed)
  }

  @Test func `can be read and set`() {
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1)) {}
    #expect(timer.interval == .seconds(1))
    timer.interval = .seconds(2)
    #expect(timer.interval == .seconds(2))
    timer.interval = .seconds(-2)
    #expect(timer.interval == .zero)
  }

  @Test func `A5-timers-interval-1 set to less counts from the last fired deadline, to the first point after now`()
    throws
  {
    let (times, missed) = try firings(settingAt: 35) { _, timer in timer.interval = .milliseconds(40) }
    #expect(times == [10, 20, 30, 70, 110, 150])
    #expect(missed == 0)
  }

  @Test func `A5-timers-interval-1 set to much less counts nothing as missed`() throws {
    let (times, missed) = try firings(settingAt: 139) { _, timer in timer.interval = .milliseconds(4) }
    #expect(times == Array(stride(from: 10, through: 130, by: 10)) + [142, 146, 150])
    #expect(missed == 0)
  }

  @Test func `A5-timers-interval-1 set before the first firing counts from the start`() throws {
    let (times, missed) = try firings(settingAt: 5) { _, timer in timer.interval = .milliseconds(48) }
    #expect(times == [48, 96, 144])
    #expect(missed == 0)
  }

  @Test func `A5-timers-interval-1 set so that a point is now takes the next one`() throws {
    let (times, _) = try firings(settingAt: 6) { _, timer in timer.interval = .milliseconds(3) }
    #expect(times.first == 9)
  }

  @Test(arguments: [PeriodicTimer.Pace.fixedRate, .catchUp])
  func `A5-timers-interval-1 set in its callback counts from the deadline that fired`(_ pace: PeriodicTimer.Pace) throws
  {
    var times: [Int64] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .milliseconds(10), pace: pace) { timer in
      times.append(loop.now.nanoseconds / 1_000_000)
      if timer.firings == 1 {
        loop.block(for: .milliseconds(7))
        timer.interval = .milliseconds(4)
      }
      if timer.firings == 4 { timer.cancel() }
      #expect(timer.missed == 0)
    }
    try loop.run(until: .idle)
    #expect(times == [10, 18, 22, 26])
  }

  @Test func `A5-timers-interval-2 set in a callback of pace fixedDelay counts from the callback's end`() throws {
    var times: [Int64] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .milliseconds(10), pace: .fixedDelay) { timer in
      times.append(loop.now.nanoseconds / 1_000_000)
      if timer.firings == 1 {
        timer.interval = .milliseconds(4)
        loop.block(for: .milliseconds(3))
      }
      if timer.firings == 3 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(times == [10, 17, 21])
  }

  @Test func `A5-timers-interval-1 set between firings of pace fixedDelay counts from the last fired deadline`() throws
  {
    var times: [Int64] = []
    let loop = EventLoop.virtual()
    let timer = PeriodicTimer(every: .milliseconds(10), pace: .fixedDelay, on: loop) { timer in
      times.append(loop.now.nanoseconds / 1_000_000)
      if timer.firings == 1 { loop.block(for: .milliseconds(3)) }
      if timer.firings == 3 { timer.cancel() }
    }
    loop.addTimer(after: .milliseconds(15)) { timer.interval = .milliseconds(4) }
    try loop.run(until: .idle)
    #expect(times == [10, 18, 22])
  }

  @Test func `A5-timers-interval-1 set while catchUp is behind leaves the past behind`() throws {
    var times: [Int64] = []
    let loop = EventLoop.virtual()
    loop.addPeriodicTimer(every: .milliseconds(10), pace: .catchUp) { timer in
      times.append(loop.now.nanoseconds / 1_000_000)
      if timer.firings == 1 {
        loop.block(for: .milliseconds(35))
        timer.interval = .milliseconds(10)
      }
      if timer.firings == 3 { timer.cancel() }
    }
    try loop.run(until: .idle)
    #expect(times == [10, 50, 60])
  }

  @Test func `A5-timers-interval-1 set to zero makes it due at once`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(10)) { timer in
      history.append(loop.elapsed)
      if timer.firings == 3 { timer.cancel() }
    }
    loop.addTimer(after: .seconds(1)) { timer.interval = .zero }
    try loop.run(until: .idle)
    #expect(history == [.seconds(1), .seconds(1), .seconds(1)])
  }

  @Test func `A5-timers-interval-1 set wakes a timer that was never due`() throws {
    var history: [Duration] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: tooLong) { timer in
      history.append(loop.elapsed)
      if timer.firings == 2 { timer.cancel() }
    }
    loop.addTimer(after: .milliseconds(2500)) { timer.interval = .seconds(1) }
    try loop.run(until: .idle)
    #expect(history == [.seconds(3), .seconds(4)])
  }

  @Test func `A5-timers-interval-3 of a cancelled timer is only stored`() throws {
    var fired = false
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1)) { fired = true }
    timer.cancel()
    timer.interval = .milliseconds(1)
    #expect(timer.interval == .milliseconds(1))
    #expect(timer.isCancelled)
    loop.addTimer(after: .seconds(5)) {}
    try loop.run(until: .idle)
    #expect(!fired)
  }

  @Test(arguments: [PeriodicTimer.Pace.fixedRate, .fixedDelay, .catchUp])
  func `A5-timers-interval-3 set after cancelling in its callback is only stored`(_ pace: PeriodicTimer.Pace) throws {
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1), pace: pace) { timer in
      timer.cancel()
      timer.interval = .milliseconds(1)
    }
    try loop.run(until: .idle)
    #expect(timer.firings == 1)
    #expect(timer.interval == .milliseconds(1))
  }
}

@Suite struct `Cancelling a periodic timer` {
  @Test func `T-09 in its own callback lets the callback end and releases it then`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    do {
      let canary = Canary { history.append("released") }
      loop.addPeriodicTimer(every: .seconds(1)) { timer in
        history.append("firing \(timer.firings)")
        if timer.firings == 4 {
          timer.cancel()
          history.append("cancelled \(timer.isCancelled)")
        }
        withExtendedLifetime(canary) {}
      }
    }
    try loop.run(until: .idle)
    #expect(history == ["firing 1", "firing 2", "firing 3", "firing 4", "cancelled true", "released"])
  }

  @Test func `elsewhere releases its closure at once, though the handle is held`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1), releasing { history.append("released") })
    timer.cancel()
    history.append("cancelled")
    timer.cancel()
    #expect(history == ["released", "cancelled"])
    withExtendedLifetime(timer) {}
  }

  @Test func `works from a timer that is due in the same turn`() throws {
    var fired = false
    let loop = EventLoop.virtual()
    var timer: PeriodicTimer?
    loop.addTimer(after: .seconds(1)) { timer?.cancel() }
    timer = loop.addPeriodicTimer(every: .seconds(1)) { fired = true }
    try loop.run(until: .idle)
    #expect(!fired)
  }

  @Test func `works from another periodic timer, a tick, an arrival and a stop hook`() throws {
    let loop = EventLoop.virtual()
    let timers = (0..<4).map { _ in loop.addPeriodicTimer(every: .seconds(1)) { (timer: PeriodicTimer) in } }
    loop.addPeriodicTimer(every: .milliseconds(1500)) { timer in
      timers[0].cancel()
      timer.cancel()
      loop.nextTick { timers[1].cancel() }
    }
    loop.addTimer(after: .milliseconds(2500)) { loop.expect { timers[2].cancel() }.deliver(()) }
    loop.onStop { timers[3].cancel() }
    try loop.run(for: .milliseconds(4500))
    loop.stop()
    #expect(timers.map(\.firings) == [1, 1, 2, 4])
    #expect(timers.map(\.isCancelled) == [true, true, true, true])
  }

  @Test func `frees what refers to itself`() {
    let loop = EventLoop.virtual()
    weak var gone: PeriodicTimer?
    do {
      var held: PeriodicTimer?
      let timer = loop.addPeriodicTimer(every: .seconds(1)) { withExtendedLifetime(held) {} }
      held = timer
      gone = timer
      timer.cancel()
      held = nil
    }
    #expect(gone == nil)
  }

  @Test func `frees a timer whose closure alone holds it`() {
    final class Holder { var timer: PeriodicTimer? }
    let loop = EventLoop.virtual()
    weak var gone: PeriodicTimer?
    weak var holderGone: Holder?
    do {
      let holder = Holder()
      holder.timer = loop.addPeriodicTimer(every: .seconds(1)) { withExtendedLifetime(holder) {} }
      gone = holder.timer
      holderGone = holder
      holder.timer?.cancel()
    }
    #expect(gone == nil)
    #expect(holderGone == nil)
  }

  @Test func `A1-own-2 keeps no loop that is dropped unstopped, held or not`() {
    weak var gone: EventLoop?
    var timer: PeriodicTimer?
    do {
      let loop = EventLoop.virtual()
      gone = loop
      loop.addPeriodicTimer(every: .seconds(1)) {}
      timer = loop.addPeriodicTimer(every: .seconds(1)) {}
    }
    #expect(gone == nil)
    #expect(timer?.isCancelled == true)
    timer?.interval = .seconds(2)
    timer?.cancel()
    #expect(timer?.description == "PeriodicTimer(every 2.0 seconds, cancelled)")
  }

  @Test func `A1-own-2 is not what dropping it does`() throws {
    var firings = 0
    let loop = EventLoop.virtual()
    do { _ = PeriodicTimer(every: .seconds(1), on: loop) { _ in firings += 1 } }
    try loop.run(for: .seconds(3))
    #expect(firings == 3)
  }

  @Test
  func `A1-own-3 A5-closing-8 is what closing does: it fires in no later run, and setting its interval arms nothing`()
    throws
  {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1)) { history.append("fired") }
    loop.onStop { history.append("hook, cancelled \(timer.isCancelled)") }
    loop.addTimer(after: .milliseconds(1500)) { loop.stop() }
    try loop.run()
    history.append("closed, cancelled \(timer.isCancelled)")
    timer.interval = .milliseconds(1)
    try loop.run(for: .seconds(10))
    #expect(history == ["fired", "hook, cancelled false", "closed, cancelled true"])
  }

  @Test func `A1-own-3 is what closing does, which releases the closure, though the handle is held`() throws {
    var history: [String] = []
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1), releasing { history.append("released") })
    loop.onStop { history.append("hook") }
    loop.stop()
    history.append("closed")
    #expect(history == ["hook", "released", "closed"])
    withExtendedLifetime(timer) {}
  }

  @Test func `A1-own-3 is what closing does, which frees a timer whose closure holds it`() throws {
    final class Session {
      var timer: PeriodicTimer?
      init(_ loop: EventLoop) { timer = loop.addPeriodicTimer(every: .seconds(1)) { self.beat() } }
      func beat() {}
    }
    let loop = EventLoop.virtual()
    weak var gone: Session?
    do {
      let session = Session(loop)
      gone = session
    }
    try loop.run(for: .seconds(2))
    #expect(gone != nil)
    loop.stop()
    #expect(gone == nil)
  }

  @Test(arguments: [PeriodicTimer.Pace.fixedRate, .fixedDelay, .catchUp])
  func `A5-closing-8 is what stopping in its own callback comes to`(_ pace: PeriodicTimer.Pace) throws {
    let loop = EventLoop.virtual()
    let timer = loop.addPeriodicTimer(every: .seconds(1), pace: pace) { loop.stop() }
    try loop.run()
    #expect(timer.isCancelled)
    try loop.run(for: .seconds(10))
    #expect(timer.firings == 1)
  }
}
