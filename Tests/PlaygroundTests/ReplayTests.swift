// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `A recording` {
  private func recording(_ text: String) throws -> Recording {
    try JSONLinesReader.recording(of: Array(text.utf8), name: "r.jsonl")
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `is read as the events that were written`(_ id: String) throws {
    let events = try played(lesson(id)).events
    #expect(try recording(jsonLines(events)).events == events)
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `F43 replays as the log of its run, to the byte`(_ id: String) {
    let both = "D=$(mktemp -d); $P run \(id) --record $D/r > $D/log && $P replay $D/r > $D/again"
    let same = Built.shell(
      "\(both) && cmp $D/log $D/again && $P replay - < $D/r | cmp $D/log -; code=$?; rm -r $D; exit $code")
    #expect(same == .init(status: 0, output: "", errors: ""))
  }

  @Test(arguments: ["loop", "chunking", "pool"]) func `holds all that the other folds need`(_ id: String) {
    // What names the machine stands in the log of a run only.
    let verbose = "sed 's/ backend=.*//; s/ wall=.*//'"
    let result = Built.shell(
      """
      D=$(mktemp -d); $P run \(id) --record $D/r --trace $D/trace --verbose | \(verbose) > $D/log
      $P replay $D/r --verbose | cmp $D/log -
      $P replay $D/r --trace - 2> $D/replayed | cmp $D/trace -; $P run \(id) | cmp $D/replayed -
      $P replay $D/r --format jsonl | cmp $D/r -; $P run \(id) --format jsonl | cmp $D/r -
      rm -r $D
      """)
    #expect(result == .init(status: 0, output: "", errors: ""))
  }

  @Test(arguments: ["--for 8", "--turns 3", "--for 0.25"]) func `can be cut as a run can`(_ cut: String) {
    let result = Built.shell("$P run chunking --do b@5.25 --format jsonl | $P replay - \(cut)")
    #expect(result.output == Built.shell("$P run chunking --do b@5.25 \(cut)").output)
    #expect(result.status == 0 && result.output.hasPrefix("# 05 chunking"))
  }

  @Test func `of the sandbox replays as its log without the Swift`() {
    let session = "every 1 tick; spawn p; notify p hi; defer fail 1 oops; wait 2; block 2; speed 10; speed max"
    let result = Built.shell(
      """
      D=$(mktemp -d); $P sandbox -c '\(session)' --for 1 --record $D/r | grep -v '^   =' > $D/log
      $P replay $D/r > $D/again; echo $?; cmp $D/log $D/again
      $P replay $D/r --format jsonl | cmp $D/r -; rm -r $D
      """)
    #expect(result == .init(status: 0, output: "4\n", errors: ""))
  }

  @Test func `tells by its exit code what its run told`() {
    let alive = Built.shell("$P run loop --do i@1 --format jsonl | $P replay -")
    #expect(alive.status == 4 && alive.output == Built.playground("run", "loop", "--do", "i@1").output)
    let empty = Built.shell("$P run loop --for 1 --format jsonl | head -n 20 | $P replay -")
    #expect(empty.status == 0 && !empty.output.contains("\nok "))
  }

  @Test func `may have its keys in any order, and more of them`() throws {
    let line =
      #"{"more":null,"line":3,"file":"X.swift","name":"tick","ev":"log","t":1e0,"seq":9,"text":"\u00e9\ud83d\ude00"}"#
    #expect(throws: UsageError.self) { try recording(line) }
    let event = try #require(try recording(line.replacing("1e0", with: " 1.5 ")).events.first)
    #expect(event.time == Instant(nanoseconds: 1_500_000_000) && event.label == "é😀" && event.is(.log))
    #expect(event.file == "Lessons/X.swift" && event.line == 3 && event.sequence == 9)
  }

  @Test(arguments: [
    ("", "r.jsonl is empty. playground run ID --record FILE writes a recording."),
    ("hello\n", "r.jsonl:1: this is no recording. replay takes what --record writes."),
    (
      "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n",
      "r.jsonl is a trace for Perfetto, as --trace writes it: what was recorded can't be had from it. "
        + "replay takes what --record writes."
    ),
    ("{\"a\":1}\n", "r.jsonl:1: \"ev\" is missing: this is no event of a recording"),
    ("{\"ev\":\"log\",\"t\":1}\n", "r.jsonl:1: \"seq\" is missing: this is no event of a recording"),
    (
      "{\"seq\":1,\"ev\":\"log\",\"t\":1}\n{\"seq\":2,\"ev\":\"lo",
      "r.jsonl:2: the last line is cut off: the file is not all there"
    ),
    (
      "{\"seq\":1,\"ev\":\"log\",\"t\":1}\n{\"seq\":2,\"ev\"\n",
      "r.jsonl:2: the line ends where a colon behind the key \"ev\" should be"
    ),
    (
      "{\"seq\":2,\"ev\":\"log\",\"t\":1}\n{\"seq\":2,\"ev\":\"log\",\"t\":1}\n",
      "r.jsonl:2: event 2 comes after event 2"
    ),
    ("{\"seq\":1,\"seq\":2}\n", "r.jsonl:1: \"seq\" is there twice, again at column 10"),
    ("{\"seq\":1.5,\"ev\":\"log\",\"t\":1}\n", "r.jsonl:1: \"seq\" should be a whole number that isn't too large"),
    (
      "{\"seq\":1,\"ev\":\"log\",\"t\":-1}\n",
      "r.jsonl:1: \"t\" should be a time in seconds, with nine decimals at most"
    ),
    ("{\"seq\":1,\"ev\":\"timer.jump\",\"t\":1}\n", "r.jsonl:1: \"ev\" is no kind of event: \"timer.jump\""),
    ("{\"seq\":1,\"ev\":\"log\",\"t\":1,\"lane\":\"pool\"}\n", "r.jsonl:1: \"lane\" is no thread: \"pool\""),
    (
      "{\"seq\":1,\"ev\":\"timer.begin\",\"t\":1,\"first\":-9223372036854775808}\n",
      "r.jsonl:1: \"first\" can't be -9223372036854775808 in a recording"
    ),
    ("{\"seq\":1,\"ev\":\"callback.begin\",\"t\":1,\"first\":-5}\n", "r.jsonl:1: \"first\" can't be -5 in a recording"),
    ("{\"seq\":1,\"ev\":\"step.begin\",\"t\":1,\"first\":99}\n", "r.jsonl:1: \"first\" is no step of a turn: 99"),
    (
      "{\"seq\":1,\"ev\":\"periodic.begin\",\"t\":1,\"second\":9223372036854775807}\n",
      "r.jsonl:1: \"second\" can't be 9223372036854775807 in a recording"
    ),
    (
      "{\"seq\":1,\"ev\":\"job.begin\",\"t\":1,\"lane\":\"worker-9223372036854775807\"}\n",
      "r.jsonl:1: \"lane\" is no thread: \"worker-9223372036854775807\""
    ),
    ("{\"seq\":01}\n", "r.jsonl:1: \"01\" at column 8 is no number of JSON's"),
    (
      "{\"seq\":[1]}\n",
      "r.jsonl:1: \"seq\" is an object or a list, at column 8: a recording has texts and numbers only"
    ),
    ("{\"ev\":\"\\x\"}\n", "r.jsonl:1: the backslash at column 8 escapes nothing"),
    ("{\"ev\":\"\\ud800\"}\n", "r.jsonl:1: the escape at column 8 is half a character"),
    ("{} {}\n", "r.jsonl:1: column 4 should be the end of the line"),
    (
      "{\"reactor-playground\":2,\"lesson\":\"x\"}\n",
      "r.jsonl:1: this is a recording of version 2, and this playground reads 1"
    ),
    (
      "{\"seq\":1,\"ev\":\"log\",\"t\":1}\n{\"reactor-playground\":1,\"lesson\":\"x\"}\n",
      "r.jsonl:2: another recording begins here, and replay takes one"
    ),
    (
      "{\"verdict\":\"ok\"}\n{\"verdict\":\"ok\"}\n", "r.jsonl:2: something follows the verdict, which is the last line"
    ),
  ]) func `that is none is refused with its file, its line and a reason`(_ text: String, _ message: String) {
    let error = #expect(throws: UsageError.self) { try recording(text) }
    #expect(error?.description == message)
  }

  @Test func `that is no UTF-8, or full of noise, is refused and never crashes`() {
    #expect(throws: UsageError.self) {
      try JSONLinesReader.recording(of: Array("{\"ev\":\"".utf8) + [0xFF] + Array("\"}\n".utf8), name: "r")
    }
    // A fixed seed: what failed once fails again.
    var state: UInt64 = 42
    let line = Array(#"{"seq":1,"t":0.25,"turn":1,"lane":"worker-1","ev":"job.begin","id":7,"name":"j\u0031"}"#.utf8)
    for _ in 0..<scaledDown(5_000) {
      var bytes = line
      for _ in 0...(state % 3) {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
      }
      _ = try? JSONLinesReader.recording(of: bytes, name: "r")
    }
  }

  @Test func `holds nothing that the terminal obeys when it is printed`() {
    let controls = #"\u001b]0;owned\u0007\u009b31m\n"#
    let lines = [
      #"{"reactor-playground":1,"lesson":"x\#(controls)"}"#,
      #"{"seq":1,"t":1,"ev":"log","text":"\#(controls)é日","file":"\#(controls)","line":1}"#,
      #"{"seq":2,"t":1,"ev":"\#(controls).begin","id":1}"#, #"{"seq":3,"t":1,"ev":"log","text":"in it"}"#,
      #"{"verdict":"\#(controls)","alive":"\#(controls)"}"#,
    ]
    let result = Built.shell("printf '%s\\n' \(lines.map(ShellText.word).joined(separator: " ")) | $P replay -")
    #expect(result.status == 0)
    #expect(result.output.contains(#"log    \u{1B}]0;owned\u{7}\u{9B}31m\né日"#))
    #expect(result.output.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(result.output.split(separator: "\n").count == 5)
  }

  @Test func `whose times and numbers are as large as they can be is drawn and judged`() throws {
    let most = "9223372036854775807"
    let head = #"{"reactor-playground":1,"lesson":"periodic","speed":"max","pool":2}"#
    let lines = [
      #"{"seq":1,"t":0,"ev":"timer.arm","id":1,"first":\#(most),"file":"X.swift","line":1}"#,
      #"{"seq":2,"t":0,"ev":"timer.arm","id":2,"file":"X.swift","line":2}"#,
      #"{"seq":3,"t":0,"ev":"step.begin","first":6}"#,
      #"{"seq":4,"t":3155760000,"lane":"worker-65536","ev":"job.begin","id":3,"file":"X.swift","line":3}"#,
      #"{"seq":5,"t":3155760000,"ev":"timer.begin","id":1,"first":\#(most),"file":"X.swift","line":\#(most)}"#,
      #"{"seq":6,"t":3155760000,"ev":"periodic.begin","id":4,"cause":1,"second":34359738368,"file":"X.swift"}"#,
      #"{"seq":7,"t":3155760000,"turn":\#(most),"ev":"block.begin","id":5,"first":\#(most)}"#,
    ]
    let recording = try recording(([head] + lines + [#"{"verdict":"ok"}"#]).joined(separator: "\n"))
    #expect(recording.outcome != nil)
    let history = History()
    history.append(recording.events)
    for place in 0...history.end {
      var canvas = Canvas(Size(columns: 120, rows: 36))
      LessonView(title: "", card: PeriodicTimers.card, picture: Picture(history, at: place)).draw(on: &canvas)
      guard let event = history.event(at: place) else { continue }
      #expect(!EventWords(history: history, place: place, event: event, code: []).lines.isEmpty)
    }
  }

  @Test(arguments: [
    ("replay", 2, "playground replay: replay takes one recording. playground run ID --record FILE writes one.\n"),
    ("replay /nowhere/r", 3, "playground replay: open /nowhere/r: No such file or directory (ENOENT)\n"),
    ("replay /", 3, "playground replay: read /: Is a directory (EISDIR)\n"),
    ("replay - --do a@1 < /dev/null", 2, "playground replay: replay takes no --do: all has happened already\n"),
    (
      "replay - < /dev/null", 2,
      "playground replay: stdin is empty. playground run ID --record FILE writes a recording.\n"
    ),
    ("replay - <&-", 2, "playground replay: stdin is empty. playground run ID --record FILE writes a recording.\n"),
  ]) func `that can't be had is told with an exit code`(_ command: String, _ status: Int, _ message: String) {
    #expect(Built.shell("$P \(command)") == .init(status: status, output: "", errors: message))
  }
}
