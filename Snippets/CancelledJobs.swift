import Concurrency

func cancelTwo(_ loop: EventLoop) {
  func say(_ text: String) { print("\(loop.now - Instant.zero): \(text)") }
  let pool = DeferPool(threads: 1, name: "one")

  let running = loop.defer(on: pool) { try DeferPool.sleep(for: .seconds(60)) }
  let queued = loop.defer(on: pool) { print("never: it doesn't begin") }
  running.errback { error in say("the first: \(error)") }
  queued.errback { error in say("the second: \(error)") }

  loop.addTimer(after: .seconds(1)) {
    running.cancel()
    say("the first was told to end")
    queued.cancel()
    say("the second has ended")
  }
}

let loop = EventLoop.virtual()
cancelTwo(loop)
try loop.run(until: .idle)
