import Concurrency

func chain(_ loop: EventLoop, of count: Int) throws {
  var left = count
  func tick() {
    left -= 1
    if left > 0 { loop.nextTick(tick) }
  }

  loop.nextTick(tick)
  try loop.run(until: .idle)
}

func armAndMove(_ loop: EventLoop, _ count: Int) {
  let timers = (1...count).map { number in
    loop.addTimer(after: .milliseconds(number)) { print("never") }
  }
  for timer in timers { timer.reset(after: .seconds(60)) }
  for timer in timers { timer.cancel() }
}

let loop = try EventLoop()
try chain(loop, of: 100_000)
print("\(loop.statistics.ticks) ticks in \(loop.statistics.turns) turns")
armAndMove(loop, 100_000)
print("\(loop.statistics.timersPending) timers are pending")
loop.stop()
