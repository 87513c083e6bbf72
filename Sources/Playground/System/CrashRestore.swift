// SPDX-License-Identifier: Apache-2.0

import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Gives the terminal back when a signal ends the process, on whatever thread it comes.
///
/// **Facts.** Swift's runtime handles the signals of a crash: it writes a backtrace, and asks what to do next where a
/// terminal is. On a full screen all that is a staircase that vanishes with it, and the shell gets a raw terminal.
///
/// **The rule here.** Our handlers stand before the runtime's. They give the terminal back, show what was captured of
/// the program's output, put the old disposition back, and let the signal come once more: from then on everything is as
/// if they hadn't been there. Only calls are used that a handler may make, on memory that never moves and was made
/// before. They are installed once and stay: while the terminal isn't ours, they only pass the signal on.
///
/// **What it costs.** KILL can't be handled, and an overflow of the stack only on threads that have another one to handle
/// it on; then `playground reset` helps.
enum CrashRestore {
  /// What gives the terminal back, for the handlers too.
  struct Plan {
    /// Where frames are written, and where the restoring goes: two numbers of one terminal.
    var frames: CInt
    var terminal: CInt
    var captured: CapturedOutput
    var modes: TerminalModes
    /// What undoes all that was sent.
    var sequence: [UInt8]
  }

  private struct Memory: ~Copyable {
    /// Whether the terminal is ours; who clears it gives it back.
    let isOurs = Atomic<Bool>(false)
    var frames: CInt = -1
    var terminal: CInt = -1
    var nothing: CInt = -1
    var captured: CInt = -1
    var standardOutput: CInt = -1
    var standardError: CInt = -1
    var modes = termios()
    let sequence = UnsafeMutablePointer<UInt8>.allocate(capacity: 512)
    var sequenceCount = 0
    let scratch = UnsafeMutablePointer<UInt8>.allocate(capacity: scratchSize)
    let old = UnsafeMutablePointer<sigaction>.allocate(capacity: 65)
    /// The last that was printed, oldest first from `lastPlace` on.
    let last = UnsafeMutablePointer<UInt8>.allocate(capacity: lastSize)
    let lastCount = Atomic<Int>(0)
    /// Whether something has been taken from the pipe and may not be among the last yet.
    let isReading = Atomic<Bool>(false)
  }
  private static let scratchSize = 4096
  private static let lastSize = 2048

  // Unsafe is right: made before the first handler is installed and never freed. What isn't atomic in it is written
  // while `isOurs` is false, by the one thread that has the screen, and read by whoever has cleared it.
  private nonisolated(unsafe) static let memory: UnsafeMutablePointer<Memory> = {
    let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
    memory.initialize(to: Memory())
    memory.pointee.nothing = openNothing()
    return memory
  }()

  /// The terminal is ours from now on; `plan` says how it is given back.
  ///
  /// Nothing happens if it is ours already.
  static func arm(_ plan: Plan) {
    _ = installed
    if memory.pointee.isOurs.load(ordering: .sequentiallyConsistent) { return }
    precondition(plan.sequence.count <= 512, "the restoring sequence is too long; please report this")
    memory.pointee.frames = plan.frames
    memory.pointee.terminal = plan.terminal
    memory.pointee.captured = plan.captured.readEnd
    memory.pointee.standardOutput = plan.captured.standardOutput
    memory.pointee.standardError = plan.captured.standardError
    memory.pointee.modes = plan.modes.value
    for (index, byte) in plan.sequence.enumerated() { memory.pointee.sequence[index] = byte }
    memory.pointee.sequenceCount = plan.sequence.count
    memory.pointee.isOurs.store(true, ordering: .sequentiallyConsistent)
  }

  /// Gives the terminal back; false if that has been done.
  ///
  /// What was typed and not read is dropped: the shell would take the rest of a paste for commands. Whoever sees the last
  /// byte finds the modes as they were.
  @discardableResult static func restore() -> Bool {
    guard memory.pointee.isOurs.exchange(false, ordering: .sequentiallyConsistent) else { return false }
    tcsetattr(memory.pointee.terminal, TCSANOW, &memory.pointee.modes)
    tcflush(memory.pointee.terminal, TCIFLUSH)
    writeAll(memory.pointee.terminal, memory.pointee.sequence, memory.pointee.sequenceCount)
    return true
  }

  /// Reads from the pipe, and keeps the last of it before a handler looks: a crash on another thread may come between.
  static func reading(_ read: () -> [UInt8]?) -> [UInt8]? {
    memory.pointee.isReading.store(true, ordering: .sequentiallyConsistent)
    defer { memory.pointee.isReading.store(false, ordering: .sequentiallyConsistent) }
    let bytes = read()
    if let bytes { remember(bytes) }
    return bytes
  }

  /// Keeps the last of what was printed: the screen that shows it won't be there after a crash.
  private static func remember(_ printed: [UInt8]) {
    var count = memory.pointee.lastCount.load(ordering: .relaxed)
    for byte in printed.suffix(lastSize) {
      memory.pointee.last[count % lastSize] = byte
      count += 1
    }
    memory.pointee.lastCount.store(count, ordering: .releasing)
  }

  // MARK: In a handler

  static func handle(_ signal: CInt, _ information: UnsafeMutablePointer<siginfo_t>?) {
    let saved = errno
    if memory.pointee.isOurs.load(ordering: .sequentiallyConsistent) {
      // Other threads still run: what they draw from now on goes nowhere.
      dup2(memory.pointee.nothing, memory.pointee.frames)
      if restore() { giveBackOutput(showingCaptured: SignalFacts.isCrash(signal)) }
    }
    var old = memory.pointee.old[Int(signal)]
    sigaction(signal, &old, nil)
    let code = information.map { $0.pointee.si_code } ?? 0
    if !SignalFacts.comesAgain(signal, code) {
      if SignalFacts.isCrash(signal), !SignalFacts.isOwn(code) || signal == SIGQUIT {
        // Swift's handler returns from one that somebody sent, and the process would go on.
        raiseNow(signal)
        setDefault(signal)
      }
      // Blocked until this returns, and comes then: so a backtrace begins where it should.
      raise(signal)
    }
    errno = saved
  }

  /// Moves 1 and 2 back; after a crash writes what is still in the pipe, behind the last that was read from it: the
  /// crash's message is among that.
  private static func giveBackOutput(showingCaptured: Bool) {
    dup2(memory.pointee.standardOutput, 1)
    dup2(memory.pointee.standardError, 2)
    guard showingCaptured else { return }
    // For a moment only: the reader may be the very thread that has crashed.
    var patience = 50
    while memory.pointee.isReading.load(ordering: .sequentiallyConsistent), patience > 0 {
      _ = poll(nil, 0, 2)
      patience -= 1
    }
    let count = memory.pointee.lastCount.load(ordering: .acquiring)
    var start = max(0, count - lastSize)
    // From a line's beginning on.
    if start > 0 { while start < count, memory.pointee.last[start % lastSize] != 0x0A { start += 1 } }
    while start < count {
      writeAll(2, memory.pointee.last + start % lastSize, 1)
      start += 1
    }
    while true {
      let count = read(memory.pointee.captured, memory.pointee.scratch, scratchSize)
      if count <= 0 { break }
      writeAll(2, memory.pointee.scratch, count)
    }
  }

  /// Writes all, or as much as a stuck terminal takes in half a second.
  private static func writeAll(_ descriptor: CInt, _ bytes: UnsafePointer<UInt8>, _ count: Int) {
    var start = 0
    var patience = 5
    while start < count, patience > 0 {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&entry, 1, 100) > 0 else {
        patience -= 1
        continue
      }
      let written = write(descriptor, bytes + start, count - start)
      if written > 0 { start += written } else if errno != EINTR, errno != EAGAIN { return } else { patience -= 1 }
    }
  }

  /// Raises a signal inside of its own handler, which blocks it.
  private static func raiseNow(_ signal: CInt) {
    var mask = sigset_t()
    var old = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, signal)
    pthread_sigmask(SIG_UNBLOCK, &mask, &old)
    raise(signal)
    pthread_sigmask(SIG_SETMASK, &old, nil)
  }

  // MARK: Installing

  /// All that end a process unless somebody handles them, but for KILL.
  private static let signals: [CInt] = [
    SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT, SIGTERM, SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGUSR1,
    SIGUSR2, SIGXCPU, SIGXFSZ, SIGSYS, SIGVTALRM, SIGPROF,
  ]

  private static let installed: Void = {
    for signal in signals {
      var old = sigaction()
      sigaction(signal, nil, &old)
      // Who started us wants it to pass by: `nohup`, or a job in the background of a script.
      if SignalFacts.isIgnored(old) { continue }
      memory.pointee.old[Int(signal)] = old
      var action = SignalFacts.makeAction()
      action.sa_flags = CInt(truncatingIfNeeded: SA_ONSTACK) | CInt(truncatingIfNeeded: SA_SIGINFO)
      sigfillset(&action.sa_mask)
      // A fault in the handler itself must not be lost.
      for fault in [SIGILL, SIGBUS, SIGFPE, SIGSEGV] { sigdelset(&action.sa_mask, fault) }
      sigaction(signal, &action, nil)
    }
  }()
}

private func openNothing() -> CInt { open("/dev/null", O_WRONLY | O_CLOEXEC) }

private func setDefault(_ number: CInt) { signal(number, SIG_DFL) }
