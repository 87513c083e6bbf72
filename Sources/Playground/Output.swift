// SPDX-License-Identifier: Apache-2.0

import Reactor

/// The one place that writes to standard output and standard error.
///
/// Lines are gathered and written when the loop waits, when they have become many, and at the end; standard error is
/// written at once, after what came before it on standard output. Any thread.
///
/// What goes wrong ends the process: silently where the reader has gone (`| head -1`), with a message and exit code 3
/// where the disk is full. Descriptors 0, 1 and 2 never become non-blocking: the shell shares them.
final class Output: Sendable {
  private let buffer = Locked<[UInt8]>([])
  private let descriptor: CInt
  /// Who gets the lines instead of the descriptor.
  private let sink: (@Sendable (String) -> Void)?

  /// What stands on the last line of a terminal while somebody is asked, and what takes it away.
  private struct Prompt {
    var text: [UInt8]
    var erasing: [UInt8]
    var isShown = false
  }
  private let prompt = Locked<Prompt?>(nil)

  /// Where ordinary lines go: 1, or 2 if standard output carries something else.
  init(to descriptor: CInt = 1) {
    self.descriptor = descriptor
    sink = nil
  }

  /// An output whose lines go to a closure, on whichever thread prints: for a screen that shows them.
  init(_ sink: @escaping @Sendable (String) -> Void) {
    descriptor = 1
    self.sink = sink
  }

  /// Prints a line.
  func print(_ line: String = "") { if let sink { sink(line) } else { write(line + "\n") } }

  /// Prints text as it is, without an end of line.
  func write(_ text: String) {
    let isMuch = buffer.withLock { buffer in
      buffer.append(contentsOf: text.utf8)
      return buffer.count >= 32_768
    }
    if isMuch { flush() }
  }

  /// Tells the person who runs the command something, on standard error.
  func tell(_ line: String) {
    if let sink { return sink(line) }
    flush()
    // Nothing can be said if this fails.
    try? Descriptors.write(Array((line + "\n").utf8), to: 2)
  }

  /// Asks: `text` stays on the last line, also when other lines come meanwhile.
  ///
  /// Those are preceded by `erasing`.
  func showPrompt(_ text: String, erasing: String) {
    prompt.withLock { $0 = Prompt(text: Array(text.utf8), erasing: Array(erasing.utf8)) }
  }

  /// The answer has come, and with it the end of the line.
  func dropPrompt() { prompt.withLock { $0 = nil } }

  /// Writes what was gathered.
  func flush() {
    do {
      try buffer.withLock { buffer throws(SystemError) in
        prompted(&buffer)
        guard !buffer.isEmpty else { return }
        let bytes = buffer
        buffer.removeAll(keepingCapacity: true)
        try Descriptors.write(bytes, to: descriptor)
      }
    } catch {
      Self.end(error)
    }
  }

  /// Puts the prompt behind what is about to be written, if it isn't there.
  private func prompted(_ buffer: inout [UInt8]) {
    prompt.withLock { prompt in
      guard let shown = prompt, !(shown.isShown && buffer.isEmpty) else { return }
      buffer = (shown.isShown ? shown.erasing : []) + buffer + shown.text
      prompt?.isShown = true
    }
  }

  private static func end(_ error: any Error) -> Never {
    guard let error = error as? SystemError else { ProcessFacts.end(.environment) }
    if Descriptors.isBrokenPipe(error) { ProcessFacts.endByBrokenPipe() }
    try? Descriptors.write(Array("playground: standard output can't be written: \(error.reason)\n".utf8), to: 2)
    ProcessFacts.end(.environment)
  }
}
