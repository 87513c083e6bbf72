import Concurrency

try EventLoop.run { loop in
  loop.addPeriodicTimer(every: .milliseconds(200)) { beat in
    print("beat \(beat.firings)")
    if beat.firings == 3 { loop.stop() }
  }
  print("armed")
}
print("the loop is gone")
