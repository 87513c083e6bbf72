import Concurrency

func beats(_ loop: EventLoop) {
  loop.addPeriodicTimer(every: .seconds(900)) { print("\(loop.now): a beat") }
  loop.addTimer(after: .seconds(1000)) {
    loop.defer {
      try DeferPool.sleep(for: .seconds(500))
      return "the thread has slept"
    } callback: { text in
      print("\(loop.now): \(text)")
    }
  }
  loop.addTimer(after: .seconds(2000)) {
    loop.block(for: .seconds(300))
    print("\(loop.now): a callback that took long")
  }
  loop.addTimer(after: .seconds(3600)) {
    print("\(loop.now): enough")
    loop.stop()
  }
}

let loop = EventLoop.virtual()
beats(loop)
try loop.run()
