import Concurrency

func inPieces(_ loop: EventLoop) {
  func say(_ text: String) { print("turn \(loop.statistics.turns): \(text)") }

  var sum = 0
  let chunker = loop.chunk(1...1_000, .elements(300)) { number in sum += number }
  chunker.callback { count in say("\(count) numbers, the sum is \(sum)") }

  loop.nextTick {
    chunker.pause()
    say("paused after \(chunker.done) numbers")
  }
  loop.addTimer(after: .seconds(5)) {
    say("5 s later, \(chunker.done) numbers")
    chunker.resume()
  }
}

func inEachTurn(_ loop: EventLoop) {
  var left = 3
  loop.tickLoop {
    left -= 1
    print("\(left) left")
    return left > 0 ? .again : .stop
  }.onStop { print("stopped in turn \(loop.statistics.turns)") }
}

for program in [inPieces, inEachTurn] {
  let loop = EventLoop.virtual()
  program(loop)
  try loop.run(until: .idle)
}
