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
}
