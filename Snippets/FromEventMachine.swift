import Concurrency

struct NoSuchWord: Error {}

final class LookUp: Deferrable {
  var deferral = Deferral<String, NoSuchWord>()

  init(_ word: String, on loop: EventLoop) {
    loop.addTimer(after: .milliseconds(100)) {
      if word == "reactor" { self.succeed("it waits for many things") } else { self.fail(NoSuchWord()) }
    }
  }
}

func lookUp() throws {
  try EventLoop.run { loop in
    let greeter = loop.spawn { (name: String) in print("hello, \(name)") }
    greeter.notify("Bob")
    loop.nextTick { print("a tick") }

    LookUp("reactor", on: loop).callback { text in print(text) }
    LookUp("foobar", on: loop).errback { _ in print("no such word") }

    loop.addTimer(after: .milliseconds(200)) {
      loop.defer {
        (1...20).reduce(1, *)
      } callback: { product in
        print("20! is \(product)")
      }
    }
    loop.addTimer(after: .milliseconds(400)) { loop.stop() }
  }
}

try lookUp()
print("done")
