// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Growth of the resident memory per pending timer.
func memTimer(_ run: Run) {
  let loop = run.loop
  let fired = Counter()
  var random = XorShift()
  // Filled, so that the array's own pages are there before.
  var timers = [OneShotTimer?](repeating: nil, count: run.n)
  measureMemory(run) {
    for i in 0..<run.n {
      timers[i] = loop.addTimer(after: random.delay(600000, 600001)) { fired.value += 1 }
    }
  }
  for timer in timers { timer?.cancel() }
  check(fired.value == 0, "mem_timer: a timer fired")
  run.done()
}

/// Growth of the resident memory per pending deferrable with one callback and one errback.
func memDeferred(_ run: Run) {
  let count = Counter()
  var pending = [Answer?](repeating: nil, count: run.n)
  measureMemory(run) {
    for i in 0..<run.n {
      let answer = Answer()
      answer.callback { _ in count.value += 1 }
      answer.errback { _ in count.value -= 1 }
      pending[i] = answer
    }
  }
  // Each is settled, since one that is released with callbacks waiting is reported as lost.
  for answer in pending { answer?.succeed(0) }
  check(count.value == run.n, "mem_deferred lost a callback")
  run.done()
}

private func measureMemory(_ run: Run, _ body: () -> Void) {
  guard let before = residentBytes() else { notDoneHere() }
  run.region.begin()
  body()
  run.region.end()
  guard let after = residentBytes() else { notDoneHere() }
  run.region.extra = [("rss_bytes_per_op", decimal(Double(after - before) / Double(run.n)))]
}
