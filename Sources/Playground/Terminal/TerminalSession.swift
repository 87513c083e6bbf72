// SPDX-License-Identifier: Apache-2.0

/// The terminal while it is ours.
final class TerminalSession {
  /// Whether the terminal's sixteen colours are used; without them, bold and reverse stay.
  let usesColor: Bool
  /// Whether nothing but ASCII is shown; other characters then stand there as `?`.
  let isASCII: Bool

  init(_ terminal: Terminal, usesColor: Bool, isASCII: Bool) {
    self.usesColor = usesColor
    self.isASCII = isASCII
  }
}
