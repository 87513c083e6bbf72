import Concurrency

func shop(_ loop: EventLoop) {
  let door = SpawnedProcess<String>(on: loop) { door, name in
    print("\(name) waits: the shop is closed")
    door.yield { _, name in print("\(name) comes in") }
  }
  for name in ["Ann", "Bob", "Eve"] { door.notify(name) }
}

func bakery(_ loop: EventLoop) {
  func say(_ text: String) { print("turn \(loop.statistics.turns): \(text)") }
  let oven = SpawnedProcess<Int>(on: loop) { oven, loaves in
    say("\(loaves) loaves go in")
    oven.yieldAndNotify(loaves - 1) { _, loaves in say("\(loaves) loaves come out") }
  }
  oven.notify(12)
}

func letterBox(_ loop: EventLoop) {
  let box = loop.spawn { (letter: String) in print("a letter from \(letter)") }
  let address = box.address
  loop.defer {
    address.notify("another thread")
  } callback: { isSent in
    print("sent: \(isSent), and \(box.queued) waits")
  }
}

for program in [shop, bakery, letterBox] {
  let loop = EventLoop.virtual()
  program(loop)
  try loop.run(until: .idle)
}
