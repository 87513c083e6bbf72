// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Who hears of it when the process crashes.
enum CrashSignals {
  /// The signals that a crash raises, by the names that people know.
  static let all: [(name: String, number: CInt)] = [
    ("QUIT", SIGQUIT), ("ILL", SIGILL), ("TRAP", SIGTRAP), ("ABRT", SIGABRT), ("BUS", SIGBUS), ("FPE", SIGFPE),
    ("SEGV", SIGSEGV),
  ]

  /// Whether some code of the process handles the signal: Swift's runtime, as long as nobody else has come.
  static func isHandled(_ number: CInt) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return handlerAddress(action) > 1  // 0 is the default, 1 means ignored
  }
}

#if canImport(Darwin)
private func handlerAddress(_ action: sigaction) -> UInt {
  UInt(bitPattern: unsafeBitCast(action.__sigaction_u.__sa_sigaction, to: Int.self))
}
#elseif canImport(Musl)
private func handlerAddress(_ action: sigaction) -> UInt {
  UInt(bitPattern: unsafeBitCast(action.__sa_handler.sa_sigaction, to: Int.self))
}
#else
private func handlerAddress(_ action: sigaction) -> UInt {
  UInt(bitPattern: unsafeBitCast(action.__sigaction_handler.sa_sigaction, to: Int.self))
}
#endif

/// The machine and its system.
enum Machine {
  /// System, version and processor: `Linux 6.8.0 x86_64`.
  static var description: String {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return [text(names.sysname), text(names.release), text(names.machine)].joined(separator: " ")
  }

  /// How many processors this process may use.
  static var processors: Int { sysconf(CInt(_SC_NPROCESSORS_ONLN)) }

  /// A C array of characters comes as a tuple.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
