// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// One line of the plain log, in its columns: time, turn, kind, name, text, place.
struct LogLine: Sendable, Equatable {
  /// How to look at a line.
  enum Mood: Sendable {
    case plain
    /// Somebody pressed a key.
    case action
    /// A lint.
    case warning
    /// What `--verbose` adds.
    case aside
  }

  /// Which columns there are.
  struct Layout: Sendable {
    var showsTurns = true
    var showsPlaces = true
  }

  var mood = Mood.plain
  var time: Instant
  /// `turn 21`; `start` before the first, `end` after the last.
  var turn: String
  var kind: String
  var name = ""
  var text = ""
  /// Where the thing was registered, as `L05Chunking.swift:42`.
  var place = ""

  /// The column in which places begin: one of 20 letters still ends within 80.
  static let placeColumn = 59

  /// The line as it is printed.
  func text(_ layout: Layout = Layout(), _ style: Paint = .plain) -> String {
    let time = Self.padded(Seconds.text(self.time), to: 7, onTheLeft: true)
    var line = "\(mood == .warning ? "!" : " ")\(time)  "
    if layout.showsTurns { line += Self.padded(turn, to: 9) + " " }
    let rest = name.isEmpty ? text : text.isEmpty ? name : "\(Self.padded(name, to: 2))  \(text)"
    line += Escaping.visible(rest.isEmpty ? kind : "\(Self.padded(kind, to: 6)) \(rest)")
    let painted =
      switch mood {
      case .plain: line
      case .action: style.action(line)
      case .warning: style.bad(line)
      case .aside: style.aside(line)
      }
    guard layout.showsPlaces, !place.isEmpty else { return painted }
    let place = Escaping.visible(place)
    let gap = max(2, Self.placeColumn - line.count)
    // A long line keeps within 80 columns at the cost of the file's extension.
    let isLong = line.count + gap + place.count > 80
    let shown = isLong ? place.split(separator: ".swift").joined() : place
    return painted + String(repeating: " ", count: gap) + style.aside(shown)
  }

  static func padded(_ text: String, to width: Int, onTheLeft: Bool = false) -> String {
    let blanks = String(repeating: " ", count: max(0, width - text.count))
    return onTheLeft ? blanks + text : text + blanks
  }
}
