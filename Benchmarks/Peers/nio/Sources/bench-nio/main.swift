// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on SwiftNIO. Usage: bench-nio WORK [N [K]] [name=value ...]
//
// Options: threads=T (defer_*) size of the NIOThreadPool, 20 if not given
//
// Where the work is not quite the same:
// - A next tick is `execute`. The loop drains its queue until it is empty before it polls again, so a chain of
//   callbacks polls nothing and keeps sockets and later timers waiting.
// - Cancelling searches the heap linearly: N cancels are quadratic. So timer_add_cancel wants a smaller N than
//   for the others, and the warm-up of timer_add_cancel_live has 1,000 live timers in place of K. What is live
//   after the measured region is not cancelled; the program just ends.
// - Periodic timers count from when the tick ran, so they drift.
// - The works run on the loop's own thread, through the `EventLoop` existential, as a user's code would.
import Dispatch
import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// MARK: The harness

func fail(_ what: String) -> Never {
  let message = "nio: \(what)\n"
  write(STDERR_FILENO, message, message.utf8.count)
  exit(1)
}

func check(_ holds: Bool, _ what: String) {
  if !holds { fail(what) }
}

func clockNanoseconds(_ clock: clockid_t) -> Int64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// What is measured.
///
/// It may be begun and ended several times; it adds up.
///
/// Unchecked: it is touched by one thread at a time, and a semaphore or the loop's queue stands between them.
final class Region: @unchecked Sendable {
  private(set) var nanoseconds: Int64 = 0
  private(set) var cpuNanoseconds: Int64 = 0
  var extra: [(String, String)] = []

  var seconds: Double { Double(nanoseconds) / 1e9 }

  func begin() {
    cpuNanoseconds -= clockNanoseconds(CLOCK_PROCESS_CPUTIME_ID)
    nanoseconds -= clockNanoseconds(CLOCK_MONOTONIC)
  }

  func end() {
    nanoseconds += clockNanoseconds(CLOCK_MONOTONIC)
    cpuNanoseconds += clockNanoseconds(CLOCK_PROCESS_CPUTIME_ID)
  }
}

/// A counter that only the loop's thread touches (hence unchecked).
final class Counter: @unchecked Sendable {
  var value = 0
}

/// An array that only the loop's thread touches (hence unchecked).
final class Box<Element>: @unchecked Sendable {
  var elements: [Element] = []
}

struct XorShift {
  private var state: UInt32 = 42

  mutating func next() -> UInt32 {
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    return state
  }

  /// The next `n` delays: base + x % span milliseconds.
  mutating func delays(_ n: Int, _ base: UInt32, _ span: UInt32) -> [TimeAmount] {
    (0..<n).map { _ in .milliseconds(Int64(base + next() % span)) }
  }
}

func rssBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { exit(3) }  // not on this system
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  check(fgets(&text, 128, file) != nil, "cannot read statm")
  let fields = text.prefix { $0 != 0 }.split(separator: 32).map { field in
    field.reduce(0) { $0 * 10 + Int($1) - 48 }
  }
  return fields[1] * sysconf(Int32(_SC_PAGESIZE))
}

func decimal(_ value: Double, _ digits: Int = 1) -> String {
  let scale = pow(10, Double(digits))
  return "\((value * scale).rounded() / scale)"
}

struct Run: Sendable {
  let loop: any EventLoop
  let n: Int
  let k: Double
  let region: Region
  let isWarmUp: Bool
  let pool: NIOThreadPool
  /// Called on any thread when the work has ended.
  let done: @Sendable () -> Void
}

// MARK: 1, 2, 7: ticks

func tickChain(_ run: Run) {
  let count = Counter()
  @Sendable func tick() {
    count.value += 1
    if count.value < run.n {
      run.loop.execute(tick)
    } else {
      run.region.end()
      run.done()
    }
  }
  run.region.begin()
  run.loop.execute(tick)
}

func tickBatch(_ run: Run) {
  let count = Counter()
  let n = run.n
  @Sendable func last() {
    run.region.end()
    run.done()
  }
  run.region.begin()
  for _ in 0..<n {
    run.loop.execute {
      count.value += 1
      if count.value == n { last() }
    }
  }
}

/// An object with a mailbox; each message asks for one call.
///
/// Only the loop's thread touches it (hence unchecked).
final class Mailbox: @unchecked Sendable {
  private let loop: any EventLoop
  private var mail = CircularBuffer<Int>()
  var receive: (Int) -> Void = { _ in }

  init(_ loop: any EventLoop) {
    self.loop = loop
  }

  func notify(_ message: Int) {
    mail.append(message)
    loop.execute { self.receive(self.mail.removeFirst()) }
  }
}

func spawnPingpong(_ run: Run) {
  let received = Counter()
  let ping = Mailbox(run.loop)
  let pong = Mailbox(run.loop)
  func finish() {
    run.region.end()
    check(received.value == run.n, "spawn_pingpong lost a message")
    ping.receive = { _ in }  // they keep each other
    run.done()
  }
  ping.receive = { message in
    received.value += 1
    if message > 1 { pong.notify(message - 1) } else { finish() }
  }
  pong.receive = { message in
    received.value += 1
    if message > 1 { ping.notify(message - 1) } else { finish() }
  }
  run.region.begin()
  ping.notify(run.n)
}

// MARK: 3: timers added and cancelled

/// One turn that looks at the timers; `execute` alone would be drained in this one.
func nextTurn(_ loop: any EventLoop, _ body: @escaping @Sendable () -> Void) {
  loop.scheduleTask(in: .nanoseconds(0), body)
}

func timerAddCancel(_ run: Run) {
  let n = run.n
  var random = XorShift()
  let delays = random.delays(n, 1000, 59001)
  let fired = Counter()
  var timers: [Scheduled<Void>] = []
  timers.reserveCapacity(n)
  run.region.begin()
  let start = clockNanoseconds(CLOCK_MONOTONIC)
  for delay in delays {
    timers.append(run.loop.scheduleTask(in: delay) { fired.value += 1 })
  }
  let added = clockNanoseconds(CLOCK_MONOTONIC)
  for timer in timers { timer.cancel() }
  nextTurn(run.loop) {
    let cancelled = clockNanoseconds(CLOCK_MONOTONIC)
    run.region.end()
    run.region.extra = [
      ("add_ns", decimal(Double(added - start) / Double(n))),
      ("cancel_ns", decimal(Double(cancelled - added) / Double(n))),
      ("fired", "\(fired.value)"),
    ]
    run.done()
  }
}

func timerAddCancelLive(_ run: Run) {
  let live = run.isWarmUp ? min(1000, Int(run.k)) : Int(run.k)
  let n = run.n
  var random = XorShift()
  let liveDelays = random.delays(live, 30000, 60001)
  let delays = random.delays(n, 30000, 60001)
  let fired = Counter()
  let turns = Counter()
  let timers = Box<Scheduled<Void>>()
  timers.elements = liveDelays.map { run.loop.scheduleTask(in: $0) { fired.value += 1 } }
  @Sendable func block(_ first: Int) {
    let past = min(first + 1000, n)
    run.region.begin()
    for i in first..<past {
      run.loop.scheduleTask(in: delays[i]) { fired.value += 1 }.cancel()
    }
    run.region.end()
    let start = clockNanoseconds(CLOCK_MONOTONIC)
    nextTurn(run.loop) {
      turns.value += Int(clockNanoseconds(CLOCK_MONOTONIC) - start)
      if past < n { return block(past) }
      check(fired.value == 0, "timer_add_cancel_live: a timer fired")
      if run.isWarmUp { for timer in timers.elements { timer.cancel() } }
      run.region.extra = [("live", "\(live)"), ("turn_ns", decimal(Double(turns.value) / Double(n)))]
      run.done()
    }
  }
  block(0)
}

// MARK: 4, 5: timers that fire

func timerFire(_ run: Run) {
  let n = run.n
  var random = XorShift()
  let delays = random.delays(n, 0, 101)
  let late = Box<Double>()
  late.elements.reserveCapacity(n)
  @Sendable func last() {
    run.region.end()
    late.elements.sort()
    let sorted = late.elements
    let percentile = { (percent: Int) in sorted[max(1, (percent * n + 99) / 100) - 1] }  // nearest rank
    run.region.extra = [
      ("late_max_ms", decimal(sorted[n - 1], 3)), ("late_p99_ms", decimal(percentile(99), 3)),
      ("late_p50_ms", decimal(percentile(50), 3)), ("late_min_ms", decimal(sorted[0], 3)),
    ]
    run.done()
  }
  run.region.begin()
  for delay in delays {
    let due = clockNanoseconds(CLOCK_MONOTONIC) + delay.nanoseconds
    run.loop.scheduleTask(in: delay) {
      late.elements.append(Double(clockNanoseconds(CLOCK_MONOTONIC) - due) / 1e6)
      if late.elements.count == n { last() }
    }
  }
}

func periodic(_ run: Run) {
  let n = run.n
  let ticks = Counter()
  let timers = Box<RepeatedTask>()
  timers.elements.reserveCapacity(n)
  run.region.begin()
  for _ in 0..<n {
    timers.elements.append(
      run.loop.scheduleRepeatedTask(initialDelay: .milliseconds(1), delay: .milliseconds(1)) { _ in
        ticks.value += 1
      })
  }
  run.loop.scheduleTask(in: .nanoseconds(Int64(run.k * 1e9))) {
    run.region.end()
    for timer in timers.elements { timer.cancel() }
    let count = Double(ticks.value)
    run.region.extra = [
      ("ticks", "\(ticks.value)"), ("ideal", decimal(Double(n) * run.k * 1000)),
      ("fired_ratio", decimal(count / (Double(n) * run.region.seconds * 1000), 4)),
    ]
    run.done()
  }
}

// MARK: 6: deferreds

func deferred(_ run: Run) {
  let count = Counter()
  let failed = Counter()
  run.region.begin()
  for i in 0..<run.n {
    let promise = run.loop.makePromise(of: Int.self)
    promise.futureResult.whenSuccess { _ in count.value += 1 }
    promise.futureResult.whenFailure { _ in failed.value += 1 }
    promise.succeed(i)
  }
  run.region.end()
  check(count.value == run.n && failed.value == 0, "deferred lost a callback")
  run.done()
}

func deferredChain(_ run: Run) {
  let count = Counter()
  let rounds = max(1, run.n / 100)
  run.region.begin()
  for i in 0..<rounds {
    let promise = run.loop.makePromise(of: Int.self)
    for _ in 0..<100 { promise.futureResult.whenSuccess { _ in count.value += 1 } }
    promise.succeed(i)
  }
  run.region.end()
  check(count.value == rounds * 100, "deferred_chain lost a callback")
  run.done()
}

// MARK: 8: the thread pool

func deferRoundtrip(_ run: Run) {
  let received = Counter()
  let sum = Counter()
  @Sendable func send() {
    let value = received.value
    run.pool.runIfActive(eventLoop: run.loop) { value + 1 }.whenSuccess { result in
      sum.value += result
      received.value += 1
      if received.value < run.n { return send() }
      run.region.end()
      check(sum.value == run.n * (run.n + 1) / 2, "defer_roundtrip lost a job")
      run.done()
    }
  }
  run.region.begin()
  send()
}

func deferThroughput(_ run: Run) {
  let received = Counter()
  let sum = Counter()
  run.region.begin()
  for i in 0..<run.n {
    run.pool.runIfActive(eventLoop: run.loop) { i + 1 }.whenSuccess { result in
      sum.value += result
      received.value += 1
      guard received.value == run.n else { return }
      run.region.end()
      check(sum.value == run.n * (run.n + 1) / 2, "defer_throughput lost a job")
      run.done()
    }
  }
}

// MARK: 9: another thread

/// A thread outside of every pool.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Body {
    let call: @Sendable () -> Void
    init(_ call: @escaping @Sendable () -> Void) { self.call = call }
  }
  let argument = Unmanaged.passRetained(Body(body)).toOpaque()
  #if canImport(Darwin)
  var thread: pthread_t?
  #else
  var thread = pthread_t()
  #endif
  let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().call()
    return nil
  }
  let status = pthread_create(&thread, nil, start, argument)
  check(status == 0, "no thread")
}

func wakeup(_ run: Run) {
  let count = Counter()
  let ran = DispatchSemaphore(value: 0)
  startThread {
    run.region.begin()
    for _ in 0..<run.n {
      run.loop.execute {
        count.value += 1
        ran.signal()
      }
      ran.wait()
    }
    run.region.end()
    run.loop.execute {
      check(count.value == run.n, "a wake-up was lost")
      run.done()
    }
  }
}

func wakeupFlood(_ run: Run) {
  let count = Counter()
  let n = run.n
  @Sendable func last() {
    run.region.end()
    run.done()
  }
  startThread {
    run.region.begin()
    for _ in 0..<n {
      run.loop.execute {
        count.value += 1
        if count.value == n { last() }
      }
    }
  }
}

// MARK: 11: memory

func memTimer(_ run: Run) {
  let fired = Counter()
  var random = XorShift()
  var timers = [Scheduled<Void>?](repeating: nil, count: run.n)
  let before = rssBytes()
  run.region.begin()
  for i in 0..<run.n {
    timers[i] = run.loop.scheduleTask(in: .milliseconds(Int64(600000 + random.next() % 600001))) {
      fired.value += 1
    }
  }
  run.region.end()
  run.region.extra = [("rss_bytes_per_op", decimal(Double(rssBytes() - before) / Double(run.n)))]
  withExtendedLifetime(timers) { run.done() }
}

func memDeferred(_ run: Run) {
  let count = Counter()
  var pending = [EventLoopPromise<Int>?](repeating: nil, count: run.n)
  let before = rssBytes()
  run.region.begin()
  for i in 0..<run.n {
    let promise = run.loop.makePromise(of: Int.self)
    promise.futureResult.whenSuccess { _ in count.value += 1 }
    promise.futureResult.whenFailure { _ in count.value -= 1 }
    pending[i] = promise
  }
  run.region.end()
  run.region.extra = [("rss_bytes_per_op", decimal(Double(rssBytes() - before) / Double(run.n)))]
  check(count.value == 0, "mem_deferred called back")
  for promise in pending { promise?.succeed(0) }  // a promise that is leaked traps
  run.done()
}

// MARK: The command line

typealias Work = @Sendable (Run) -> Void

let works: [String: (run: Work, n: Int, k: Double)] = [
  "tick_chain": (tickChain, 1_000_000, 0),
  "tick_batch": (tickBatch, 1_000_000, 0),
  "timer_add_cancel": (timerAddCancel, 20_000, 0),
  "timer_add_cancel_live": (timerAddCancelLive, 10_000, 100_000),
  "timer_fire": (timerFire, 100_000, 0),
  "periodic": (periodic, 1000, 2),
  "deferred": (deferred, 1_000_000, 0),
  "deferred_chain": (deferredChain, 1_000_000, 0),
  "spawn_pingpong": (spawnPingpong, 1_000_000, 0),
  "defer_roundtrip": (deferRoundtrip, 50_000, 0),
  "defer_throughput": (deferThroughput, 200_000, 0),
  "wakeup": (wakeup, 50_000, 0),
  "wakeup_flood": (wakeupFlood, 1_000_000, 0),
  "mem_timer": (memTimer, 100_000, 0),
  "mem_deferred": (memDeferred, 100_000, 0),
]

guard CommandLine.arguments.count >= 2 else { fail("usage: bench-nio WORK [N [K]] [name=value ...]") }
let name = CommandLine.arguments[1]
if name == "version" {
  print(#"{"peer":"nio","version":"2.101.2"}"#)  // Package.swift asks for exactly this one
  exit(0)
}
guard let work = works[name] else { exit(3) }
var numbers: [Double] = []
var threads = 20
for argument in CommandLine.arguments.dropFirst(2) {
  if let number = Double(argument) {
    numbers.append(number)
  } else if argument.hasPrefix("threads="), let size = Int(argument.dropFirst(8)) {
    threads = size
  } else if !argument.contains("=") {
    fail("\(argument) is not a number")
  }
}
let n = numbers.isEmpty ? work.n : Int(numbers[0])
let k = numbers.count > 1 ? numbers[1] : work.k
check(n >= 1 && k >= 0 && threads >= 1, "N must be at least 1, K not negative")

let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let loop: any EventLoop = group.next()
let pool = NIOThreadPool(numberOfThreads: threads)
if name.hasPrefix("defer_") { pool.start() }

/// Runs the work on the loop's thread and waits for its end on this one.
func measure(_ n: Int, _ k: Double, isWarmUp: Bool) -> Region {
  let region = Region()
  let ended = DispatchSemaphore(value: 0)
  let run = Run(loop: loop, n: n, k: k, region: region, isWarmUp: isWarmUp, pool: pool) { ended.signal() }
  let body = work.run
  loop.execute { body(run) }
  ended.wait()
  return region
}

if !name.hasPrefix("mem_") {
  _ = measure(max(1, n / 10), name == "periodic" ? k / 10 : k, isWarmUp: true)
}
let region = measure(n, k, isWarmUp: false)
if name.hasPrefix("defer_") { region.extra.append(("threads", "\(threads)")) }
let extra = region.extra.map { ",\"\($0)\":\($1)" }.joined()
print(
  #"{"peer":"nio","work":"\#(name)","n":\#(n),"seconds":\#(region.seconds),"#
    + #""ns_per_op":\#(decimal(Double(region.nanoseconds) / Double(n), 2)),"#
    + #""cpu_seconds":\#(Double(region.cpuNanoseconds) / 1e9)\#(extra)}"#)
exit(0)  // without waiting for timers that nobody cancelled
