import Concurrency

try EventLoop.run { loop in
  loop.addPeriodicTimer(every: .milliseconds(100)) { print("tick") }
  loop.defer {
    (1...20).reduce(1, *)
  } callback: { product in
    print("20! is \(product)")
  }
  loop.addTimer(after: .milliseconds(350)) { loop.stop() }
}
