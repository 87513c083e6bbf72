// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Stopping and going on, as the shell's job.
enum JobControl {
  static var processID: Int { Int(getpid()) }

  /// Stops all processes of the job, as the terminal does at Ctrl-Z.
  ///
  /// The kernel drops it where nobody could ever make them go on: then this returns, and nothing has happened.
  static func stopJob() { kill(0, SIGTSTP) }

  /// Stops this process, whoever may make it go on.
  static func stopProcess() { kill(getpid(), SIGSTOP) }

  /// Returns when the job is in the foreground: where it isn't, the kernel stops it until it is.
  ///
  /// For that it is enough to set the terminal's modes as they are; after `bg` the terminal is the shell's, and this way it
  /// isn't touched. Throws if the terminal is gone.
  static func waitForForeground(_ descriptor: CInt) throws(SystemError) {
    let old = signal(SIGTTOU, SIG_DFL)
    defer { signal(SIGTTOU, old) }
    let modes = try TerminalModes.current(of: descriptor)
    try modes.apply(to: descriptor)
  }
}
