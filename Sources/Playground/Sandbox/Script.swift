// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Where commands come from: the terminal, a pipe, a file, or the command line itself.
///
/// A descriptor is read as its loop finds it ready, one read each time, and only while commands are wanted. It is never
/// made non-blocking: descriptor 0 is shared with the shell.
final class Script {
  /// What complaints call it.
  let name: String
  /// Whether somebody types it.
  let isTerminal: Bool
  /// The line of the command that was taken last, from 1.
  private(set) var line = 0

  private var lines = LineSplitter()
  private var commands: ArraySlice<[Token]> = []
  private let descriptor: CInt?
  private let isOurs: Bool
  private var watch: Watch?
  /// Who waits for more of the input.
  private var arrived: (() -> Void)?

  /// What ``next()`` found.
  enum Next {
    case command([Token])
    /// Nothing yet: ask again when the input has come.
    case later
    case ended
  }

  /// A script that is read from a descriptor, which is closed at the end if it is `isOurs`.
  init(name: String, descriptor: CInt, isOurs: Bool, isTerminal: Bool = false) {
    self.name = name
    self.descriptor = descriptor
    self.isOurs = isOurs
    self.isTerminal = isTerminal
  }

  /// A script that is all there.
  init(name: String, text: String) {
    self.name = name
    descriptor = nil
    isOurs = false
    isTerminal = false
    lines.append(text.utf8)
    lines.end()
  }

  deinit { close() }

  /// Takes the next command.
  func next() throws(Complaint) -> Next {
    while true {
      if let command = commands.popFirst() { return .command(command) }
      // Counted first: the line is to blame, also if it is no line.
      line += 1
      guard let text = try lines.next() else {
        line -= 1
        return lines.isAtEnd ? .ended : .later
      }
      commands = try Lexer.commands(of: text)[...]
    }
  }

  /// Drops the rest of the line: what follows a wrong command was meant to follow a right one.
  func dropLine() { commands = [] }

  /// Calls `arrived` when more of the input has come, or its end, once.
  func listen(on loop: EventLoop, _ arrived: @escaping () -> Void) {
    self.arrived = arrived
    guard watch == nil, let descriptor else {
      watch?.interest = .readable
      return
    }
    do {
      watch = try loop.watch(descriptor, for: .readable, file: Conductor.file) { [unowned self] _ in
        guard read(descriptor) else { return }
        watch?.interest = []
        self.arrived.take()?()
      }
    } catch {
      // Closed, as by `<&-`: an input that has nothing.
      lines.end()
      loop.nextTick(file: Conductor.file) { [self] in self.arrived.take()?() }
    }
  }

  /// Reads once; whether anything has come of it.
  private func read(_ descriptor: CInt) -> Bool {
    do {
      guard let bytes = try Descriptors.read(descriptor, atMost: 65_536) else { return false }
      lines.append(bytes)
      if bytes.isEmpty { lines.end() }
    } catch {
      failure = error
      lines.end()
    }
    return true
  }

  /// Why reading failed, if it did; the input counts as ended then.
  private(set) var failure: SystemError?

  /// Ends it: it is not watched any more, and closed if that is ours to do.
  func close() {
    watch?.cancel()
    watch = nil
    if isOurs, !isClosed, let descriptor { try? Descriptors.close(descriptor, name) }
    isClosed = true
  }

  private var isClosed = false
}
