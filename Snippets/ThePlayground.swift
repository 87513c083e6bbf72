import Concurrency

let loop = EventLoop.virtual()
let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print("tick") }
let t2 = loop.addTimer(after: .seconds(3.5)) { print("BOOM") }
try loop.run(for: .seconds(4.2))
t1.cancel()
try loop.run(until: .idle)
