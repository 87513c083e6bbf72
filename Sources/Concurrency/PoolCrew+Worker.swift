// SPDX-License-Identifier: Apache-2.0

// A worker's life: it takes work, looks for some, stands by, parks, or ends.

extension PoolCrew {
  func serve(_ worker: Worker) {
    var isCalled = true
    while let work = next(worker, &isCalled) { work.performOnWorker(worker.number) }
    noteEnding()
  }

  private enum Next {
    case work(PoolWork)
    case look
    case stand
    case park
    case end
  }

  /// Waits for work; `nil` when the worker has to end.
  private func next(_ worker: Worker, _ isCalled: inout Bool) -> PoolWork? {
    var hasLooked = false
    var isLooking = false
    while true {
      var call = Call.nobody
      // Released outside the lock: these may be the last to hold the pool, whose end takes the lock.
      var finished: PoolWork?
      var passed: [PoolWork] = []
      let next = state.withLock { state -> Next in
        swap(&finished, &worker.current)
        if isCalled, hasWork(state), areQuick(&state) { return .stand }
        if isCalled { state.isCalling = false }
        if isLooking { state.looking -= 1 }
        (isCalled, isLooking) = (false, false)
        if state.workers.count <= state.limit, let work = takeFirst(&state, passing: &passed) {
          worker.current = work
          publish(&state)
          if hasWork(state) { call = self.call(&state) }
          return .work(work)
        }
        if state.workers.count > state.limit || state.hasEnded || state.shutdown != nil {
          state.workers.removeAll { $0 === worker }
          publish(&state)
          if hasWork(state) { call = self.call(&state) }
          return .end
        }
        if hasLooked {
          state.parked.append(worker)
          publish(&state)
          guard hasWork(state) else { return .park }
          // Submitted while this one was about to park.
          state.parked.removeLast()
        }
        state.looking += 1
        publish(&state)
        return .look
      }
      send(call)
      finished = nil
      passed = []
      switch next {
      case .work(let work):
        return work
      case .end:
        return nil
      case .stand:
        _ = worker.isCalled.wait(for: .microseconds(100)) { $0 ? true : nil }
      case .look:
        _ = worker.spin.wait(until: {
          hasArrivals.load(ordering: .relaxed) || isQueued.load(ordering: .relaxed)
        })
        (isLooking, hasLooked) = (true, true)
      case .park:
        _ = worker.isCalled.wait { called -> Bool? in
          guard called else { return nil }
          called = false
          return true
        }
        (isCalled, hasLooked) = (true, false)
      }
    }
  }

  /// Whether those who work take so little time for a job that another one would only be in their way.
  private func areQuick(_ state: inout State) -> Bool {
    let taken = state.taken - state.called.taken
    guard taken >= 16, state.shutdown == nil, !state.hasEnded, state.workers.count <= state.limit else { return false }
    let now = MonotonicClock.now
    let isQuick = now - state.called.at < .microseconds(2 * taken)
    state.called = (now, state.taken)
    return isQuick
  }
}
