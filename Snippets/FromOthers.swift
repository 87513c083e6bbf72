import Concurrency

func beat() throws {
  try EventLoop.run { loop in
    loop.addPeriodicTimer(every: .milliseconds(300)) { beat in
      print("beat \(beat.firings)")
      if beat.firings == 3 { loop.stop() }
    }
    loop.defer {
      (1...20).reduce(1, *)
    } callback: { product in
      print("20! is \(product)")
    }
    print("armed")
  }
}

try beat()
print("done")
