// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

/// What a loop's observer hears of jobs, periodic timers and processes: they belong to the loop that they were made on,
/// whichever loop runs then, or none.
@Suite struct `The events of a loop's things` {
  private func lines(_ recorder: Recorder) -> [String] {
    recorder.events.map { "\($0.kind) #\($0.id)" }
  }

  @Test
  func `A1-observer-5 carry one number from beginning to end, also if nothing ran when the thing was made`() throws {
    let recorder = Recorder([.jobs])
    let loop = EventLoop.virtual()
    let pool = DeferPool(threads: 1, name: "events")
    loop.observer = recorder
    loop.defer(on: pool) {}
    loop.defer(on: pool) {}
    try loop.run(until: .idle)
    #expect(
      lines(recorder) == ["job.arm #1", "job.arm #2", "job.begin #1", "job.end #1", "job.begin #2", "job.end #2"])
  }

  @Test func `A1-observer-5 tell timers and processes that were made before the run apart`() throws {
    let recorder = Recorder([.runs])
    let loop = EventLoop.virtual()
    loop.observer = recorder
    let processes = [1, 2].map { _ in loop.spawn {} }
    for process in processes { process.notify() }
    for seconds in [1, 2] {
      PeriodicTimer(every: .seconds(seconds), on: loop) { $0.cancel() }
    }
    try loop.run(until: .idle)
    let events = recorder.events
    for kind in [LoopEvent.Kind.processBegin, .processEnd, .periodicBegin, .periodicEnd] {
      let numbers = events.filter { $0.kind == kind }.map(\.id)
      #expect(Set(numbers).count == 2 && !numbers.contains(0), "\(kind): \(numbers)")
    }
  }

  @Test func `A1-api-17 go to that loop's observer, though another one runs`() throws {
    let (heardByRunning, heardByOther) = (Recorder([.jobs]), Recorder([.jobs]))
    let (running, other) = (EventLoop.virtual(), EventLoop.virtual())
    running.observer = heardByRunning
    other.observer = heardByOther
    let pool = DeferPool(threads: 1, name: "others")
    running.nextTick { other.defer(on: pool) {} }
    try running.run(until: .idle)
    try other.run(until: .idle)
    #expect(lines(heardByRunning) == [])
    #expect(lines(heardByOther) == ["job.arm #1", "job.begin #1", "job.end #1"])
  }
}
