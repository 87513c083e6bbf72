// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `A trace for Perfetto` {
  private func entries(_ id: String, _ script: String? = nil, turns: Int? = nil) throws -> [JSONValue] {
    var fold = ChromeTrace(title: id)
    for event in try played(lesson(id), script, turns: turns).events { fold.take(event) }
    return try #require(try JSONValue(parsing: fold.text)["traceEvents"]).array
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `F43 is JSON whose entries have what each kind needs`(
    _ id: String
  )
    throws
  {
    let needed: [String: [String]] = [
      "X": ["name", "cat", "ts", "dur", "pid", "tid"], "i": ["name", "ts", "pid", "tid", "s"],
      "s": ["name", "cat", "id", "ts", "pid", "tid"], "f": ["name", "cat", "id", "ts", "pid", "tid", "bp"],
      "C": ["name", "ts", "pid", "args"], "M": ["name", "pid", "args"],
    ]
    let entries = try entries(id)
    #expect(entries.count > 20)
    for entry in entries {
      let kind = try #require(entry["ph"]?.string)
      let keys = try #require(needed[kind])
      #expect(keys.allSatisfy { entry[$0] != nil })
    }
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `names its process and its threads`(_ id: String) throws {
    let entries = try entries(id)
    let lanes = Set(entries.compactMap { $0["tid"]?.number })
    let named = entries.filter { $0["name"]?.string == "thread_name" }.compactMap { $0["tid"]?.number }
    #expect(Set(named) == lanes && named.count == lanes.count)
    #expect(entries.filter { $0["name"]?.string == "process_name" }.count == 1)
    #expect(entries.filter { $0["name"]?.string == "thread_sort_index" }.count == lanes.count)
  }

  @Test(arguments: Course.all.map { $0.card.id }, [nil, 7]) func `F43 never goes back in time, and its slices nest`(
    _ id: String, _ turns: Int?
  ) throws {
    let entries = try entries(id, turns: turns).filter { $0["ph"]?.string != "M" }
    for lane in Set(entries.compactMap { $0["tid"]?.number }) {
      let inLane = entries.filter { $0["tid"]?.number == lane }
      let times = inLane.compactMap { $0["ts"]?.number }
      #expect(times == times.sorted())
      var open: [Double] = []
      for slice in inLane where slice["ph"]?.string == "X" {
        let begin = try #require(slice["ts"]?.number)
        let end = begin + (try #require(slice["dur"]?.number))
        while let last = open.last, last <= begin, last < end { open.removeLast() }
        if let last = open.last { #expect(end <= last + 0.0001) }
        open.append(end)
      }
    }
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `F43 has arrows that all begin somewhere`(_ id: String) throws {
    var begun: Set<Double> = []
    var ended = 0
    for entry in try entries(id) {
      guard let kind = entry["ph"]?.string, let number = entry["id"]?.number else { continue }
      if kind == "s" { #expect(begun.insert(number).inserted) }
      if kind == "f" {
        #expect(begun.contains(number))
        ended += 1
      }
    }
    #expect(ended > 0)
  }

  @Test func `has a lane for each worker and a mark for each lint`() throws {
    let file = try JSONValue(parsing: Built.playground("run", "pool", "--trace", "-").output)
    let entries = file["traceEvents"]?.array ?? []
    let jobs = entries.filter { $0["ph"]?.string == "X" && $0["cat"]?.string == "job" }
    #expect(Set(jobs.compactMap { $0["tid"]?.number }) == [1, 2, 3])
    #expect(jobs.first?["dur"]?.number == 1_000_000)
    let lints = entries.filter { $0["cat"]?.string == "lint" }
    #expect(
      lints.compactMap { $0["name"]?.string } == [
        "no-errback nobody heard that it failed: refused", "blocked 1.000 (limit 0.100)",
      ])
    #expect(lints.allSatisfy { $0["s"]?.string == "g" })
  }
}

@Suite struct `A trace as JSON lines` {
  @Test(arguments: Course.all.map { $0.card.id }) func `has a head, one event a line in order, and a verdict`(
    _ id: String
  )
    throws
  {
    let result = Built.playground("run", id, "--format", "jsonl")
    let lines = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(lines.first?["reactor-playground"]?.number == 1 && lines.first?["lesson"]?.string == id)
    let events = lines.dropFirst().dropLast()
    #expect(events.compactMap { $0["seq"]?.number } == (1...events.count).map(Double.init))
    let times = events.compactMap { $0["t"]?.number }
    #expect(times == times.sorted() && times.count == events.count)
    #expect(lines.last?["verdict"]?.string == "ok")
  }

  @Test func `is what --record writes, whatever the format of the log`() {
    let result = Built.shell("D=$(mktemp -d); $P run pool --record $D/r > $D/o; cat $D/r; rm -r $D")
    let printed = Built.playground("run", "pool", "--format", "jsonl").output
    #expect(result.output == printed)
  }

  @Test func `escapes what JSON doesn't take`() throws {
    let text = "a\"b\\c\n\u{1}\u{7F}\u{2028}\u{1F600}"
    #expect(try JSONValue(parsing: JSONObject.quoted(text)) == .string(text))
    #expect(JSONObject.quoted("\u{1}\n") == "\"\\u0001\\n\"")
  }
}
