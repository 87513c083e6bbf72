// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// One of the interface's screens: the topmost gets the keys and is drawn.
///
/// Everything is called on the interface's thread.
protocol Screen: AnyObject {
  /// It is on top now: what moves may move.
  func appear()
  /// Something else is on top, or the process is about to be stopped.
  func disappear()
  /// A key was pressed.
  func handle(_ key: Key)
  /// A line that the program printed.
  func printed(_ line: String)
  /// Draws everything on a blank canvas.
  func draw(on canvas: inout Canvas)
}

extension Screen {
  func appear() {}
  func disappear() {}
  func printed(_ line: String) {}
}
