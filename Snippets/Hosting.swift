import Concurrency

func host(_ guest: EventLoop, in loop: EventLoop) throws {
  var timer: OneShotTimer?
  func turn() {
    do {
      guard try guest.turn(waitingAtMost: .zero) else { return loop.stop() }
    } catch {
      return loop.stop(throwing: error)
    }
    timer?.cancel()
    timer = guest.nextDeadline.map { loop.addTimer(at: $0, turn) }
  }

  if let descriptor = guest.pollDescriptor {
    try loop.watch(descriptor, for: .readable) { _ in turn() }
  }
  turn()
}

func visit() throws {
  let guest = try EventLoop()
  guest.addTimer(after: .milliseconds(10)) {
    print("the guest's timer")
    guest.nextTick { print("the guest's tick") }
  }
  guest.addTimer(after: .milliseconds(30)) { guest.stop() }

  try EventLoop.run { loop in
    loop.addTimer(after: .milliseconds(20)) { print("the host's timer") }
    try host(guest, in: loop)
  }
}

try visit()
