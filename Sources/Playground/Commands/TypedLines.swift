// SPDX-License-Identifier: Apache-2.0

import Reactor

/// The lines that somebody types: for a question that waits for its answer, and for a loop that goes on meanwhile.
///
/// Both take from the same place, so that what is typed ahead is lost to neither.
final class TypedLines {
  /// What was found.
  enum Next: Equatable {
    /// A line, without blanks around it.
    case line(String)
    /// Nothing yet.
    case later
    /// There will be no more.
    case ended
  }

  private var lines = LineSplitter()
  private let descriptor: CInt

  init(from descriptor: CInt = 0) { self.descriptor = descriptor }

  /// Waits for the next line; `nil` at the end of the input.
  func wait() -> String? {
    while true {
      switch next() {
      case .line(let line): return line
      case .ended: return nil
      case .later: read()
      }
    }
  }

  /// The next line, if it has come.
  func next() -> Next {
    do throws(Complaint) {
      guard let line = try lines.next() else { return lines.isAtEnd ? .ended : .later }
      return .line(String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " "))
    } catch {
      // Nobody types a line of that length.
      return .ended
    }
  }

  /// Calls `take` for each line, in the loop's callbacks, and with `nil` at the end; until the watch is cancelled.
  func listen(on loop: EventLoop, file: StaticString, _ take: @escaping (String?) -> Void) {
    func takeAll() {
      while true {
        switch next() {
        case .line(let line): take(line)
        case .later: return
        case .ended: return take(nil)
        }
      }
    }
    do {
      var watch: Watch?
      watch = try loop.watch(descriptor, for: .readable, file: file, line: 0) { [self] _ in
        read()
        takeAll()
        // What has ended is readable for ever.
        if lines.isAtEnd { watch?.cancel() }
      }
    } catch {
      lines.end()
    }
    // What was typed ahead.
    loop.nextTick(file: file, line: 0) { takeAll() }
  }

  private func read() {
    do {
      guard let bytes = try Descriptors.read(descriptor, atMost: 4096) else {
        return Descriptors.waitToRead(descriptor)
      }
      lines.append(bytes)
      if bytes.isEmpty { lines.end() }
    } catch {
      // Closed, or a folder: nothing will ever come.
      lines.end()
    }
  }
}
