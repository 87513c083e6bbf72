import Concurrency

final class Steps: LoopObserver {
  let interest: LoopInterest = .steps
  private let names = ["wait", "timers", "I/O", "arrivals", "ticks", "closing"]

  func observe(_ event: LoopEvent) {
    switch event.kind {
    case .turnBegin: print("turn \(event.first)")
    case .stepBegin: print("  \(event.first) \(names[Int(event.first) - 1])")
    default: break
    }
  }
}

func oneOfEach(_ loop: EventLoop) {
  loop.observer = Steps()
  loop.atEndOfTurn { print("      what asked to run at the turn's end") }
  loop.nextTick { print("      a tick") }
  loop.handle.schedule { loop in
    print("      what another thread might have scheduled")
    loop.addTimer(after: .zero) { print("      a timer of zero") }
  }
}

let loop = EventLoop.virtual()
oneOfEach(loop)
try loop.run(until: .idle)
