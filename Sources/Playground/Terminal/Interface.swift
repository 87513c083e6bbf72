// SPDX-License-Identifier: Apache-2.0

/// What a full screen shows, and what it does at a key.
///
/// Everything is called on the thread of the screen's loop.
protocol Interface: AnyObject {
  /// The terminal is ours; the first frame comes after this. The screen keeps the interface: don't keep the screen
  /// strongly.
  func start(_ screen: FullScreen)
  /// A key was pressed.
  func handle(_ key: Key)
  /// The terminal has another size; a frame follows.
  func resized(to size: Size)
  /// The program printed a line to standard output or standard error; here it is without its end.
  func printed(_ line: String)
  /// The process is about to be stopped, and the terminal is the shell's.
  func suspended()
  /// The process goes on, and the terminal is ours again; a frame follows.
  func resumed()
  /// Draws everything on a blank canvas.
  func draw(on canvas: inout Canvas)
}
