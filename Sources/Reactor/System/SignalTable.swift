// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The process's signal handlers, on behalf of all loops.
///
/// **Facts.** A signal interrupts any thread at any instruction, so its handler may hardly do anything; the kernel merges
/// signals of one kind; `signalfd` would have to block the signal in every thread of the program, also in those that we
/// did not make.
///
/// **The rule here.** The handler raises a counter and rings the loops that watch, nothing more: both are atomics in
/// memory that never moves. At its next look a loop compares counters with what it saw last and calls back. The first
/// watch of a signal installs the handler and keeps the old disposition, the last one to go puts that back.
///
/// **What it costs.** A ring for every loop that watches any signal, whichever was raised.
enum SignalTable {
  static let highest = 64
  private static let capacity = 1024

  private struct Memory: ~Copyable {
    /// How often each signal was raised.
    let counts = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: highest + 1)
    /// The write ends to ring; -1 where there is none.
    let bells = UnsafeMutablePointer<Atomic<CInt>>.allocate(capacity: capacity)
    /// How often any was raised.
    let raised = Atomic<UInt64>(0)
    /// How many handlers run now: a write end is closed only when none does.
    let handlers = Atomic<Int>(0)

    init() {
      for index in 0...highest { (counts + index).initialize(to: Atomic(0)) }
      for index in 0..<capacity { (bells + index).initialize(to: Atomic(-1)) }
    }
  }

  // Unsafe is right: made before the first handler is installed, never freed, and every field is atomic.
  private nonisolated(unsafe) static let memory: UnsafeMutablePointer<Memory> = {
    let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
    memory.initialize(to: Memory())
    return memory
  }()

  private struct Installed {
    var watches = 0
    var old = sigaction()
  }
  private static let installed = Locked<[CInt: Installed]>([:])

  /// How often any signal was raised: one load for each look of a loop that watches signals.
  @inline(__always) static var raised: UInt64 { memory.pointee.raised.load(ordering: .acquiring) }

  static func count(of signal: CInt) -> UInt64 { memory.pointee.counts[Int(signal)].load(ordering: .relaxed) }

  /// Lets every raised signal ring the waker; returns where, for `removeBell`.
  static func addBell(_ waker: Waker) -> Int {
    for place in 0..<capacity
    where memory.pointee.bells[place].compareExchange(expected: -1, desired: waker.writeEnd, ordering: .releasing)
      .exchanged
    { return place }
    preconditionFailure("more than \(capacity) event loops watch signals at once")
  }

  /// Returns when no handler can ring the waker any more.
  static func removeBell(_ place: Int) {
    memory.pointee.bells[place].store(-1, ordering: .sequentiallyConsistent)
    while memory.pointee.handlers.load(ordering: .sequentiallyConsistent) > 0 { sched_yield() }
  }

  /// Installs the handler if this is the signal's first watch; false if the signal can't be watched.
  static func watch(_ signal: CInt) -> Bool {
    _ = memory
    return installed.withLock { installed in
      if let count = installed[signal]?.watches {
        installed[signal]?.watches = count + 1
        return true
      }
      var action = makeAction()
      action.sa_flags = CInt(SA_RESTART)
      sigfillset(&action.sa_mask)
      var old = sigaction()
      guard sigaction(signal, &action, &old) == 0 else { return false }
      installed[signal] = Installed(watches: 1, old: old)
      return true
    }
  }

  /// Puts the old disposition back if this was the signal's last watch.
  static func unwatch(_ signal: CInt) {
    installed.withLock { installed in
      guard var entry = installed[signal] else { return }
      entry.watches -= 1
      if entry.watches > 0 {
        installed[signal] = entry
      } else {
        sigaction(signal, &entry.old, nil)
        installed[signal] = nil
      }
    }
  }

  /// The handler itself: only atomics and `write`.
  fileprivate static func handle(_ signal: CInt) {
    let saved = errno
    memory.pointee.handlers.add(1, ordering: .sequentiallyConsistent)
    memory.pointee.counts[Int(signal)].add(1, ordering: .relaxed)
    memory.pointee.raised.add(1, ordering: .releasing)
    for place in 0..<capacity {
      let end = memory.pointee.bells[place].load(ordering: .sequentiallyConsistent)
      if end >= 0 { Waker.ring(end) }
    }
    memory.pointee.handlers.subtract(1, ordering: .sequentiallyConsistent)
    errno = saved
  }
}

#if canImport(Darwin)
private func makeAction() -> sigaction {
  sigaction(__sigaction_u: .init(__sa_handler: { SignalTable.handle($0) }), sa_mask: 0, sa_flags: 0)
}
#elseif canImport(Musl)
private func makeAction() -> sigaction {
  var action = sigaction()
  action.__sa_handler.sa_handler = { SignalTable.handle($0) }
  return action
}
#else
private func makeAction() -> sigaction {
  var action = sigaction()
  action.__sigaction_handler.sa_handler = { SignalTable.handle($0) }
  return action
}
#endif

extension Signal {
  /// The terminal's interrupt key, Ctrl-C.
  public static let interrupt = Signal(rawValue: SIGINT)
  /// The request to end.
  public static let terminate = Signal(rawValue: SIGTERM)
  /// The terminal is gone.
  public static let hangUp = Signal(rawValue: SIGHUP)
  /// For the program's own use.
  public static let user1 = Signal(rawValue: SIGUSR1)
  /// For the program's own use.
  public static let user2 = Signal(rawValue: SIGUSR2)
  /// A child process has stopped or ended.
  public static let child = Signal(rawValue: SIGCHLD)
  /// The terminal's size has changed.
  public static let windowChange = Signal(rawValue: SIGWINCH)
  /// The process goes on after it was stopped.
  public static let `continue` = Signal(rawValue: SIGCONT)
  /// The terminal's stop key, Ctrl-Z.
  public static let terminalStop = Signal(rawValue: SIGTSTP)
  /// The terminal's quit key.
  public static let quit = Signal(rawValue: SIGQUIT)
  /// A timer of the system's has run out.
  public static let alarm = Signal(rawValue: SIGALRM)
  /// A write to a pipe that nobody reads.
  public static let pipe = Signal(rawValue: SIGPIPE)

  fileprivate static let unwatchable: Set<CInt> = [SIGKILL, SIGSTOP]

  /// Whether a program may watch it at all.
  var isWatchable: Bool {
    rawValue > 0 && rawValue <= CInt(SignalTable.highest) && !Self.unwatchable.contains(rawValue)
  }

  /// Sends the signal to this process: to the calling thread, so that it has come when this returns.
  ///
  /// Where that thread blocks it, as a background loop's does, it goes to any other one, and comes a little later.
  public func raise() { send(rawValue) }
}

private func send(_ signal: CInt) {
  var blocked = sigset_t()
  pthread_sigmask(SIG_BLOCK, nil, &blocked)
  // Sent to a thread that blocks it, it would wait there for ever.
  if sigismember(&blocked, signal) == 1 { kill(getpid(), signal) } else { raise(signal) }
}
