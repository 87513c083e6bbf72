// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Reads what the program prints while a full screen is shown, and tells the lines.
final class PrintedLines {
  /// Above this a line is told in pieces: nobody sees more, and a program may print no end of line at all.
  private static let longestLine = 16_384
  /// How much is read in one turn: the keys have their turn, too.
  private static let portion = 65_536

  private let captured: CapturedOutput
  private let whenPrinted: (String) -> Void
  private var line: [UInt8] = []
  private var watch: Watch?

  init(_ captured: CapturedOutput, on loop: EventLoop, _ whenPrinted: @escaping (String) -> Void) {
    self.captured = captured
    self.whenPrinted = whenPrinted
    // A pipe can always be waited for.
    watch = try? loop.watch(captured.readEnd, for: .readable) { [weak self] _ in _ = self?.read() }.label("printed")
  }

  /// Tells what is there, also a line without an end.
  func end() {
    watch?.cancel()
    _ = read()
    if !line.isEmpty { tell() }
  }

  private func read() -> Bool {
    let bytes = CrashRestore.reading { try? Descriptors.read(captured.readEnd, atMost: Self.portion) }
    guard let bytes, !bytes.isEmpty else { return false }
    for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
      line += piece
      tell()
    }
    line += bytes.suffix(from: bytes.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
    if line.count > Self.longestLine { tell() }
    return true
  }

  private func tell() {
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    whenPrinted(String(decoding: line, as: UTF8.self))
    line = []
  }
}
