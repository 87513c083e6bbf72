// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Reads what ``JSONLines`` writes, line by line: the events again, as they were recorded.
///
/// Keys may come in any order, and those that it doesn't know are passed over: a later playground may write more.
struct JSONLinesReader {
  /// More threads than a pool ever has: each gets a lane.
  private static let mostWorkers = 1 << 16
  /// More beats than a timer misses in a century: they are counted together.
  private static let mostMissed = 1 << 35

  private let name: String
  private var names = Names()
  private var recording: Recording
  private var number = 0

  /// Reads a whole recording.
  ///
  /// - Parameters:
  ///   - bytes: Its text.
  ///   - name: What complaints call it.
  static func recording(of bytes: [UInt8], name: String) throws(UsageError) -> Recording {
    var reader = JSONLinesReader(name: name)
    return try reader.read(bytes)
  }

  private init(name: String) {
    self.name = name
    recording = Recording(title: String(name.split(separator: "/").last ?? ""))
  }

  private mutating func read(_ bytes: [UInt8]) throws(UsageError) -> Recording {
    guard !bytes.isEmpty else {
      throw UsageError(message: "\(name) is empty", hint: "playground run ID --record FILE writes a recording.")
    }
    try refuseOthers(bytes)
    var lines = LineSplitter()
    lines.append(bytes)
    lines.end()
    do throws(Complaint) {
      number = 1
      while let line = try lines.next() {
        do throws(Complaint) {
          try take(FlatJSON.members(of: line))
        } catch {
          // What a full disk, or a copy that was cut off, leaves behind.
          guard lines.isAtEnd, bytes.last != UInt8(ascii: "\n") else { throw error }
          throw Complaint("the last line is cut off: the file is not all there")
        }
        number += 1
      }
    } catch {
      throw UsageError(message: "\(name):\(number): \(error.message)")
    }
    return recording
  }

  /// Other files that somebody may take for a recording.
  private func refuseOthers(_ bytes: [UInt8]) throws(UsageError) {
    let start = String(decoding: bytes.prefix(200), as: UTF8.self)
    if start.contains("\"traceEvents\"") || start.contains("\"displayTimeUnit\"") {
      throw UsageError(
        message: "\(name) is a trace for Perfetto, as --trace writes it: what was recorded can't be had from it",
        hint: "replay takes what --record writes.")
    }
    guard start.first(where: { !$0.isWhitespace }) != "{" else { return }
    throw UsageError(message: "\(name):1: this is no recording", hint: "replay takes what --record writes.")
  }

  private mutating func take(_ members: [String: FlatJSON.Value]) throws(Complaint) {
    let fields = Fields(members: members)
    if members["reactor-playground"] != nil { return try takeHead(fields) }
    guard recording.verdict == nil else { throw Complaint("something follows the verdict, which is the last line") }
    if let word = try fields.text("verdict") {
      let alive = try fields.text("alive") ?? ""
      recording.verdict = .init(
        word: word, expectations: try fields.integer("expectations") ?? 0,
        alive: alive.split(separator: "\n").map(String.init))
      return
    }
    let event = try event(fields)
    if let last = recording.events.last, last.sequence >= event.sequence {
      throw Complaint("event \(event.sequence) comes after event \(last.sequence)")
    }
    recording.events.append(event)
  }

  private mutating func takeHead(_ fields: Fields) throws(Complaint) {
    guard number == 1 else { throw Complaint("another recording begins here, and replay takes one") }
    let version = try fields.needed(fields.integer("reactor-playground", as: Int.self), "reactor-playground")
    guard version <= RunHead.version else {
      throw Complaint("this is a recording of version \(version), and this playground reads \(RunHead.version)")
    }
    let id = try fields.needed(fields.text("lesson"), "lesson")
    let word = try fields.text("speed") ?? "max"
    guard let speed = try? Options.speed(word) else { throw Complaint("\"speed\" is no speed: \"\(word)\"") }
    recording.head = RunHead(id: id, speed: speed, pool: try fields.integer("pool") ?? 2)
    recording.title = id
  }

  private mutating func event(_ fields: Fields) throws(Complaint) -> TraceEvent {
    let kind = try fields.needed(fields.text("ev"), "ev").split(separator: ".", omittingEmptySubsequences: false)
    guard let subject = kind.first, !subject.isEmpty, kind.count <= 2,
      let phase = kind.count == 1 ? .point : LoopEvent.Phase(rawValue: String(kind[1]))
    else { throw Complaint("\"ev\" is no kind of event: \"\(kind.joined(separator: "."))\"") }
    var event = TraceEvent(LoopEvent(.log), turn: try fields.number("turn"), file: try file(fields))
    event.subject = String(subject)
    event.phase = phase
    event.sequence = try fields.needed(fields.integer("seq", as: UInt64.self), "seq")
    event.time = try fields.needed(fields.time("t"), "t")
    event.lane = try lane(fields)
    event.id = try fields.integer("id") ?? 0
    event.cause = try fields.integer("cause") ?? 0
    event.first = try fields.number("first")
    event.second = try fields.number("second", atMost: Self.mostMissed)
    event.line = try fields.number("line")
    // It is the place of a word.
    guard event.subject != "step" || (1...6).contains(event.first) else {
      throw Complaint("\"first\" is no step of a turn: \(event.first)")
    }
    event.label = try fields.text("text")
    let name = try fields.text("name") ?? ""
    if event.label == nil, !name.isEmpty, !names.give(name, to: event) { event.label = name }
    _ = names.name(of: event)
    return event
  }

  private func file(_ fields: Fields) throws(Complaint) -> String {
    guard let file = try fields.text("file") else { return "" }
    if let module = try fields.text("module") { return "\(module)/\(file)" }
    return file.hasSuffix(".swift") ? "\(JSONLines.module)/\(file)" : file
  }

  private func lane(_ fields: Fields) throws(Complaint) -> Int {
    let name = try fields.text("lane") ?? "loop"
    if name == "loop" { return 0 }
    let prefix = "worker-"
    guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)),
      (1...Self.mostWorkers).contains(number)
    else {
      throw Complaint("\"lane\" is no thread: \"\(name)\"")
    }
    return number
  }
}

/// The members of a line, by what is wanted of them.
private struct Fields {
  let members: [String: FlatJSON.Value]

  func text(_ key: String) throws(Complaint) -> String? {
    guard let value = members[key] else { return nil }
    guard case .text(let text) = value else { throw Complaint("\"\(key)\" should be a text in quotes") }
    return text
  }

  func integer<Integer: FixedWidthInteger>(_ key: String, as: Integer.Type = Integer.self) throws(Complaint) -> Integer?
  {
    guard let value = members[key] else { return nil }
    guard case .number(let text) = value, let number = Integer(text) else {
      throw Complaint("\"\(key)\" should be a whole number that isn't too large")
    }
    return number
  }

  /// A number that is never less than 0, which it is if it isn't there.
  func number(_ key: String, atMost limit: Int = .max) throws(Complaint) -> Int {
    let number = try integer(key, as: Int.self) ?? 0
    guard (0...limit).contains(number) else { throw Complaint("\"\(key)\" can't be \(number) in a recording") }
    return number
  }

  /// Seconds, as an instant.
  func time(_ key: String) throws(Complaint) -> Instant? {
    guard let value = members[key] else { return nil }
    guard case .number(let text) = value, let duration = Seconds.parse(text) else {
      throw Complaint("\"\(key)\" should be a time in seconds, with nine decimals at most")
    }
    return .zero + duration
  }

  func needed<Value>(_ value: Value?, _ key: String) throws(Complaint) -> Value {
    guard let value else { throw Complaint("\"\(key)\" is missing: this is no event of a recording") }
    return value
  }
}
