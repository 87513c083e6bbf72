// SPDX-License-Identifier: Apache-2.0

@testable import playground

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension Built {
  /// Runs a line of the shell on a terminal whose file is this process's as well, leaves it by `q`, and looks at the
  /// file's flags before, while it runs, and after.
  static func flagsOfSharedTerminal(during line: String) -> (status: Int, flags: [CInt]) {
    let (main, terminal) = makeTerminal()
    defer { for descriptor in [main, terminal] { close(descriptor) } }
    var flags = [fcntl(terminal, F_GETFL)]
    let child = start(
      ["/bin/sh", "-c", line], Sitting.usual, input: terminal, output: terminal, errors: terminal, closing: [main])
    var screen = TinyTerminal(Size(columns: 80, rows: 24))
    while !screen.lines.contains(where: { $0.contains("events start") }), let bytes = readSome(main), !bytes.isEmpty {
      screen.take(bytes)
    }
    flags.append(fcntl(terminal, F_GETFL))
    _ = [UInt8(ascii: "q")].withUnsafeBytes { writeTo(main, $0) }
    let status = wait(for: child)
    flags.append(fcntl(terminal, F_GETFL))
    return (status, flags)
  }
}

/// The numbers of signals, by the names that people know.
enum SignalNumber {
  static let all: [String: CInt] = [
    "TERM": SIGTERM, "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "PIPE": SIGPIPE, "ALRM": SIGALRM, "SEGV": SIGSEGV,
    "ABRT": SIGABRT, "KILL": SIGKILL, "STOP": SIGSTOP, "CONT": SIGCONT, "TSTP": SIGTSTP, "WINCH": SIGWINCH,
    "USR1": SIGUSR1,
  ]
}
