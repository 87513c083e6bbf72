// SPDX-License-Identifier: Apache-2.0

/// What somebody did on the keyboard.
enum Key: Hashable, Sendable {
  case character(Character)
  /// With Ctrl: the lower-case letter, or one of `@ \ ] ^ _`; `@` is also Ctrl-Space.
  case control(Character)
  /// With Alt, or after Esc.
  case alt(Character)
  case enter, tab, backTab, backspace, delete, insert, escape
  case up, down, left, right, home, end, pageUp, pageDown
  case function(Int)
  /// Text that was pasted, as a whole: its lines end with `\n`, and there is no other control in it.
  case paste(String)
}
