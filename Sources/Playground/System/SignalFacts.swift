// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What a handler must know of the signal that it handles; all of it may be asked in one.
enum SignalFacts {
  /// Whether a fault raised it, which happens again when the handler returns; `code` is the kernel's.
  static func comesAgain(_ signal: CInt, _ code: CInt) -> Bool {
    switch signal {
    case SIGILL, SIGBUS, SIGFPE, SIGSEGV: isFault(code)
    // Some processors go on behind a breakpoint; the kernel says so by this code.
    case SIGTRAP: isFault(code) && code != 0x80
    default: false
    }
  }

  /// Whether a crash raises it, so that Swift's runtime handles it.
  static func isCrash(_ signal: CInt) -> Bool {
    switch signal {
    case SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT: true
    default: false
    }
  }

  /// Codes of what somebody sent begin at 0x10000 on Darwin, and are not positive elsewhere.
  private static func isFault(_ code: CInt) -> Bool { code > 0 && code < 0x10000 }

  /// Whether whoever started us wants the signal to pass by.
  static func isIgnored(_ action: sigaction) -> Bool { address(of: action) == 1 }
}

extension CrashRestore {
  typealias Handler = @convention(c) (CInt, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void
  fileprivate static let handler: Handler = { signal, information, _ in handle(signal, information) }
}

#if canImport(Darwin)
extension SignalFacts {
  static func makeAction() -> sigaction {
    sigaction(__sigaction_u: .init(__sa_sigaction: { CrashRestore.handler($0, $1, $2) }), sa_mask: 0, sa_flags: 0)
  }

  fileprivate static func address(of action: sigaction) -> Int {
    unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
  }

  /// Whether a thread raised it itself, as `abort` does: then what follows there ends the process.
  ///
  /// The kernel doesn't say it here.
  static func isOwn(_ code: CInt) -> Bool { false }
}
#elseif canImport(Musl)
extension SignalFacts {
  static func makeAction() -> sigaction {
    var action = sigaction()
    action.__sa_handler.sa_sigaction = CrashRestore.handler
    return action
  }

  fileprivate static func address(of action: sigaction) -> Int {
    unsafeBitCast(action.__sa_handler.sa_sigaction, to: Int.self)
  }

  /// Whether a thread raised it itself, as `abort` does: then what follows there ends the process.
  static func isOwn(_ code: CInt) -> Bool { code == -6 }
}
#else
extension SignalFacts {
  static func makeAction() -> sigaction {
    var action = sigaction()
    action.__sigaction_handler.sa_sigaction = CrashRestore.handler
    return action
  }

  fileprivate static func address(of action: sigaction) -> Int {
    unsafeBitCast(action.__sigaction_handler.sa_sigaction, to: Int.self)
  }

  /// Whether a thread raised it itself, as `abort` does: then what follows there ends the process.
  static func isOwn(_ code: CInt) -> Bool { code == -6 }
}
#endif
