// SPDX-License-Identifier: Apache-2.0

/// The keys that do something now, as rows of `key what it does`.
struct KeyRows {
  struct Entry: Sendable, Equatable {
    var key: String
    var does: String

    init(_ key: String, _ does: String) {
      self.key = key
      self.does = does
    }
  }

  /// The entries, broken into rows of that width; what does not fit into `limit` rows is left out.
  static func rows(_ entries: [Entry], width: Int, limit: Int) -> [[Entry]] {
    var rows: [[Entry]] = [[]]
    var used = 1
    for entry in entries {
      let length = Canvas.width(of: entry.key) + (entry.does.isEmpty ? 0 : 1 + Canvas.width(of: entry.does)) + 2
      if used + length - 2 > width - 1, used > 1 {
        guard rows.count < limit else { continue }
        rows.append([])
        used = 1
      }
      rows[rows.count - 1].append(entry)
      used += length
    }
    return rows
  }

  static func draw(_ entries: [Entry], on canvas: inout Canvas, _ area: Area) {
    for (row, entries) in rows(entries, width: area.columns, limit: area.rows).enumerated() {
      var column = 1
      for entry in entries {
        column = canvas.put(entry.key, in: area, row: row, column: column, style: .key) - area.column
        if !entry.does.isEmpty {
          column = canvas.put(" " + entry.does, in: area, row: row, column: column) - area.column
        }
        column += 2
      }
    }
  }
}
