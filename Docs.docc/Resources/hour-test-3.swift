import Concurrency
import Sessions
import Testing

struct DiskFull: Error {}

@Suite struct `A session` {
  @Test func `is saved after an hour, on another thread`() throws {
    let loop = EventLoop.virtual()
    var history: [Instant] = []
    Session(on: loop) { try DeferPool.sleep(for: .seconds(20)) }
      .callback { history.append(loop.now) }
    try loop.run(until: .idle)
    #expect(history == [.zero + .seconds(3620)])
  }

  @Test func `ends an hour after its last use`() throws {
    let loop = EventLoop.virtual()
    var history: [Instant] = []
    let session = Session(on: loop) {}
    session.callback { history.append(loop.now) }
    try loop.run(for: .seconds(3599))
    session.use()
    try loop.run(for: .seconds(3599))
    #expect(history == [])
    try loop.run(until: .idle)
    #expect(history == [.zero + .seconds(7199)])
  }

  @Test func `says so if it can't be saved`() throws {
    let loop = EventLoop.virtual()
    var history: [String] = []
    Session(on: loop) { throw DiskFull() }
      .callback { history.append("saved") }
      .errback { error in history.append("\(error)") }
    try loop.run(until: .idle)
    #expect(history == ["DiskFull()"])
  }
}
