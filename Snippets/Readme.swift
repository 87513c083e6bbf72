import Concurrency

try EventLoop.run { loop in
  loop.addPeriodicTimer(every: .seconds(1)) { print("tick") }
  loop.defer {
    (1...20).reduce(1, *)
  } callback: { product in
    print("20! is \(product)")
  }
  loop.addTimer(after: .seconds(3.5)) { loop.stop() }
}
