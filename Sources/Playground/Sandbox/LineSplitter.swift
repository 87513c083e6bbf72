// SPDX-License-Identifier: Apache-2.0

/// Makes lines of bytes that come in pieces of any size.
///
/// A line ends with a newline, with or without a carriage return before it, or where the input ends.
struct LineSplitter {
  /// Above this a line is no line but a mistake, such as `/dev/zero`: it must not fill the memory.
  static let longestLine = 4 << 20

  private var bytes: [UInt8] = []
  /// Where the next line begins, and up to where no newline was found, so that no byte is looked at twice.
  private var start = 0
  private var searched = 0
  private var hasEnded = false

  /// Whether no more will come.
  var isAtEnd: Bool { hasEnded && start == bytes.count }

  /// Takes the next bytes of the input.
  mutating func append(_ piece: some Sequence<UInt8>) {
    if start > 0 {
      bytes.removeFirst(start)
      searched -= start
      start = 0
    }
    bytes.append(contentsOf: piece)
  }

  /// Says that the input has ended.
  mutating func end() { hasEnded = true }

  /// The next line, without its end; `nil` if it isn't all there.
  mutating func next() throws(Complaint) -> [UInt8]? {
    let newline = bytes[searched...].firstIndex(of: UInt8(ascii: "\n"))
    searched = newline ?? bytes.count
    guard searched - start <= Self.longestLine else {
      throw Complaint("the line is longer than \(Self.longestLine >> 20) MiB: is this a script?")
    }
    guard newline != nil || (hasEnded && start < bytes.count) else { return nil }
    var line = bytes[start..<searched]
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    if newline != nil { searched += 1 }
    start = searched
    return Array(line)
  }
}
