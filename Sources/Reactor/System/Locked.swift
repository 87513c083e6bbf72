// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// Unchecked is right: `value` is only ever touched between lock and unlock.
/// A value behind a lock, with a condition to wait for: what threads share when no queue is between them.
///
/// It stands on `pthread_mutex_t`, not on `Synchronization.Mutex`: the thread sanitizer misreads the latter on Linux
/// and reports races in correctly locked code, and this is the code that the sanitizer has to guard.
///
/// The lock is not recursive. Never call a user's code inside it.
///
/// ```swift
/// let counter = Locked(0)
/// counter.withLock { $0 += 1 }
/// ```
public final class Locked<Value: ~Copyable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>
  @exclusivity(unchecked)  // the lock is the exclusive access
  private var value: Value

  /// Puts `value` behind a lock.
  public init(_ value: consuming sending Value) {
    self.value = value
    mutex = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    initializeMutex(mutex)
    initializeCondition(condition)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(condition)
    mutex.deallocate()
    condition.deallocate()
  }

  /// Runs `body` with the value, while no other thread can.
  @discardableResult
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value)
  }

  /// Runs `body` with the value again and again until it returns something, sleeping between a `nil` and the next
  /// ``wakeAll()``, at most until `deadline` on the machine's clock; then returns `nil`.
  public func wait<Result>(until deadline: Instant? = nil, _ body: (inout Value) -> Result?) -> Result? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&value) { return result }
      guard let deadline, deadline != .never else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      guard MonotonicClock.now < deadline else { return nil }
      waitForCondition(condition, mutex, until: deadline)
    }
  }

  /// As ``wait(until:_:)``, for at most `limit` from now.
  public func wait<Result>(for limit: Duration, _ body: (inout Value) -> Result?) -> Result? {
    wait(until: MonotonicClock.now + limit, body)
  }

  /// Lets one thread in ``wait(until:_:)`` look again.
  public func wakeOne() { pthread_cond_signal(condition) }

  /// Lets every thread in ``wait(until:_:)`` look again.
  public func wakeAll() { pthread_cond_broadcast(condition) }
}

#if canImport(Darwin)
private func initializeMutex(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) {
  pthread_mutex_init(mutex, nil)
}

private func initializeCondition(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
  pthread_cond_init(condition, nil)
}

private func waitForCondition(
  _ condition: UnsafeMutablePointer<pthread_cond_t>, _ mutex: UnsafeMutablePointer<pthread_mutex_t>,
  until deadline: Instant
) {
  let left = max(deadline.nanoseconds - MonotonicClock.now.nanoseconds, 0)
  var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
  pthread_cond_timedwait_relative_np(condition, mutex, &time)
}
#else
/// A lock is held for an append or two: where glibc can, a thread that finds it taken looks again before it sleeps.
private func initializeMutex(_ mutex: UnsafeMutablePointer<pthread_mutex_t>) {
  #if canImport(Musl)
  pthread_mutex_init(mutex, nil)
  #else
  var attributes = pthread_mutexattr_t()
  pthread_mutexattr_init(&attributes)
  pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_ADAPTIVE_NP))
  pthread_mutex_init(mutex, &attributes)
  pthread_mutexattr_destroy(&attributes)
  #endif
}

private func initializeCondition(_ condition: UnsafeMutablePointer<pthread_cond_t>) {
  var attributes = pthread_condattr_t()
  pthread_condattr_init(&attributes)
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
  pthread_cond_init(condition, &attributes)
  pthread_condattr_destroy(&attributes)
}

private func waitForCondition(
  _ condition: UnsafeMutablePointer<pthread_cond_t>, _ mutex: UnsafeMutablePointer<pthread_mutex_t>,
  until deadline: Instant
) {
  let nanoseconds = max(deadline.nanoseconds, 0)
  var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  pthread_cond_timedwait(condition, mutex, &time)
}
#endif
