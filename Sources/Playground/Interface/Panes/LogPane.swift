// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The last lines of the log.
struct LogPane {
  let picture: Picture

  func draw(on canvas: inout Canvas, _ area: Area) {
    let lines = picture.log.suffix(area.rows).flatMap { entry in
      Self.rows(Self.text(entry.line), width: area.columns - 1).map { ($0, Self.style(entry.line)) }
    }
    for (row, line) in lines.suffix(area.rows).enumerated() {
      canvas.put(line.0, in: area, row: row, column: 1, style: line.1)
    }
    if lines.isEmpty { canvas.put("nothing yet", in: area, row: 0, column: 1, style: .frame) }
  }

  /// A line that is too long goes on below its text.
  private static func rows(_ text: String, width: Int) -> [String] {
    guard Canvas.width(of: text) > width, width > 30 else { return [text] }
    // Time, mark and kind.
    let head = text.prefix(18)
    let lines = Paragraph.lines(String(text.dropFirst(18)), width: width - 18)
    return lines.enumerated().map { ($0 == 0 ? String(head) : String(repeating: " ", count: 18)) + $1 }
  }

  /// The line, without what the scope shows: turn and place.
  static func text(_ line: LogLine) -> String {
    var text = line.time == .never ? "        " : LogLine.padded(Seconds.text(line.time), to: 7, onTheLeft: true) + " "
    text += line.mood == .warning ? "!" : " "
    text += LogLine.padded(line.kind, to: 8)
    let rest = line.name.isEmpty ? line.text : line.text.isEmpty ? line.name : "\(line.name)  \(line.text)"
    return text + " " + rest
  }

  static func style(_ line: LogLine) -> Style {
    switch line.mood {
    case .plain: .plain
    case .action: .key
    case .warning: .bad
    case .aside: .aside
    }
  }
}
