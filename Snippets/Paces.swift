import Concurrency

func beats(_ pace: PeriodicTimer.Pace) throws {
  let loop = EventLoop.virtual()
  var beats: [Double] = []
  let timer = loop.addPeriodicTimer(every: .seconds(1), pace: pace) { timer in
    beats.append((loop.now - Instant.zero) / .seconds(1))
    if timer.firings == 2 { loop.block(for: .seconds(2.5)) }
  }
  try loop.run(for: .seconds(6))
  print("\(pace): \(beats), missed \(timer.missed)")
  loop.stop()
}

for pace in [PeriodicTimer.Pace.fixedRate, .fixedDelay, .catchUp] { try beats(pace) }
