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
  private var jobs: [DeferredJob<Int>] = []

  init(_ pictures: [String], on loop: EventLoop, progress: @escaping (_ share: Double) -> Void) {
    let all = pictures.count
    left = all
    let beat = loop.addPeriodicTimer(every: .milliseconds(800)) {
      progress(1 - Double(self.left) / Double(all))
    }
    for picture in pictures {
      let job = loop.defer(on: pool) { try develop(picture) }
      jobs.append(job)
      job.completion { result in
        if case .success = result { self.done += 1 }
        self.left -= 1
        if self.left == 0 { self.succeed(self.done) }
      }
    }
    callback { _ in beat.cancel() }
  }

  /// What has begun is told to end, what waits never begins.
  func cancel() {
    for job in jobs { job.cancel() }
  }
}

func bar(_ share: Double) -> String {
  let full = Int(share * 20)
  return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: 20 - full) + "]"
}

let loop = EventLoop.virtual()
let darkroom = Darkroom(["cat.raw", "broken.raw", "dog.raw", "mouse.raw", "horse.raw"], on: loop) { share in
  print("\(loop.now): \(bar(share))")
}
darkroom.callback { done in print("\(loop.now): \(done) pictures are done") }
loop.addTimer(after: .seconds(2.5)) { darkroom.cancel() }
try loop.run(until: .idle)
