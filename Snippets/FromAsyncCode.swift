import Concurrency

struct LoopIsGone: Error {}

/// Waits on the loop's clock, for code that is async.
func rest(for duration: Duration, on handle: LoopHandle) async throws {
  try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
    let isTaken = handle.schedule { loop in
      loop.addTimer(after: duration) { continuation.resume() }
    }
    if !isTaken { continuation.resume(throwing: LoopIsGone()) }
  }
}

let background = try EventLoop.inBackground { _ in }
try await rest(for: .milliseconds(10), on: background.handle)
print("rested")
background.stop()
