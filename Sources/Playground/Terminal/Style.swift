// SPDX-License-Identifier: Apache-2.0

/// The terminal's own colours for text: they follow the user's theme, on a light ground as on a dark one.
///
/// There are none for the ground behind it, which a theme may have any colour for.
enum Color: UInt8, Sendable {
  case plain
  case black, red, green, yellow, blue, magenta, cyan, white
  case brightBlack, brightRed, brightGreen, brightYellow, brightBlue, brightMagenta, brightCyan, brightWhite
}

/// How a cell looks.
///
/// A colour is never the only bearer of a meaning: where there are none, the rest stays.
struct Style: Equatable, Sendable {
  var color: Color = .plain
  var bold = false
  var dim = false
  var underline = false
  var reverse = false

  static let plain = Style()
}
