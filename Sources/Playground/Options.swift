// SPDX-License-Identifier: Apache-2.0

import Reactor

/// A command line that can't be understood: exit code 2.
struct UsageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  var message: String
  /// What to do instead.
  var hint: String?

  var description: String { hint.map { "\(message). \($0)" } ?? message }
}

/// The options that `run` and `sandbox` share.
struct Options: Sendable, Equatable {
  enum Format: String, Sendable, CaseIterable { case text, jsonl }
  enum ColorChoice: String, Sendable, CaseIterable { case auto, always, never }

  /// A live key to press, and when.
  struct Press: Sendable, Equatable {
    var key: String
    var time: Duration
  }

  /// How fast time passes, `.infinity` for `max`; `nil` if it wasn't said.
  var speed: Double?
  /// What to press, in the order in which it was said.
  var presses: [Press] = []
  /// Stop after that much of the loop's time.
  var duration: Duration?
  /// Stop after that many turns.
  var turns: Int?
  /// Where the trace for Perfetto goes; `-` for standard output.
  var trace: String?
  /// Where the raw trace goes.
  var record: String?
  var format = Format.text
  var isQuiet = false
  var isVerbose = false
  /// How many threads the pool has.
  var pool: Int?
  /// For what is random.
  var seed: UInt64?
  var color = ColorChoice.auto
  var isASCII = false
  /// Text only, without moving the cursor.
  var isPlain = false
  /// How many cells to take the terminal for.
  var size: Size?
  /// What is no option, in order.
  var arguments: [String] = []
  /// The command's own options that were there, with their values; an empty one for a flag.
  var own: [String: String] = [:]

  /// The options and whether each takes a value.
  private static let shared: [String: Bool] = [
    "--speed": true, "--do": true, "--for": true, "--turns": true, "--trace": true, "--record": true,
    "--format": true, "--quiet": false, "--verbose": false, "--pool": true, "--seed": true, "--color": true,
    "--ascii": false, "--plain": false, "--size": true,
  ]

  /// Reads a command line.
  ///
  /// - Parameters:
  ///   - arguments: What follows the command's name.
  ///   - own: The command's own options, and whether each takes a value.
  ///   - only: The shared options that the command knows; all of them if `nil`.
  init(_ arguments: [String], own: [String: Bool] = [:], only: Set<String>? = nil) throws(UsageError) {
    let shared = Self.shared.filter { only?.contains($0.key) ?? true }
    let known = shared.merging(own) { $1 }
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        self.arguments += rest
        break
      }
      guard argument.hasPrefix("-"), argument != "-" else {
        self.arguments.append(argument)
        continue
      }
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard let takesValue = known[parts[0]] else { throw Self.unknown(parts[0], Array(known.keys)) }
      var value = parts.count == 2 ? parts[1] : nil
      if takesValue {
        if value == nil { value = rest.popFirst() }
        guard value != nil else { throw UsageError(message: "\(parts[0]) needs a value") }
      } else if value != nil {
        throw UsageError(message: "\(parts[0]) takes no value")
      }
      if own[parts[0]] != nil { self.own[parts[0]] = value ?? "" } else { try set(parts[0], value ?? "") }
    }
    if let trace, trace == record { throw UsageError(message: "--trace and --record can't both write \(trace)") }
  }

  /// The options that stand before a command, with their values, and the rest.
  static func leading(_ arguments: [String]) -> (options: [String], rest: [String]) {
    var rest = arguments[...]
    var options: [String] = []
    while let option = rest.first, option.hasPrefix("-"), !["-", "--", "-h", "--help", "--version"].contains(option) {
      // Its value, if it takes one and has none; what is unknown is found out where the options are read.
      let count = shared[option] == true ? 2 : 1
      options += rest.prefix(count)
      rest = rest.dropFirst(count)
    }
    return (options, Array(rest))
  }

  private static func unknown(_ option: String, _ known: [String]) -> UsageError {
    let nearest = Nearest.match(for: option, among: known.sorted())
    return UsageError(
      message: "unknown option \(option)",
      hint: nearest.map { "Did you mean \($0)?" } ?? "'playground help' lists the options.")
  }

  private mutating func set(_ option: String, _ value: String) throws(UsageError) {
    switch option {
    case "--speed": speed = try Self.speed(value)
    case "--do": presses.append(try Self.press(value))
    case "--for": duration = try Self.time(option, value)
    case "--turns": turns = try Self.count(option, value)
    case "--trace": trace = value
    case "--record":
      guard value != "-" else {
        throw UsageError(
          message: "--record takes a file, not -", hint: "--format jsonl prints the same on standard output.")
      }
      record = value
    case "--format": format = try Self.choice(option, value)
    case "--quiet": isQuiet = true
    case "--verbose": isVerbose = true
    case "--pool": pool = try Self.count(option, value)
    case "--seed":
      guard let number = UInt64(value) else {
        throw UsageError(message: "--seed takes a whole number, not '\(value)'")
      }
      seed = number
    case "--color": color = try Self.choice(option, value)
    case "--plain": isPlain = true
    case "--size": size = try ScreenCommand.size(value)
    default: isASCII = true
    }
  }

  /// Reads `max`, or a number from 0.1 to 10.
  static func speed(_ text: String) throws(UsageError) -> Double {
    if text == "max" { return .infinity }
    guard let number = Double(text), (0.1...10).contains(number) else {
      throw UsageError(message: "--speed takes a number from 0.1 to 10, or max, not '\(text)'")
    }
    return number
  }

  private static func press(_ text: String) throws(UsageError) -> Press {
    // The last @ divides: a key may be one.
    if let at = text.lastIndex(of: "@"), at != text.startIndex {
      if let time = Seconds.parse(String(text[text.index(after: at)...])) {
        return Press(key: String(text[..<at]), time: time)
      }
    }
    throw UsageError(
      message: "--do takes a key and a time, not '\(text)'",
      hint: "For example: --do b@0.5 presses b at half a second.")
  }

  private static func time(_ option: String, _ text: String) throws(UsageError) -> Duration {
    guard let time = Seconds.parse(text) else {
      throw UsageError(message: "\(option) takes a time such as 2.5, 250ms or 1m, not '\(text)'")
    }
    return time
  }

  private static func count(_ option: String, _ text: String) throws(UsageError) -> Int {
    guard let number = Int(text), (1...1_000_000_000).contains(number) else {
      throw UsageError(message: "\(option) takes a whole number from 1, not '\(text)'")
    }
    return number
  }

  private static func choice<Choice: RawRepresentable & CaseIterable>(
    _ option: String, _ text: String
  ) throws(UsageError) -> Choice where Choice.RawValue == String {
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let nearest = Nearest.match(for: text, among: names)
    throw UsageError(
      message: "\(option) takes \(names.joined(separator: " or ")), not '\(text)'",
      hint: nearest.map { "Did you mean \($0)?" })
  }
}

extension Options {
  /// The colours for lines on standard output; none at all where escapes would be read out.
  func paint(for terminal: Terminal) -> Paint {
    Paint(isColored: !isPlain && !terminal.isAccessible && terminal.usesColor(color))
  }
}
