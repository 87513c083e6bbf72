// SPDX-License-Identifier: Apache-2.0

/// What the shell is told: one number for each way in which a command ends.
struct ExitCode: RawRepresentable, Hashable, Sendable {
  let rawValue: CInt

  /// It ran, and what it checks held.
  static let success = ExitCode(rawValue: 0)
  /// A check, or an expectation, did not hold.
  static let checkFailed = ExitCode(rawValue: 1)
  /// The command line, or a word of a script, is wrong.
  static let usage = ExitCode(rawValue: 2)
  /// The environment cannot do it: a full disk, a file that can't be written.
  static let environment = ExitCode(rawValue: 3)
  /// The guard time was reached and something was still alive.
  static let stillAlive = ExitCode(rawValue: 4)
  /// Ended by SIGINT.
  static let interrupted = ExitCode(rawValue: 130)
  /// Nobody reads standard output any more: as if by SIGPIPE.
  static let brokenPipe = ExitCode(rawValue: 141)
  /// Ended by SIGTERM.
  static let terminated = ExitCode(rawValue: 143)

  /// Of two commands that ran one after the other, the code that says more: anything before success, the first of two
  /// failures.
  func then(_ next: ExitCode) -> ExitCode { self == .success ? next : self }
}
