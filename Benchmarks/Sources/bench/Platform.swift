// SPDX-License-Identifier: Apache-2.0

// All that the benchmark needs of the C library; no other file imports one.
#if canImport(Darwin)
import Darwin
import Dispatch
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Nanoseconds of the monotonic clock.
func wallNanoseconds() -> Int64 { read(CLOCK_MONOTONIC) }

/// Nanoseconds of user and system time of the whole process, all threads.
func cpuNanoseconds() -> Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

private func read(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// The memory of this process that is resident, or nil where there is no /proc.
func residentBytes() -> Int? {
  guard let file = fopen("/proc/self/statm", "r") else { return nil }
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  guard fgets(&text, CInt(text.count), file) != nil else { return nil }
  let fields = text.split(whereSeparator: { $0 == 32 || $0 == 10 || $0 == 0 })
  guard fields.count > 1 else { return nil }
  return fields[1].reduce(0) { $0 * 10 + Int($1) - 48 } * sysconf(CInt(_SC_PAGESIZE))
}

/// A semaphore between two threads.
///
/// Unchecked: a semaphore is what threads share.
final class Semaphore: @unchecked Sendable {
  #if canImport(Darwin)
  // Darwin has no unnamed semaphores.
  private let semaphore = DispatchSemaphore(value: 0)
  func signal() { semaphore.signal() }
  func wait() { semaphore.wait() }
  #else
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  init() { sem_init(semaphore, 0, 0) }
  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
  func signal() { sem_post(semaphore) }
  func wait() { while sem_wait(semaphore) != 0 {} }
  #endif
}

/// A second thread, outside of every pool.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Body {
    let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
  }
  #if canImport(Darwin)
  var thread: pthread_t?
  #else
  var thread = pthread_t()
  #endif
  let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().call()
    return nil
  }
  let status = pthread_create(&thread, nil, start, Unmanaged.passRetained(Body(body)).toOpaque())
  check(status == 0, "no thread")
  pthread_detach(thread)
}

/// Ends the program with one line on standard error and status 1.
func fail(_ what: String) -> Never {
  let message = "bench: \(what)\n"
  write(STDERR_FILENO, message, message.utf8.count)
  exit(1)
}

/// Ends the program with status 3 and prints nothing: a work that isn't done here.
func notDoneHere() -> Never { exit(3) }

func check(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fail(what()) }
}
