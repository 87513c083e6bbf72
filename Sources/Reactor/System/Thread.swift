// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import CReactor
import Musl
#else
import CReactor
import Glibc
#endif

/// Threads of the system, for the few places that need one of their own: background loops and pool workers.
public enum SystemThread {
  /// Starts a thread that runs `body` and ends, and that nobody joins.
  ///
  /// Unless told otherwise, signals are handled on other threads, so that no blocking call of the body is interrupted; those
  /// that a fault raises are never blocked.
  ///
  /// - Parameters:
  ///   - name: What debuggers show, cut to 15 bytes.
  ///   - stackSize: In bytes; `nil` takes the system's default.
  ///   - blocksSignals: Whether signals sent to the process pass this thread by.
  ///   - body: What runs on it.
  public static func start(
    name: String, stackSize: Int? = nil, blocksSignals: Bool = true, _ body: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    if let stackSize { pthread_attr_setstacksize(&attributes, stackSize) }
    let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
    // A thread inherits its maker's mask: block all around the call, so that no signal slips in before the body.
    var blocked = sigset_t()
    var old = sigset_t()
    if blocksSignals { sigfillset(&blocked) } else { sigemptyset(&blocked) }
    for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&blocked, fault) }
    pthread_sigmask(blocksSignals ? SIG_SETMASK : SIG_BLOCK, &blocked, &old)
    let failure = create(&attributes, start.toOpaque())
    pthread_sigmask(SIG_SETMASK, &old, nil)
    guard failure == 0 else {
      start.release()
      throw SystemError(errno: failure, call: "pthread_create", subject: name)
    }
  }

  /// A number for the calling thread, unique among those alive.
  @inline(__always) static var current: UInt { identity(of: pthread_self()) }
}

private final class ThreadStart {
  let name: String
  let body: @Sendable () -> Void
  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func run(_ start: Unmanaged<ThreadStart>) {
  // Taken here, so that name and body are released before the thread ends.
  let start = start.takeRetainedValue()
  setName(String(start.name.utf8.prefix(15)) ?? "")
  withAlternateStack(start.body)
}

/// Gives the thread a second stack for as long as `body` runs.
///
/// An overflow of the first one can only be handled there: without it the process dies without a word, where Swift's
/// runtime would write a backtrace.
private func withAlternateStack(_ body: () -> Void) {
  var stack = stack_t()
  stack.ss_size = 65_536
  stack.ss_sp = malloc(65_536)
  sigaltstack(&stack, nil)
  body()
  var none = stack_t()
  none.ss_flags = CInt(truncatingIfNeeded: SS_DISABLE)
  none.ss_size = 65_536  // Darwin wants a size here, too.
  sigaltstack(&none, nil)
  free(stack.ss_sp)
}

#if canImport(Darwin)
private func create(_ attributes: inout pthread_attr_t, _ start: UnsafeMutableRawPointer) -> CInt {
  var thread: pthread_t?
  return pthread_create(
    &thread, &attributes,
    { start in
      // Optional or not, by the headers' age.
      if let start = start as UnsafeMutableRawPointer? { run(Unmanaged<ThreadStart>.fromOpaque(start)) }
      return nil
    }, start)
}

private func setName(_ name: String) { pthread_setname_np(name) }

@inline(__always) private func identity(of thread: pthread_t) -> UInt { UInt(bitPattern: thread) }
#else
private func create(_ attributes: inout pthread_attr_t, _ start: UnsafeMutableRawPointer) -> CInt {
  var thread = pthread_t()
  return pthread_create(
    &thread, &attributes,
    { start in
      if let start { run(Unmanaged<ThreadStart>.fromOpaque(start)) }
      return nil
    }, start)
}

private func setName(_ name: String) { creactor_name_thread(name) }

#if canImport(Musl)
@inline(__always) private func identity(of thread: pthread_t) -> UInt { UInt(bitPattern: thread) }
#else
@inline(__always) private func identity(of thread: pthread_t) -> UInt { UInt(thread) }
#endif
#endif
