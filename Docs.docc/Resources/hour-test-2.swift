import Concurrency
import Sessions
import Testing

@Suite struct `A session` {
  @Test func `ends after an hour`() throws {
    let loop = EventLoop.virtual()
    var history: [Instant] = []
    _ = Session(on: loop) { history.append(loop.now) }
    try loop.run(until: .idle)
    #expect(history == [.zero + .seconds(3600)])
  }

  @Test func `ends an hour after its last use`() throws {
    let loop = EventLoop.virtual()
    var history: [Instant] = []
    let session = Session(on: loop) { history.append(loop.now) }
    try loop.run(for: .seconds(3599))
    session.use()
    try loop.run(for: .seconds(3599))
    #expect(history == [])
    try loop.run(for: .seconds(1))
    #expect(history == [.zero + .seconds(7199)])
    loop.stop()
  }
}
