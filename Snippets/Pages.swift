import Concurrency

// The Swift of the pages in Docs.docc, where the compiler sees it; Scripts/check-fences holds both together.

// MARK: VirtualTime

func beats() throws -> [Instant] {
  let loop = EventLoop.virtual()
  var history: [Instant] = []
  loop.addPeriodicTimer(every: .seconds(900)) { history.append(loop.now) }
  loop.addTimer(after: .seconds(3600)) { loop.stop() }
  try loop.run()
  return history  // exactly 900, 1800 and 2700 seconds
}

// MARK: ThreadsAndLoops

func report(to handle: LoopHandle) throws {
  try SystemThread.start(name: "reader") {
    let count = 42
    handle.schedule { loop in print("\(count) items, says the thread, at \(loop.now)") }
  }
}

func addElsewhere(_ loop: EventLoop) throws {
  let sum = loop.expect { (sum: Int) in print("the sum is \(sum)") }
  try SystemThread.start(name: "adder") { sum.deliver(2 + 2) }
}

func readAside(_ loop: EventLoop, _ load: @escaping @Sendable () throws -> String) {
  loop.defer(load) { text in
    print("\(text.count) characters")
  } errback: { error in
    print("failed: \(error)")
  }
}

func runInBackground() throws {
  let background = try EventLoop.inBackground { loop in
    loop.addTimer(after: .milliseconds(10)) { print("in the background") }
  }
  background.handle.schedule { loop in
    loop.addTimer(after: .milliseconds(20)) { loop.stop() }
  }
  try background.join()
}

// MARK: All of them

print(try beats())
try runInBackground()
try EventLoop.run { loop in
  try report(to: loop.handle)
  try addElsewhere(loop)
  readAside(loop) { "read by a worker" }
  loop.addTimer(after: .milliseconds(50)) { loop.stop() }
}
