// SPDX-License-Identifier: Apache-2.0

import Reactor

@testable import playground

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A shell in a tmux of its own: a real terminal's behaviour, and a real shell's job control.
///
/// The server has its own name and no configuration of the user's; it ends with this.
final class Tmux {
  /// Where tmux is; `nil` if it isn't installed.
  static let path: String? = {
    let places: [String] = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"]
    return places.first { access($0, X_OK) == 0 }
  }()
  /// Whether these tests run: where they must, a missing tmux makes them fail.
  static let isExpected = path != nil || ProcessFacts.variable("REACTOR_NEEDS_TMUX") != nil

  private let name: String
  private static let count = Locked(0)

  init(columns: Int = 80, rows: Int = 24, with more: [String: String] = [:]) {
    let number = Self.count.withLock { count in
      count += 1
      return count
    }
    name = "reactor-\(getpid())-\(number)"
    let variables = Sitting.usual.merging(["TERM": "tmux-256color", "PS1": "$ ", "HOME": "/", "P": Built.path]) { $1 }
      .merging(more) { $1 }
    let shell =
      "exec env -i PATH=/usr/local/bin:/usr/bin:/bin "
      + variables.map { "\($0.key)='\($0.value)'" }.joined(separator: " ") + " bash --norc --noprofile"
    run("new-session", "-d", "-s", "t", "-x", "\(columns)", "-y", "\(rows)", shell)
    run("set", "-s", "escape-time", "0")
    run("set", "-g", "status", "off")
    run("set", "-g", "history-limit", "5000")
    run("resize-window", "-t", "t", "-x", "\(columns)", "-y", "\(rows)")
    _ = sees { $0.hasPrefix("$") }
  }

  deinit { run("kill-server") }

  /// Runs a command of tmux; returns what it says.
  @discardableResult func run(_ arguments: String...) -> String {
    guard let path = Self.path else { return "there is no tmux" }
    let words = ([path, "-L", name, "-f", "/dev/null"] + arguments).map { "'\($0.replacing("'", with: "'\\''"))'" }
    return Built.shell(words.joined(separator: " "), ["LANG": "C.UTF-8", "TERM": "xterm"]).output
  }

  /// Types a line.
  func type(_ line: String) {
    run("send-keys", "-t", "t", "-l", "--", line)
    press("Enter")
  }

  /// Presses keys, by tmux's names.
  func press(_ keys: String...) { for key in keys { run("send-keys", "-t", "t", key) } }

  func resize(_ columns: Int, _ rows: Int) { run("resize-window", "-t", "t", "-x", "\(columns)", "-y", "\(rows)") }

  /// Another terminal that shows the same.
  func attach(columns: Int, rows: Int) -> Sitting? {
    guard let path = Self.path else { return nil }
    return Sitting(
      running: [path, "-L", name, "attach", "-t", "t"], Size(columns: columns, rows: rows), Sitting.usual)
  }

  /// The screen's rows.
  var lines: [String] {
    run("capture-pane", "-p", "-t", "t").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The rows, and those that went out at the top.
  var history: String { run("capture-pane", "-p", "-S", "-", "-J", "-t", "t") }

  /// Looks until the screen is like that; false if it isn't within a minute.
  func sees(_ isSo: (String) -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end { if isSo(lines.joined(separator: "\n")) { return true } }
    return false
  }

  func sees(_ text: String) -> Bool { sees { $0.contains(text) } }

  /// The normal screen, no mouse, a cursor, and lines that wrap.
  var isClean: Bool { flags == "0 0 1 1" }

  private var flags: String {
    run("display", "-p", "-t", "t", "#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{wrap_flag}")
      .filter { $0 != "\n" }
  }

  /// Sends a signal to the demonstration screen, which says its number.
  func send(_ signal: String) -> Bool {
    press("i")
    var process: pid_t?
    _ = sees { text in
      process =
        text.split(separator: "\n").compactMap { line in
          line.hasPrefix("process ") ? line.split(separator: " ").dropFirst().first.flatMap { pid_t($0) } : nil
        }.last
      return process != nil
    }
    guard let process, let number = SignalNumber.all[signal] else { return false }
    return kill(process, number) == 0
  }
}
