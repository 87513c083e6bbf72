import Concurrency

func breakfast(_ loop: EventLoop) {
  let started = loop.now
  func say(_ text: String) { print("\(loop.now - started): \(text)") }

  loop.addTimer(after: .seconds(3)) { say("the eggs") }
  loop.addTimer(after: .seconds(1)) { say("the toast") }
  loop.addTimer(after: .seconds(3)) { say("the coffee") }
  loop.addTimer(after: .zero) { say("a timer of zero, a turn later") }
  let milk = loop.addTimer(after: .seconds(2)) { say("the milk boils over") }
  let door = loop.addTimer(after: .seconds(2)) { say("the door bell") }

  loop.addTimer(after: .seconds(1.5)) {
    milk.cancel()
    door.reset(after: .seconds(1.5))
  }
  say("all are armed")
}

let loop = EventLoop.virtual()
breakfast(loop)
try loop.run(until: .idle)
