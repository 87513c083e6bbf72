import Concurrency

struct Unreadable: Error {}

/// What a thread of the pool does, without knowing of any loop.
func develop(_ picture: String) throws -> Int {
  try DeferPool.sleep(for: .seconds(1))
  if picture.hasPrefix("broken") { throw Unreadable() }
  return picture.count
}

/// Develops pictures, and succeeds with how many there are in the end.
final class Darkroom: Deferrable {
  var deferral = Deferral<Int, Never>()
  private let pool = DeferPool(threads: 2, name: "darkroom")
  private var left: Int
  private var done = 0

  init(_ pictures: [String], on loop: EventLoop) {
    left = pictures.count
    for picture in pictures {
      loop.defer(on: pool) { try develop(picture) }.completion { result in
        if case .success = result { self.done += 1 }
        self.left -= 1
        if self.left == 0 { self.succeed(self.done) }
      }
    }
  }
}

let loop = EventLoop.virtual()
Darkroom(["cat.raw", "broken.raw", "dog.raw", "mouse.raw", "horse.raw"], on: loop)
  .callback { done in print("\(loop.now): \(done) pictures are done") }
try loop.run(until: .idle)
