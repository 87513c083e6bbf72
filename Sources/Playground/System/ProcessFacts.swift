// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the process was started with, and how it ends.
enum ProcessFacts {
  /// An environment variable; `nil` if it isn't set.
  static func variable(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
  }

  /// Ends the process at once.
  static func end(_ code: ExitCode) -> Never { _exit(code.rawValue) }

  /// Ends the process as SIGPIPE does: quietly, with the status that the shell knows.
  static func endByBrokenPipe() -> Never {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
    _exit(ExitCode.brokenPipe.rawValue)
  }

  /// The size of the terminal behind a descriptor, in columns and rows; `nil` if it has none.
  static func terminalSize(of descriptor: CInt) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}
