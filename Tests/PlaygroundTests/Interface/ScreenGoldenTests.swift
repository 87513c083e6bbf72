// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

/// Screens as they are known to be right: `Tests/PlaygroundTests/Screens`, a file for each.
///
/// After a change, run with `REACTOR_WRITE_SCREENS=1`, look at each difference, and commit what is right.
@Suite struct `The screens` {
  static let sizes = [Size(columns: 80, rows: 24), Size(columns: 120, rows: 36)]

  @Test(arguments: Scenes.all.map(\.name), sizes)
  func `E29 are the ones that are known to be right`(_ name: String, _ size: Size) throws {
    let scene = try #require(Scenes.all.first { $0.name == name })
    var canvas = Canvas(size)
    try scene.draw(&canvas)
    try Screens.compare(canvas.lines, "\(name)-\(size.columns)x\(size.rows)")
    canvas.map(ASCII.character)
    #expect(canvas.lines.joined().utf8.allSatisfy { $0 < 128 }, "everything has an ASCII twin")
    try Screens.compare(canvas.lines, "\(name)-\(size.columns)x\(size.rows)-ascii")
  }

  @Test(arguments: [(60, 16), (40, 10), (34, 8), (20, 5), (1, 1)])
  func `C16 are drawn at any size`(_ columns: Int, _ rows: Int) throws {
    for scene in Scenes.all {
      var canvas = Canvas(Size(columns: columns, rows: rows))
      try scene.draw(&canvas)
      #expect(canvas.lines.count == rows)
      guard scene.name == "chunking-blocked" else { continue }
      try Screens.compare(canvas.lines, "\(scene.name)-\(columns)x\(rows)")
    }
  }
}
