import Concurrency

func report(to handle: LoopHandle) throws {
  try SystemThread.start(name: "reader") {
    let count = 42
    handle.schedule { loop in
      print("\(count) items, says the thread; on the loop: \(loop.handle.isOnLoop)")
      loop.stop()
    }
  }
}

func addElsewhere(_ loop: EventLoop) throws {
  let sum = loop.expect { (sum: Int) in print("the sum is \(sum)") }
  try SystemThread.start(name: "adder") { sum.deliver(2 + 2) }
}

func runInBackground() throws {
  let background = try EventLoop.inBackground { loop in
    loop.addTimer(after: .milliseconds(10)) { print("in the background") }
    loop.addTimer(after: .milliseconds(20)) { loop.stop() }
  }
  try background.join()
}

try EventLoop.run { loop in
  print("the loop's thread registers")
  try report(to: loop.handle)
}
let loop = try EventLoop()
try addElsewhere(loop)
try loop.run(until: .idle)
try runInBackground()
