// SPDX-License-Identifier: Apache-2.0

/// How many cells a terminal has.
struct Size: Equatable, Sendable {
  var columns: Int
  var rows: Int

  /// The size that a terminal says; 0 means that it doesn't know, and `LINES` and `COLUMNS` are asked, or 80x24 is taken.
  ///
  /// Never more than could be meant: a grid of so many cells is made.
  static func plausible(columns: Int, rows: Int, variable: (String) -> String?) -> Size {
    func number(_ said: Int, _ name: String, _ usual: Int, _ most: Int) -> Int {
      let number = said > 0 ? said : variable(name).flatMap { Int($0) } ?? usual
      return number > 0 ? min(number, most) : usual
    }
    return Size(columns: number(columns, "COLUMNS", 80, 1000), rows: number(rows, "LINES", 24, 500))
  }
}
