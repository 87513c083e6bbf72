// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A playground that runs while the test writes to it and reads what it says: through pipes, or at a terminal.
final class Conversation {
  private let child: pid_t
  private var input: CInt
  private let output: CInt
  private var text: [UInt8] = []

  private init(child: pid_t, input: CInt, output: CInt) {
    self.child = child
    self.input = input
    self.output = output
  }

  /// One whose standard input, and output with errors, are pipes.
  static func throughPipes(_ arguments: String...) -> Conversation {
    let (input, output) = (Built.makePipe(), Built.makePipe())
    let child = Built.start(
      [Built.path] + arguments, ["TERM": "xterm"], input: input.readEnd, output: output.writeEnd,
      errors: output.writeEnd, closing: [input.writeEnd, output.readEnd])
    close(input.readEnd)
    close(output.writeEnd)
    return Conversation(child: child, input: input.writeEnd, output: output.readEnd)
  }

  /// A line of the shell, in which `$P` is the playground, whose standard input, and output with errors, are pipes.
  ///
  /// Signals go to the shell: let it `exec` what should hear them.
  static func shell(_ line: String, _ environment: [String: String] = ["TERM": "dumb"]) -> Conversation {
    let (input, output) = (Built.makePipe(), Built.makePipe())
    let child = Built.start(
      ["/bin/sh", "-c", line], environment, input: input.readEnd, output: output.writeEnd, errors: output.writeEnd,
      closing: [input.writeEnd, output.readEnd])
    close(input.readEnd)
    close(output.writeEnd)
    return Conversation(child: child, input: input.writeEnd, output: output.readEnd)
  }

  /// One at a terminal.
  static func atTerminal(_ arguments: String..., environment: [String: String] = ["TERM": "dumb"]) -> Conversation {
    atTerminal(arguments, environment: environment)
  }

  /// The same, with arguments from elsewhere.
  static func atTerminal(_ arguments: [String], environment: [String: String]) -> Conversation {
    let (main, terminal) = Built.makeTerminal()
    let child = Built.start(
      [Built.path] + arguments, environment, input: terminal, output: terminal, errors: terminal, closing: [main])
    close(terminal)
    return Conversation(child: child, input: main, output: main)
  }

  /// Writes to its standard input, or types.
  func write(_ text: String) {
    let bytes = Array(text.utf8)
    guard writeBytes(input, bytes) == bytes.count else { fatalError("write: errno \(errno)") }
  }

  /// Reads until it has said that; false if it hasn't within a minute, or before it ended.
  func hears(_ expected: String) -> Bool {
    let expected = Array(expected.utf8)
    let end = ContinuousClock.now + .seconds(60)
    var looked = 0
    while true {
      if text.dropFirst(looked).contains(expected) { return true }
      looked = max(0, text.count - expected.count)
      guard readMore(until: end) else { return false }
    }
  }

  /// Ends its input, reads what it still says, and waits for its end; after a minute, puts it to one.
  func end() -> Built.Result {
    if input != output { close(input) } else { write("\u{4}") }
    let end = ContinuousClock.now + .seconds(60)
    while readMore(until: end) {}
    if ContinuousClock.now >= end { kill(child, SIGKILL) }
    close(output)
    return Built.Result(status: Built.wait(for: child), output: String(decoding: text, as: UTF8.self), errors: "")
  }

  private func readMore(until end: ContinuousClock.Instant) -> Bool {
    var entry = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    let left = CInt(max(0, (end - .now) / .milliseconds(1)))
    guard left > 0, poll(&entry, 1, left) > 0, let bytes = Built.readSome(output), !bytes.isEmpty else { return false }
    text += bytes
    return true
  }

  /// Sends it a signal: `INT`, `TERM`.
  func raise(_ signal: String) { kill(child, signal == "INT" ? SIGINT : SIGTERM) }
}

private func writeBytes(_ descriptor: CInt, _ bytes: [UInt8]) -> Int { write(descriptor, bytes, bytes.count) }
