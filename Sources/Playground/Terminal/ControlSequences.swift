// SPDX-License-Identifier: Apache-2.0

/// What is sent to take the terminal and to give it back.
///
/// Nothing here asks the terminal for anything, and nothing changes what would outlive us: no colours of its palette, no
/// cursor shape, no other keyboard.
enum ControlSequences {
  static let clear = "\u{1B}[H\u{1B}[2J"
  static let beginFrame = "\u{1B}[?2026h"
  static let endFrame = "\u{1B}[?2026l"
  static let hideCursor = "\u{1B}[?25l"
  static let showCursor = "\u{1B}[?25h"

  /// Another screen, no cursor, no wrapping; pastes are told from typing where the terminal can.
  static func enter(_ kind: String) -> String {
    "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l" + (isPlain(kind) ? "" : "\u{1B}[?2004h")
  }

  /// Undoes that, in reverse, and whatever a frame that was cut short has begun; also the mouse, which some program
  /// before us may have left on.
  static func leave(_ kind: String) -> String {
    endFrame + (isPlain(kind) ? "" : mouseOff + "\u{1B}[?2004l") + "\u{1B}[0m"
      // Such a terminal has no other screen: what was drawn would stay.
      + (isPlain(kind) ? clear : "") + "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
  }

  /// All that a program could have left, whoever it was: for ``ResetCommand``.
  static let reset =
    endFrame + mouseOff
    + "\u{1B}[?2004l\u{1B}[?1l\u{1B}[?6l\u{1B}[4l\u{1B}>\u{0F}\u{1B}(B\u{1B}[0m\u{1B}[?7h\u{1B}[?25h"
    + "\u{1B}[?1049l"

  private static let mouseOff =
    [1000, 1002, 1003, 1004, 1005, 1006, 1015].map { "\u{1B}[?\($0)l" }.joined()

  /// Whether the terminal knows little more than a VT220, which shows the rest as text.
  static func isPlain(_ kind: String) -> Bool { kind == "linux" || kind.hasPrefix("vt") }
}
