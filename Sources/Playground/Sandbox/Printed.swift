// SPDX-License-Identifier: Apache-2.0

/// What a session has printed since its last `expect`.
struct Printed {
  private var lines: [String] = []

  mutating func add(_ line: String) {
    lines.append(line)
    // Whoever never expects anything must not fill the memory.
    if lines.count > 20_000 { lines.removeFirst(10_000) }
  }

  /// Whether a line with that text is there; if so, it is taken, and those before it.
  mutating func take(_ text: String) -> Bool {
    guard let index = lines.firstIndex(where: { $0.contains(text) }) else { return false }
    lines.removeFirst(index + 1)
    return true
  }

  /// The last lines, for somebody who expected something else.
  var summary: String {
    guard !lines.isEmpty else { return "nothing was printed" }
    let which = lines.count > 5 ? "the last that was printed is:" : "all that was printed is:"
    return which + lines.suffix(5).map { "\n  \($0)" }.joined()
  }
}
