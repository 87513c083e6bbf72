final class ToyReactor {
  private var timers: [(deadline: Int, work: () -> Void)] = []
  private var ticks: [() -> Void] = []
  private(set) var now = 0

  func nextTick(_ work: @escaping () -> Void) { ticks.append(work) }

  func addTimer(after delay: Int, _ work: @escaping () -> Void) {
    let deadline = now + delay
    let place = timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex
    timers.insert((deadline, work), at: place)
  }

  func run() {
    while !timers.isEmpty || !ticks.isEmpty {
      // Wait, unless there is something to do: a real reactor sleeps in the kernel here.
      if ticks.isEmpty { now = max(now, timers[0].deadline) }
      // Call back what is due, as of now.
      let due = timers.prefix { $0.deadline <= now }
      timers.removeFirst(due.count)
      for timer in due { timer.work() }
      // Call back what was put off until now.
      let batch = ticks
      ticks = []
      for tick in batch { tick() }
    }
  }
}

func makeTea(_ reactor: ToyReactor) {
  func say(_ text: String) { print("\(reactor.now) s: \(text)") }
  reactor.addTimer(after: 240) { say("the tea is ready") }
  reactor.addTimer(after: 60) {
    reactor.nextTick { say("pour it into the pot") }
    say("the water boils")
  }
  say("the kettle is on")
}

let reactor = ToyReactor()
makeTea(reactor)
reactor.run()
