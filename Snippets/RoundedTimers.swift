import Concurrency

/// Arms a timer for the first point of the loop's clock after the delay that is a multiple of `grid`.
func addRoundedTimer(_ loop: EventLoop, after delay: Duration, grid: Duration, _ work: @escaping () -> Void) {
  let step = grid.roundedNanoseconds
  let points = ((loop.now + delay).nanoseconds + step - 1) / step
  loop.addTimer(at: Instant(nanoseconds: points * step), work)
}

func tidyUp(_ loop: EventLoop) {
  func say(_ text: String) { print("\(loop.now - Instant.zero), turn \(loop.statistics.turns): \(text)") }
  addRoundedTimer(loop, after: .seconds(2.1), grid: .seconds(1)) { say("the cache") }
  addRoundedTimer(loop, after: .seconds(2.9), grid: .seconds(1)) { say("the log") }
}

let loop = EventLoop.virtual()
tidyUp(loop)
try loop.run(until: .idle)
