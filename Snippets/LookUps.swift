import Concurrency

enum LookUpError: Error { case noSuchWord, tooLate }

/// A word that is being looked up; the text is empty if nobody knows the word.
final class LookUp: Deferrable {
  var deferral = Deferral<String, LookUpError>()

  init(_ word: String, takes duration: Duration, on loop: EventLoop) {
    let text = word == "reactor" ? "it waits for many things at once" : ""
    loop.addTimer(after: duration) { self.succeed(text) }
  }
}

func lookUp(_ word: String, takes duration: Duration, on loop: EventLoop) {
  let answer = LookUp(word, takes: duration, on: loop)
  answer.callback { text in
    if text.isEmpty { answer.fail(.noSuchWord) }
  }
  answer.callback { text in print("\(word): \(text)") }
  answer.errback { error in print("\(word): \(error)") }
  answer.timeout(after: .seconds(5), on: loop, failingWith: .tooLate)
}

let loop = EventLoop.virtual()
lookUp("reactor", takes: .seconds(1), on: loop)
lookUp("foobar", takes: .seconds(2), on: loop)
lookUp("epoll", takes: .seconds(9), on: loop)
try loop.run(until: .idle)
