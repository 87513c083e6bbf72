import Concurrency

try EventLoop.run { loop in
  loop.onStop { print("the loop closes") }
  loop.onSignal(.interrupt) { loop.stop() }

  loop.addPeriodicTimer(every: .milliseconds(200)) { beat in
    loop.nextTick { print("a tick that beat \(beat.firings) queued") }
    print("beat \(beat.firings)")
    if beat.firings == 3 { loop.stop() }
  }
  print("armed")
}
print("the loop is gone")
