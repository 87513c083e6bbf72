import Concurrency

func ticks(_ loop: EventLoop) {
  func say(_ text: String) { print("turn \(loop.statistics.turns): \(text)") }

  loop.nextTick {
    loop.nextTick { say("C, which A queued") }
    say("A")
  }
  loop.nextTick { say("B") }
  loop.addTimer(after: .zero) {
    loop.nextTick { say("D, which a timer queued") }
    say("the timer")
  }
  print("nothing has run yet")
}

let loop = EventLoop.virtual()
ticks(loop)
try loop.run(until: .idle)
