// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The last lines of the log.
struct LogPane {
  let picture: Picture

  func draw(on canvas: inout Canvas, _ area: Area) {
    let lines = picture.log.suffix(area.rows)
    for (row, entry) in lines.enumerated() {
      canvas.put(Self.text(entry.line), in: area, row: row, column: 1, style: Self.style(entry.line))
    }
    if lines.isEmpty { canvas.put("nothing yet", in: area, row: 0, column: 1, style: .frame) }
  }

  /// The line, without what the scope shows: turn and place.
  static func text(_ line: LogLine) -> String {
    var text = line.time == .never ? "        " : LogLine.padded(Seconds.text(line.time), to: 7, onTheLeft: true) + " "
    text += line.mood == .warning ? "! " : "  "
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
