// SPDX-License-Identifier: Apache-2.0

/// Breaks text into lines.
enum Paragraph {
  /// The lines of a text, none wider than that; empty lines stay, and so does what is indented.
  static func lines(_ text: String, width: Int) -> [String] {
    var paragraphs: [String] = []
    var joins = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isPlain = !line.isEmpty && line.first != " "
      if isPlain, joins, let last = paragraphs.popLast() {
        paragraphs.append(last + " " + line)
      } else {
        paragraphs.append(String(line))
      }
      joins = isPlain
    }
    return paragraphs.flatMap { broken($0, max(1, width)) }
  }

  private static func broken(_ text: String, _ width: Int) -> [String] {
    guard Canvas.width(of: text) > width else { return [text] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, Canvas.width(of: line) + 1 + Canvas.width(of: word) > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return lines + [line]
  }
}
