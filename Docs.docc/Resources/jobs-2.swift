import Concurrency

struct Unreadable: Error {}

/// What a thread of the pool does, without knowing of any loop.
func develop(_ picture: String) throws -> Int {
  try DeferPool.sleep(for: .seconds(1))
  if picture.hasPrefix("broken") { throw Unreadable() }
  return picture.count
}

let loop = EventLoop.virtual()
let pool = DeferPool(threads: 2, name: "darkroom")
for picture in ["cat.raw", "broken.raw", "dog.raw", "mouse.raw", "horse.raw"] {
  loop.defer(on: pool) {
    try develop(picture)
  } callback: { size in
    print("\(loop.now): \(picture) is done, \(size) MB")
  } errback: { error in
    print("\(loop.now): \(picture): \(error)")
  }
}
try loop.run(until: .idle)
