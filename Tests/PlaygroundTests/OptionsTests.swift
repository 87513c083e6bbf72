// SPDX-License-Identifier: Apache-2.0

import Reactor
import Testing

@testable import playground

@Suite struct `The options` {
  @Test func `are read in any order, joined by = or not`() throws {
    let options = try Options([
      "chunking", "--speed=0.5", "--do", "b@5.25", "--do", "q@@3", "--for", "8", "--turns", "7", "--trace", "-",
      "--record", "r.jsonl", "--format", "jsonl", "--quiet", "--verbose", "--pool", "3", "--seed", "9", "--color",
      "never", "--ascii", "--plain", "--size", "100x30", "--", "--last",
    ])
    #expect(options.arguments == ["chunking", "--last"])
    #expect(options.speed == 0.5)
    #expect(options.presses == [.init(key: "b", time: .seconds(5.25)), .init(key: "q@", time: .seconds(3))])
    #expect(options.duration == .seconds(8))
    #expect(options.turns == 7)
    #expect(options.trace == "-")
    #expect(options.record == "r.jsonl")
    #expect(options.format == .jsonl)
    #expect(options.isQuiet && options.isVerbose && options.isASCII && options.isPlain)
    #expect(options.size == Size(columns: 100, rows: 30))
    #expect(options.pool == 3)
    #expect(options.seed == 9)
    #expect(options.color == .never)
  }

  @Test(arguments: [
    (["--spede", "1"], "unknown option --spede. Did you mean --speed?"),
    (["-x"], "unknown option -x. 'playground help' lists the options."),
    (["--speed"], "--speed needs a value"),
    (["--speed", "0"], "--speed takes a number from 0.1 to 10, or max, not '0'"),
    (["--speed", "11"], "--speed takes a number from 0.1 to 10, or max, not '11'"),
    (["--speed", "nan"], "--speed takes a number from 0.1 to 10, or max, not 'nan'"),
    (["--do", "b"], "--do takes a key and a time, not 'b'. For example: --do b@0.5 presses b at half a second."),
    (["--do", "@1"], "--do takes a key and a time, not '@1'. For example: --do b@0.5 presses b at half a second."),
    (["--for", "soon"], "--for takes a time such as 2.5, 250ms or 1m, not 'soon'"),
    (["--for", "-1"], "--for takes a time such as 2.5, 250ms or 1m, not '-1'"),
    (["--turns", "0"], "--turns takes a whole number from 1, not '0'"),
    (["--pool", "many"], "--pool takes a whole number from 1, not 'many'"),
    (["--format", "txt"], "--format takes text or jsonl, not 'txt'. Did you mean text?"),
    (["--color", "red"], "--color takes auto or always or never, not 'red'"),
    (["--trace", "a", "--record", "a"], "--trace and --record can't both write a"),
    (["--record", "a", "--trace=a", "--", "b"], "--trace and --record can't both write a"),
    (["--record", "-"], "--record takes a file, not -. --format jsonl prints the same on standard output."),
    (["--quiet=yes"], "--quiet takes no value"), (["--seed", "x"], "--seed takes a whole number, not 'x'"),
  ]) func `say what is wrong, and what was meant`(_ arguments: [String], _ message: String) {
    let error = #expect(throws: UsageError.self) { try Options(arguments) }
    #expect(error?.description == message)
  }
}

@Suite struct `A time on the command line` {
  @Test(arguments: [
    ("2.5", 2_500_000_000), ("250ms", 250_000_000), ("1m", 60_000_000_000), ("3s", 3_000_000_000), ("0", 0),
    ("0.1", 100_000_000), ("0.000000001", 1), (".5", 500_000_000), ("5.", 5_000_000_000), ("1.5m", 90_000_000_000),
    ("123456789.123456789", 123_456_789_123_456_789),
  ]) func `is a whole number of nanoseconds`(_ text: String, _ nanoseconds: Int64) {
    #expect(Seconds.parse(text) == .nanoseconds(nanoseconds))
  }

  @Test(arguments: [
    "", ".", "s", "-1", "+1", "1e3", "1.2.3", "1h", "one", "0.0000000001", "99999999999999999999", "9999999999", " 1",
    "1 ", "١",
  ]) func `is nothing else`(_ text: String) {
    #expect(Seconds.parse(text) == nil)
  }

  @Test(arguments: [
    (0, "0.000", "0"), (5_250_000_000, "5.250", "5.25"), (999_999, "0.000", "0.000999999"),
    (-1_500_000_000, "-1.500", "-1.5"),
    (3_600_000_000_000, "3600.000", "3600"),
  ]) func `is printed with three digits, or exactly`(_ nanoseconds: Int64, _ text: String, _ exact: String) {
    #expect(Seconds.text(nanoseconds: nanoseconds) == text)
    #expect(Seconds.exact(nanoseconds: nanoseconds) == exact)
  }
}

@Suite struct `A mistyped word` {
  @Test(arguments: [
    ("chunkin", "chunking"), ("tmiers", "timers"), ("Timers", "timers"), ("defrrable", "deferrable"), ("lop", "loop"),
  ]) func `is answered with the nearest one`(_ word: String, _ meant: String) {
    #expect(Nearest.match(for: word, among: ["loop", "timers", "chunking", "deferrable"]) == meant)
  }

  @Test func `is answered with nothing if nothing is near`() {
    #expect(Nearest.match(for: "banana", among: ["loop", "timers"]) == nil)
    #expect(Nearest.match(for: "", among: ["loop"]) == nil)
    #expect(Nearest.match(for: "loop", among: []) == nil)
  }
}

@Suite struct `What is known of the terminal` {
  private func terminal(_ variables: [String: String], isOutput: Bool = true) -> Terminal {
    Terminal(isInput: true, isOutput: isOutput) { variables[$0] }
  }

  @Test(arguments: [
    (["LANG": "C.utf8"], true), (["LANG": "en_US.UTF-8"], true), (["LC_ALL": "C", "LANG": "en_US.UTF-8"], false),
    (["LC_ALL": "", "LC_CTYPE": "de_DE.UTF-8"], true), ([:], false), (["LANG": "ja_JP.eucJP"], false),
  ]) func `says UTF-8 if the first variable that is set does`(_ variables: [String: String], _ isUTF8: Bool) {
    #expect(terminal(variables).isUTF8 == isUTF8)
  }

  @Test(arguments: [
    (["TERM": "xterm"], true), (["TERM": "xterm", "NO_COLOR": "1"], false), (["TERM": "xterm", "NO_COLOR": ""], true),
    (["TERM": "dumb"], false), ([:], false), (["TERM": "xterm", "ACCESSIBLE": "1"], false),
    (["TERM": "dumb", "CLICOLOR_FORCE": "1"], true),
    (["TERM": "xterm", "CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
    (["TERM": "xterm", "ACCESSIBLE": "0"], true),
  ]) func `has colours unless somebody doesn't want them`(_ variables: [String: String], _ usesColor: Bool) {
    #expect(terminal(variables).usesColor(.auto) == usesColor)
    #expect(terminal(variables).usesColor(.always))
    #expect(!terminal(variables).usesColor(.never))
  }

  @Test func `has none in a pipe, unless they are forced`() {
    #expect(!terminal(["TERM": "xterm"], isOutput: false).usesColor(.auto))
    #expect(terminal(["TERM": "xterm", "FORCE_COLOR": "1"], isOutput: false).usesColor(.auto))
    #expect(!terminal(["TERM": "xterm", "FORCE_COLOR": "0"], isOutput: false).usesColor(.auto))
  }
}
