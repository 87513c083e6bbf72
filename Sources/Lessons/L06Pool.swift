// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 6: work on other threads, results on the loop.
public struct Pool: Lesson {
  /// What the jobs of this lesson fail with.
  public struct Refused: Error, CustomStringConvertible {
    /// `refused`.
    public var description: String { "refused" }
  }

  /// What it is about.
  public static let card = Card(
    6, "pool", "defer: the thread pool", minutes: 4, length: .seconds(9.5), usesPool: true,
    text: """
      Work that has to block (a query, a resolver, a long sum) goes to a
      thread of a pool, with `defer`. Its result comes back as a callback on
      the loop's own thread, its error as an errback: exactly one of the two,
      once. So only the operation itself has to mind other threads, and the
      compiler minds it.

      A pool has so many threads and no more; further jobs wait in line. A
      loop that is blocked gets its results late; the jobs run on meanwhile.

      A failure that nobody hears is reported, once: `no-errback`.
      """,
    actions: [
      "d": "defer a job of 1 s", "x": "the next job fails", "m": "one thread more",
      "b": "block the loop for 1 s", "e": "a job that fails, without an errback",
    ],
    question: "4 jobs of 1 s at once, on 2 threads: when is the last result there?",
    options: ["after 1 s", "after 2 s", "after 4 s"],
    why: "Two at a time: the other two wait for a thread.",
    press: "d 4 times", script: "d@0.5 d@0.5 d@0.5 d@0.5 x@3 d@3 e@4.5 d@5 b@5.5 m@7 d@7 d@7 d@7")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    var (jobs, fails) = (0, false)
    io.onKey("d") {
      jobs += 1
      loop.defer(on: io.pool) { [jobs, fails] in
        try DeferPool.sleep(for: .seconds(1))
        if fails { throw Refused() }
        return jobs
      } callback: { job in
        io.log("result \(job)")
      } errback: { error in
        io.log("failed: \(error)")
      }
      fails = false
    }
    io.onKey("x") { fails = true }
    io.onKey("m") { io.pool.threads += 1 }
    io.onKey("b") { loop.block(for: .seconds(1)) }
    io.onKey("e") { loop.defer(on: io.pool) { throw Refused() } }
    // snippet.hide
  }

  /// Callbacks on the loop, no more jobs at once than threads, one outcome each, and who waits for whom.
  public func checks(_ trace: Trace) -> [Check] {
    let ends = trace.events(.jobEnd)
    let outcomes = (trace.lines("result") + trace.lines("failed")).sorted { $0.event.sequence < $1.event.sequence }
    return [
      Check("callbacks and errbacks run on the loop, as arrivals") {
        if let line = trace.events(.log).first(where: { $0.lane != 0 }) { return "worker \(line.lane) logged a line" }
        let wrong = outcomes.first { line in
          !["callback", "errback"].contains(trace.subjects(line.inside).last)
            || trace.subjects(line.inside).first != "arrival"
        }
        return wrong.map { "\"\($0.text)\" did not" }
      },
      Check("no more jobs run at once than the pool has threads") {
        var (threads, running) = (2, 0)
        for event in trace.events {
          if event.is(.keyBegin), event.label == "m" { threads += 1 }
          if event.is(.jobBegin) { running += 1 }
          if event.is(.jobEnd) { running -= 1 }
          if running > threads { return "\(running) ran at \(event.time)" }
          if event.is(.jobBegin), event.lane > threads { return "one ran on worker \(event.lane)" }
        }
        return nil
      },
      Check("each job has one outcome: its callback or its errback runs, once") {
        let withoutErrback = Set(trace.presses("e").map(\.begin.id))
        let last = trace.events.last?.turn ?? 0
        for job in trace.events(.jobArm) {
          // A job's entries tell the number that its arming told.
          let heard = trace.runs.filter { $0.begin.first == job.first }.map(\.begin.subject)
            .filter { ["callback", "errback"].contains($0) }
          let end = ends.first { $0.id == job.id }
          guard let end, end.turn + 1 < last || !heard.isEmpty else {
            if end == nil, !heard.isEmpty { return "one was heard of before it ended" }
            continue
          }
          let wanted = withoutErrback.contains(job.cause) ? [] : end.first == 0 ? ["callback"] : ["errback"]
          if heard != wanted { return "the one that ended at \(end.time) had \(heard), not \(wanted)" }
        }
        return nil
      },
      Check("a failure that nobody listens to is reported, once") {
        let withoutErrback = Set(trace.presses("e").map(\.begin.id))
        let deferred = trace.events(.jobArm).filter { withoutErrback.contains($0.cause) }.map(\.id)
        let last = trace.events.last?.turn ?? 0
        let failed = ends.filter { deferred.contains($0.id) && $0.first == 1 }
        let reported = trace.events(.lost).count
        return (failed.count { $0.turn + 1 < last }...failed.count).contains(reported)
          ? nil : "\(failed.count) failed unheard, \(reported) were reported"
      },
      Check("a result is there when its job ends, or when the loop is free again") {
        guard trace.isExact else { return nil }
        for line in outcomes {
          let came = line.event.time
          let isDue = ends.contains { $0.time == came }
          if !isDue, !trace.blocks.contains(where: { $0.end == came }) { return "one came at \(came), out of nowhere" }
        }
        let slow = ends.first { end in
          !trace.blocks.contains { $0.begin <= end.time && end.time < $0.end }
            && end.first < 2 && !trace.events.contains { ($0.is(.statusSet)) && $0.time == end.time }
            && end.turn != trace.events.last?.turn
        }
        return slow.map { "the job that ended at \($0.time) was not heard of then" }
      },
    ]
  }

  /// When the last of the first four results came.
  public func answer(_ trace: Trace) -> Int? {
    let asked = trace.presses("d").prefix(4).map(\.begin.time)
    let results = trace.lines("result").prefix(4).map(\.event.time)
    guard asked.count == 4, results.count == 4, asked[3] < results[0] else { return nil }
    let took = (results[3] - asked[0]).roundedNanoseconds
    return [1: 1, 2: 2, 4: 3][took / 1_000_000_000]
  }
}
