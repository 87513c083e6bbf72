import Concurrency

// The Swift of the README's tour, as one program; Scripts/check-fences holds both together.

struct TooLate: Error {}

@Sendable func slowAnswer() throws -> Int {
  try DeferPool.sleep(for: .seconds(1))
  return 42
}

func ticksAndTimers(_ loop: EventLoop) {
  let started = loop.now
  loop.nextTick { print("in the next turn") }
  loop.addTimer(after: .seconds(5)) { print("BOOM") }
  loop.addPeriodicTimer(every: .seconds(1)) { timer in
    print("Tick ...")
    if loop.now > started + .seconds(4) { timer.cancel() }
  }
}

func anAnswer(_ loop: EventLoop) {
  let answer = DefaultDeferrable<String, TooLate>()
  answer.callback { print("got \($0)") }.errback { print("failed: \($0)") }
  answer.timeout(after: .seconds(2), on: loop, failingWith: TooLate())
  loop.addTimer(after: .seconds(1)) { answer.succeed("an answer") }
}

final class Countdown: Deferrable {
  var deferral = Deferral<String, Never>()

  init(from number: Int, on loop: EventLoop) {
    loop.addTimer(after: .seconds(number)) { self.succeed("lift-off") }
  }
}

func workAside(_ loop: EventLoop) {
  loop.defer {
    try slowAnswer()
  } callback: { answer in
    print("the answer is \(answer)")
  } errback: { error in
    print("no answer: \(error)")
  }
}

func pingPong(_ loop: EventLoop) {
  let pong = SpawnedProcess<SpawnedProcess<Int>, Int>(on: loop) { _, sender, count in
    print("pong \(count)")
    sender.notify(count - 1)
  }
  let ping = SpawnedProcess<Int>(on: loop) { ping, count in
    if count > 0 { pong.notify(ping, count) }
  }
  ping.notify(3)
}

func inPieces(_ loop: EventLoop) {
  var sum = 0
  loop.chunk(1...1_000_000, .elements(1_000)) { number in sum += number }
    .callback { count in print("\(count) elements, the sum is \(sum)") }
}

func descriptorsAndSignals(_ loop: EventLoop, _ descriptor: CInt) throws {
  try loop.watch(descriptor, for: .readable) { _ in print("readable") }
  loop.onSignal(.interrupt) { loop.stop() }
}

func otherThreads(_ loop: EventLoop) throws {
  let handle = loop.handle
  try SystemThread.start(name: "worker") {
    handle.schedule { loop in print("from another thread, at \(loop.now)") }
  }
}

func anHour() throws {
  let loop = EventLoop.virtual()
  loop.addTimer(after: .seconds(3600)) { print("an hour later, at \(loop.now)") }
  try loop.run(until: .idle)
}

let tour = EventLoop.virtual()
ticksAndTimers(tour)
anAnswer(tour)
Countdown(from: 3, on: tour).callback { print($0) }
workAside(tour)
pingPong(tour)
inPieces(tour)
try otherThreads(tour)
try tour.run(until: .idle)
try anHour()
