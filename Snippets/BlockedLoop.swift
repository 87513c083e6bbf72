import Concurrency

func makeTea(_ loop: EventLoop) {
  func say(_ text: String) { print("\(loop.now - Instant.zero): \(text)") }
  loop.addTimer(after: .seconds(240)) { say("the tea is ready, and \(loop.statistics.lag) too old") }
  loop.addTimer(after: .seconds(60)) {
    say("the water boils, and somebody is at the door")
    loop.block(for: .seconds(300))
    say("what a nice talk that was")
  }
}

let loop = EventLoop.virtual()
makeTea(loop)
try loop.run(until: .idle)
