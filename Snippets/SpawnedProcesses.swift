import Concurrency

func pingPong(_ loop: EventLoop) {
  let pong = SpawnedProcess<SpawnedProcess<Int>, Int>(on: loop) { _, sender, count in
    print("pong \(count)")
    sender.notify(count - 1)
  }
  let ping = SpawnedProcess<Int>(on: loop) { ping, count in
    print("ping \(count)")
    if count > 0 { pong.notify(ping, count) }
  }
  ping.notify(3)
  print("notify has returned, and \(ping.queued) message waits")
}

let loop = EventLoop.virtual()
pingPong(loop)
try loop.run(until: .idle)
