import Dispatch

func beat() {
  let queue = DispatchQueue(label: "loop"), isDone = DispatchSemaphore(value: 0)
  let timer = DispatchSource.makeTimerSource(queue: queue)
  // Only the queue touches it, which the compiler can't know.
  nonisolated(unsafe) var beats = 0
  timer.schedule(deadline: .now() + .milliseconds(300), repeating: .milliseconds(300))
  timer.setEventHandler {
    beats += 1
    print("beat \(beats)")
    if beats == 3 { isDone.signal() }
  }
  timer.resume()
  // Before the work is sent: its result may be printed at any moment from then on.
  print("armed")
  DispatchQueue.global().async {
    let product = (1...20).reduce(1, *)
    queue.async { print("20! is \(product)") }
  }
  isDone.wait()
}

beat()
print("done")
