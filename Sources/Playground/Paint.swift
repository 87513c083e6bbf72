// SPDX-License-Identifier: Apache-2.0

/// Colours for lines of text: the terminal's own sixteen, which follow the user's theme, and never the only bearer of a
/// meaning.
struct Paint: Sendable {
  /// Whether to use any.
  var isColored: Bool

  /// No colours.
  static let plain = Paint(isColored: false)

  /// Something is wrong.
  func bad(_ text: String) -> String { paint(text, "31") }
  /// Something is as it should be.
  func good(_ text: String) -> String { paint(text, "32") }
  /// Somebody did something.
  func action(_ text: String) -> String { paint(text, "1") }
  /// Something to look at only when it is needed.
  func aside(_ text: String) -> String { paint(text, "36") }

  private func paint(_ text: String, _ code: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
