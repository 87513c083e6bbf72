// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on this package. Usage: bench WORK [N [K]] [name=value ...]
//
// Options: by=instant     (timer_add_cancel_live, timer_reset) deadlines in place of delays
//          delay=fresh    (timer_reset) each timer is moved to another delay, not by its own
//          pace=P         (periodic) fixedRate, fixedDelay or catchUp
//          threads=T      (defer_*) a pool of that size in place of the shared one of 20
//          clock=virtual  the loop goes by virtual time: no system call, so instruction counts are repeatable

import Concurrency

struct Work: Sendable {
  let name: String
  let n: Int
  var k = 0.0
  let body: @Sendable (Run) -> Void
}

let works = [
  Work(name: "tick_chain", n: 1_000_000, body: tickChain),
  Work(name: "tick_batch", n: 1_000_000, body: tickBatch),
  Work(name: "spawn_pingpong", n: 1_000_000, body: spawnPingpong),
  Work(name: "timer_add_cancel", n: 100_000, body: timerAddCancel),
  Work(name: "timer_add_cancel_live", n: 1_000_000, k: 100_000, body: timerAddCancelLive),
  Work(name: "timer_reset", n: 1_000_000, k: 100_000, body: timerReset),
  Work(name: "timer_fire", n: 100_000, body: timerFire),
  Work(name: "periodic", n: 1000, k: 2, body: periodic),
  Work(name: "deferred", n: 1_000_000, body: deferred),
  Work(name: "deferred_escaping", n: 1_000_000, k: 1000, body: deferredEscaping),
  Work(name: "deferred_chain", n: 1_000_000, body: deferredChain),
  Work(name: "deferred_flatmap", n: 1_000_000, k: 10, body: deferredFlatMap),
  Work(name: "defer_roundtrip", n: 50_000, body: deferRoundtrip),
  Work(name: "defer_throughput", n: 200_000, body: deferThroughput),
  Work(name: "wakeup", n: 50_000, body: wakeup),
  Work(name: "wakeup_flood", n: 1_000_000, body: wakeupFlood),
  Work(name: "chunk", n: 1_000_000, k: 100, body: chunk),
  Work(name: "mem_timer", n: 100_000, body: memTimer),
  Work(name: "mem_deferred", n: 100_000, body: memDeferred),
  Work(name: "floor_closure", n: 1_000_000, body: floorClosure),
  Work(name: "observer_on", n: 1_000_000, body: observerOn),
]

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first else { fail("usage: bench WORK [N [K]] [name=value ...]") }
guard let work = works.first(where: { $0.name == name }) else { notDoneHere() }
var numbers: [Double] = []
var options: [String: String] = [:]
for argument in arguments.dropFirst() {
  if let equals = argument.firstIndex(of: "=") {
    options[String(argument[..<equals])] = String(argument[argument.index(after: equals)...])
  } else if let number = Double(argument) {
    numbers.append(number)
  } else {
    fail("\(argument) is neither a number nor name=value")
  }
}
measure(
  work, n: numbers.isEmpty ? work.n : Int(numbers[0]), k: numbers.count > 1 ? numbers[1] : work.k, options)

/// Runs the work with N/10 for a warm-up (not where memory is measured), then with N, both in the same run of the
/// same loop, and prints the second.
nonisolated func measure(_ work: Work, n: Int, k: Double, _ options: [String: String]) {
  check(n >= 1 && k >= 0, "N must be at least 1, K not negative")
  do {
    var configuration = EventLoop.Configuration(name: "bench")
    configuration.clock = options["clock"] == "virtual" ? .virtual : .real
    configuration.turnsAtOneInstant = .max
    let loop = try EventLoop(configuration)
    var result: Region?
    let measured = {
      work.body(
        Run(loop: loop, n: n, k: k, options: options) { region in
          result = region
          loop.stop()
        })
    }
    loop.nextTick {
      if work.name.hasPrefix("mem_") { return measured() }
      let shorter = work.name == "periodic" ? k / 10 : k
      work.body(
        Run(loop: loop, n: max(1, n / 10), k: shorter, options: options) { _ in loop.nextTick(measured) })
    }
    try loop.run()
    guard let result else { fail("the loop ended before the work was done") }
    print(json(work, n: n, result))
  } catch {
    fail("\(error)")
  }
}

nonisolated func json(_ work: Work, n: Int, _ region: Region) -> String {
  var fields = [
    ("peer", "\"reactor\""), ("work", "\"\(work.name)\""), ("n", "\(n)"), ("seconds", "\(region.seconds)"),
    ("ns_per_op", decimal(Double(region.nanoseconds) / Double(n), 2)),
    ("cpu_seconds", "\(Double(region.cpu) / 1e9)"),
  ]
  fields += region.extra.map { ($0.name, $0.value) }
  return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
}
