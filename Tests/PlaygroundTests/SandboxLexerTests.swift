// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@testable import playground

@Suite struct `The sandbox's grammar` {
  private func commands(_ line: String) throws -> [[String]] {
    try Lexer.commands(of: Array(line.utf8)).map { $0.map { $0.isQuoted ? "\"\($0.text)\"" : $0.text } }
  }

  @Test(arguments: [
    ("", []),
    ("   \t ", []),
    ("every 1 tick", [["every", "1", "tick"]]),
    ("  every\t1   tick  ", [["every", "1", "tick"]]),
    ("next a; next b", [["next", "a"], ["next", "b"]]),
    (";;next a;; ;", [["next", "a"]]),
    ("# all of it", []),
    ("next a # the rest", [["next", "a"]]),
    ("next a#b", [["next", "a#b"]]),
    ("next a;# the rest", [["next", "a"]]),
    (#"next "a b""#, [["next", "\"a b\""]]),
    (#"next "a; # b""#, [["next", "\"a; # b\""]]),
    (#"next """#, [["next", "\"\""]]),
    (#"next "a\n\t\\\"z""#, [["next", "\"a\n\t\\\"z\""]]),
    (#"next "a\\""#, [["next", "\"a\\\""]]),
    (#"next "a"b"#, [["next", "\"a\"", "b"]]),
    ("spawn p => q", [["spawn", "p", "=>", "q"]]),
    ("next grüße 日本", [["next", "grüße", "日本"]]),
    ("next a\u{B}b\u{C}c", [["next", "a", "b", "c"]]),
    (#"next C:\temp"#, [["next", #"C:\temp"#]]),
  ]) func `cuts a line into commands and words`(_ line: String, _ expected: [[String]]) throws {
    #expect(try commands(line) == expected)
  }

  @Test(arguments: [
    (#"next "abc"#, "the quote that opens at column 6 is never closed"),
    (#"next "abc\""#, "the quote that opens at column 6 is never closed"),
    (#"next "ab\"#, "the quote that opens at column 6 is never closed"),
    (#"next a"b""#, "there is a quote inside a word at column 7: put a blank before it, or quote it all"),
    (#"next "a\qb""#, #"the backslash at column 8 means nothing there: in quotes it makes \n, \t, \\ and \""#),
    ("next ü\"b\"", "there is a quote inside a word at column 7: put a blank before it, or quote it all"),
    ("next a\0b", "there is a NUL byte at column 7: this is no text"),
  ]) func `tells what is wrong with a line, and where`(_ line: String, _ message: String) {
    #expect(throws: Complaint(message)) { try commands(line) }
  }

  @Test func `takes broken UTF-8 as text`() throws {
    let commands = try Lexer.commands(of: Array("next ".utf8) + [0xFF, 0x61])
    #expect(commands == [[Token(text: "next"), Token(text: "\u{FFFD}a")]])
  }
}

@Suite struct `Lines` {
  private func lines(_ pieces: [String]) throws -> [String] {
    var splitter = LineSplitter()
    var found: [String] = []
    func take() throws {
      while let line = try splitter.next() { found.append(String(decoding: line, as: UTF8.self)) }
    }
    for piece in pieces {
      splitter.append(piece.utf8)
      try take()
    }
    splitter.end()
    try take()
    #expect(splitter.isAtEnd)
    return found
  }

  @Test(arguments: [
    ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
    ("a\r", ["a"]), ("\r\n\n", ["", ""]), ("a\rb\n", ["a\rb"]), ("a\n\nb\n", ["a", "", "b"]), ("a\0b\n", ["a\0b"]),
  ]) func `end with a newline, with a carriage return before it or without, or where the input does`(
    _ text: String, _ expected: [String]
  ) throws {
    #expect(try lines([text]) == expected)
    // Cut at every byte.
    #expect(try lines(text.utf8.map { String(decoding: [$0], as: UTF8.self) }) == expected)
    for cut in 0...text.utf8.count {
      #expect(try lines([String(text.utf8.prefix(cut))!, String(text.utf8.dropFirst(cut))!]) == expected)
    }
  }

  @Test func `may be a megabyte long, in small pieces`() throws {
    let piece = String(repeating: "x", count: 1024)
    #expect(
      try lines(Array(repeating: piece, count: 1024) + ["\nnext"]) == [String(repeating: piece, count: 1024), "next"])
  }

  @Test func `that never end are a mistake`() {
    #expect(throws: Complaint("the line is longer than 4 MiB: is this a script?")) {
      try lines(Array(repeating: String(repeating: "\0", count: 1 << 20), count: 5))
    }
  }
}

@Suite struct `Swift, as the sandbox echoes it,` {
  @Test(arguments: [
    ("tick", #""tick""#), ("", #""""#), (#"a"b\c"#, #""a\"b\\c""#), ("a\nb\tc\r", #""a\nb\tc\r""#),
    (#"\(x)"#, #""\\(x)""#), ("\u{1B}[31m", #""\u{1B}[31m""#), ("\u{202E}abc", #""\u{202E}abc""#), ("ü日", #""ü日""#),
  ]) func `writes texts as literals`(_ text: String, _ literal: String) {
    #expect(SwiftText.literal(text) == literal)
  }

  @Test(arguments: [
    ("1", ".seconds(1)"), ("0", ".seconds(0)"), ("3.5", ".seconds(3.5)"), ("0.5", ".milliseconds(500)"),
    ("250ms", ".milliseconds(250)"), ("1500ms", ".seconds(1.5)"), ("2m", ".seconds(120)"),
    ("0.0001", ".seconds(0.0001)"),
    ("2.200000001", ".seconds(2.200000001)"), ("123456789.123456789", ".nanoseconds(123456789123456789)"),
  ]) func `writes durations so that they are the same`(_ text: String, _ code: String) throws {
    #expect(SwiftText.duration(try #require(Seconds.parse(text))) == code)
  }

  @Test(arguments: [
    ("p", true), ("p1", true), ("_p", true), ("got_it", true), ("", false), ("1p", false), ("p-q", false), ("_", false),
    ("loop", false), ("class", false), ("all", false), ("ü", false), (String(repeating: "a", count: 25), false),
  ]) func `knows what a variable may be called`(_ name: String, _ isName: Bool) {
    #expect(SwiftText.isName(name) == isName)
  }

  @Test func `breaks lines that would not fit into 80 columns`() {
    #expect(SwiftText.closure("a", "b") == ["a { b }"])
    #expect(SwiftText.closure("a", taking: "x", "b", "c") == ["a { x in", "  b", "  c", "}"])
    let long = String(repeating: "b", count: 80)
    #expect(SwiftText.closure("a", long) == ["a {", "  \(long)", "}"])
    #expect(SwiftText.call("a", "b") == ["a(b)"])
    #expect(SwiftText.call("a", long) == ["a(", "  \(long))"])
  }
}
