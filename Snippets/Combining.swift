import Concurrency

struct Refused: Error {}
typealias Answer = DefaultDeferrable<String, Refused>

func ask(_ name: String, _ seconds: Int, on loop: EventLoop) -> Answer {
  let answer = Answer()
  loop.addTimer(after: .seconds(seconds)) {
    if name == "nobody" { answer.fail(Refused()) } else { answer.succeed(name) }
  }
  return answer
}

func combine(_ loop: EventLoop) {
  func say(_ text: String) { print("\(loop.now - Instant.zero): \(text)") }

  DefaultDeferrable.race([ask("hare", 1, on: loop), ask("tortoise", 9, on: loop)])
    .callback { say("race: \($0)") }
  DefaultDeferrable.all([ask("a", 2, on: loop), ask("b", 1, on: loop)])
    .callback { say("all: \($0)") }
  let first: DefaultDeferrable<String, AllFailed<Refused>> = .any([ask("nobody", 1, on: loop), ask("c", 3, on: loop)])
  first.callback { say("any: \($0)") }
  DefaultDeferrable.zip(ask("d", 4, on: loop), ask("four", 1, on: loop).map { $0.count })
    .callback { say("zip: \($0) and \($1)") }

  ask("e", 5, on: loop)
    .flatMap { name in ask("\(name), then f", 1, on: loop) }
    .callback { say("flatMap: \($0)") }
  ask("nobody", 7, on: loop)
    .recover { _ in "a value in its place" }
    .callback { say("recover: \($0)") }
}

let loop = EventLoop.virtual()
combine(loop)
try loop.run(until: .idle)
