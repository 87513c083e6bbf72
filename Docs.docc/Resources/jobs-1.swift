import Concurrency

/// What a thread of the pool does, without knowing of any loop.
func develop(_ picture: String) throws -> Int {
  try DeferPool.sleep(for: .seconds(1))
  return picture.count
}

let loop = EventLoop.virtual()
loop.defer {
  try develop("cat.raw")
} callback: { size in
  print("\(loop.now): cat.raw is done, \(size) MB")
} errback: { error in
  print("\(loop.now): \(error)")
}
print("\(loop.now): the job is on its way")
try loop.run(until: .idle)
