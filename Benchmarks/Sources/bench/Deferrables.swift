// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The failure that never happens.
struct Failed: Error {}

typealias Answer = DefaultDeferrable<Int, Failed>

/// N times one is made, gets a callback and an errback, and succeeds.
func deferred(_ run: Run) {
  let count = Counter()
  let failed = Counter()
  run.region.begin()
  for i in 0..<run.n {
    let answer = Answer()
    answer.callback { _ in count.value += 1 }
    answer.errback { _ in failed.value += 1 }
    answer.succeed(i)
  }
  run.region.end()
  check(count.value == run.n && failed.value == 0, "deferred lost a callback")
  run.done()
}

/// The same, but K (1,000) are kept in an array before they succeed, so that the optimiser can't remove them.
func deferredEscaping(_ run: Run) {
  let count = Counter()
  let failed = Counter()
  let atOnce = max(1, Int(run.k))
  var kept: [Answer] = []
  kept.reserveCapacity(atOnce)
  run.region.begin()
  for first in stride(from: 0, to: run.n, by: atOnce) {
    for _ in first..<min(first + atOnce, run.n) {
      let answer = Answer()
      answer.callback { _ in count.value += 1 }
      answer.errback { _ in failed.value += 1 }
      kept.append(answer)
    }
    for answer in kept { answer.succeed(first) }
    kept.removeAll(keepingCapacity: true)
  }
  run.region.end()
  check(count.value == run.n && failed.value == 0, "deferred_escaping lost a callback")
  run.done()
}

/// N/100 times one is made, gets 100 callbacks, and succeeds.
func deferredChain(_ run: Run) {
  let count = Counter()
  let rounds = max(1, run.n / 100)
  run.region.begin()
  for i in 0..<rounds {
    let answer = Answer()
    for _ in 0..<100 { answer.callback { _ in count.value += 1 } }
    answer.succeed(i)
  }
  run.region.end()
  check(count.value == rounds * 100, "deferred_chain lost a callback")
  run.done()
}

/// N flatMaps, in chains of K (10): each body answers with a deferrable that has succeeded.
func deferredFlatMap(_ run: Run) {
  let sum = Counter()
  let length = max(1, Int(run.k))
  let rounds = max(1, run.n / length)
  run.region.begin()
  for i in 0..<rounds {
    let first = Answer()
    var last = first
    for _ in 0..<length {
      last = last.flatMap { Answer.succeeded($0 &+ 1) }
    }
    last.callback { sum.value &+= $0 }
    first.succeed(i)
  }
  run.region.end()
  check(sum.value == rounds * length + rounds * (rounds - 1) / 2, "deferred_flatmap lost a value")
  run.done()
}

/// N closures with two captures allocated, called and released: the floor under all the others.
func floorClosure(_ run: Run) {
  let sum = Counter()
  run.region.begin()
  for i in 0..<run.n {
    call(makeClosure(sum, i))
  }
  run.region.end()
  check(sum.value == run.n * (run.n - 1) / 2, "floor_closure lost a call")
  run.done()
}

// Kept apart, so that neither the allocation nor the call is optimised away.
@inline(never) private func makeClosure(_ sum: Counter, _ i: Int) -> () -> Void {
  { sum.value &+= i }
}

@inline(never) private func call(_ closure: () -> Void) { closure() }
