// SPDX-License-Identifier: Apache-2.0

/// What stands for the drawing characters where there is only ASCII.
enum ASCII {
  private static let twins: [Character: Character] = [
    "─": "-", "│": "|", "┬": "+", "┴": "+", "┼": "+", "├": "+", "┤": "+", "█": "#", "·": ".", "▁": "_", "▂": "-",
    "▃": "-", "▄": "=", "▅": "=", "▆": "*", "▇": "*", "✓": "x", "↑": "^", "←": "<", "→": ">", "↓": "v", "…": "~",
  ]

  static func character(_ character: Character) -> Character { twins[character] ?? character }

  static func text(_ text: String) -> String { String(text.map(character)) }
}
