// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `The parser of keys` {
  /// What terminals send, and the keys that are meant.
  private static let table: [(sent: String, keys: [Key])] = [
    ("a", [.character("a")]), ("Q", [.character("Q")]), (" ", [.character(" ")]), ("~", [.character("~")]),
    ("é", [.character("é")]), ("日", [.character("日")]), ("😀", [.character("😀")]),
    ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]),
    ("\0", [.control("@")]), ("\u{1}", [.control("a")]), ("\u{3}", [.control("c")]), ("\u{1A}", [.control("z")]),
    ("\u{1C}", [.control("\\")]), ("\u{1D}", [.control("]")]), ("\u{1E}", [.control("^")]),
    ("\u{1F}", [.control("_")]),
    ("\u{1B}[A", [.up]), ("\u{1B}[B", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
    ("\u{1B}OA", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}OC", [.right]), ("\u{1B}OD", [.left]),
    ("\u{1B}[1;2A", [.up]), ("\u{1B}[1;5C", [.right]), ("\u{1B}[a", [.up]), ("\u{1B}O1;5D", [.left]),
    ("\u{1B}[H", [.home]), ("\u{1B}[1~", [.home]), ("\u{1B}[7~", [.home]), ("\u{1B}OH", [.home]),
    ("\u{1B}[F", [.end]), ("\u{1B}[4~", [.end]), ("\u{1B}[8~", [.end]), ("\u{1B}OF", [.end]),
    ("\u{1B}[1;5H", [.home]), ("\u{1B}[2~", [.insert]), ("\u{1B}[3~", [.delete]), ("\u{1B}[3;5~", [.delete]),
    ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]), ("\u{1B}[Z", [.backTab]), ("\u{1B}OM", [.enter]),
    ("\u{1B}OP", [.function(1)]), ("\u{1B}OQ", [.function(2)]), ("\u{1B}OR", [.function(3)]),
    ("\u{1B}OS", [.function(4)]), ("\u{1B}[11~", [.function(1)]), ("\u{1B}[[A", [.function(1)]),
    ("\u{1B}[[E", [.function(5)]), ("\u{1B}[15~", [.function(5)]), ("\u{1B}[17~", [.function(6)]),
    ("\u{1B}[18~", [.function(7)]), ("\u{1B}[19~", [.function(8)]), ("\u{1B}[20~", [.function(9)]),
    ("\u{1B}[21~", [.function(10)]), ("\u{1B}[23~", [.function(11)]), ("\u{1B}[24~", [.function(12)]),
    ("\u{1B}[1;2P", [.function(1)]), ("\u{1B}[1;2R", [.function(3)]), ("\u{1B}[24;5~", [.function(12)]),
    ("\u{1B}x", [.alt("x")]), ("\u{1B}é", [.alt("é")]), ("\u{1B}1", [.alt("1")]), ("\u{1B}\r", [.escape, .enter]),
    ("\u{1B}[200~hello\u{1B}[201~", [.paste("hello")]), ("\u{1B}[200~\u{1B}[201~", [.paste("")]),
  ]

  /// What is no key: reports of the mouse, the focus and the cursor, replies, and what nobody knows.
  private static let reports = [
    "\u{1B}[<0;12;7M", "\u{1B}[<0;12;7m", "\u{1B}[M !!", "\u{1B}[I", "\u{1B}[O", "\u{1B}[?1;2c", "\u{1B}[>0;276;0c",
    "\u{1B}[24;80R", "\u{1B}[?2026;2$y", "\u{1B}[0n", "\u{1B}[97;5u", "\u{1B}[99~", "\u{1B}[201~", "\u{1B}[5;6;7A",
    "\u{1B}Oq", "\u{1B}[?" + String(repeating: "1;", count: 40) + "c",
    "\u{1B}[" + String(repeating: "9", count: 500) + "~",
  ]

  private static func keys(_ pieces: [[UInt8]]) -> [Key] {
    var parser = KeyParser()
    return pieces.flatMap { parser.feed($0) } + parser.escapeIsAlone()
  }

  @Test func `D21 knows what each terminal sends for a key`() {
    for (sent, keys) in Self.table { #expect(Self.keys([Array(sent.utf8)]) == keys, "\(sent.debugDescription)") }
    for letter in UInt8(ascii: "a")...UInt8(ascii: "z") where !"hijm".utf8.contains(letter) {
      #expect(Self.keys([[letter & 0x1F]]) == [.control(Character(Unicode.Scalar(letter)))])
    }
  }

  @Test func `D22 makes the same keys of a sequence, wherever it is cut`() {
    for (sent, keys) in Self.table + Self.reports.map({ ($0, []) }) {
      let bytes = Array((sent + "z").utf8)
      for cut in 0...bytes.count {
        #expect(
          Self.keys([Array(bytes[..<cut]), Array(bytes[cut...])]) == keys + [.character("z")],
          "\(sent.debugDescription) cut at \(cut)")
      }
      #expect(Self.keys(bytes.map { [$0] }) == keys + [.character("z")], "\(sent.debugDescription)")
    }
  }

  @Test func `D23 makes a key of each of many in one piece`() {
    let bytes = Array(String(repeating: "j\u{1B}[A", count: 100).utf8)
    #expect(Self.keys([bytes]) == Array(repeating: [.character("j"), .up], count: 100).flatMap { $0 })
  }

  @Test func `D24 takes Esc for the key only when nothing follows`() {
    #expect(Self.keys([[0x1B]]) == [.escape])
    #expect(Self.keys([[0x1B, 0x1B]]) == [.escape, .escape])
    #expect(Self.keys([Array("\u{1B}x".utf8)]) == [.alt("x")])
    var parser = KeyParser()
    #expect(parser.feed([0x1B]).isEmpty && parser.holdsEscape)
    #expect(parser.escapeIsAlone() == [.escape] && !parser.holdsEscape)
    #expect(parser.feed(Array("x".utf8)) == [.character("x")])
    // Once more is there, no time is too long.
    #expect(parser.feed(Array("\u{1B}[".utf8)).isEmpty && !parser.holdsEscape && parser.escapeIsAlone().isEmpty)
    #expect(parser.feed(Array("A".utf8)) == [.up])
  }

  @Test func `D25 hands a paste over as a whole, with newlines and no other control`() {
    func pasted(_ text: String) -> [Key] { Self.keys([Array("\u{1B}[200~\(text)\u{1B}[201~".utf8)]) }
    #expect(pasted("q\nq\nrm -rf x\n") == [.paste("q\nq\nrm -rf x\n")])
    #expect(pasted("a\rb\r\nc\n\nd") == [.paste("a\nb\nc\n\nd")])
    #expect(pasted("a\0b\u{3}c\u{1B}[Ad\u{7F}e\u{85}f\tg") == [.paste("abc[Adef g")])
    #expect(pasted("日本\u{1B}[20") == [.paste("日本[20")])
    #expect(Self.keys([Array("\u{1B}[200~".utf8), [0xFF, 0x41], Array("\u{1B}[201~".utf8)]) == [.paste("\u{FFFD}A")])
  }

  @Test func `D25 cuts a paste that is too long, and finds its end`() {
    let long = String(repeating: "x", count: 300_000)
    let keys = Self.keys([Array("\u{1B}[200~\(long)\u{1B}[201~q".utf8)])
    #expect(keys == [.paste(String(long.prefix(65_536))), .character("q")])
  }

  @Test func `D26 swallows reports and replies as a whole`() {
    for report in Self.reports {
      #expect(
        Self.keys([Array("a\(report)b".utf8)]) == [.character("a"), .character("b")], "\(report.debugDescription)")
    }
  }

  @Test func `D26 gives a sequence up that something else interrupts`() {
    #expect(Self.keys([Array("\u{1B}[1;\u{1B}[A".utf8)]) == [.up])
    #expect(Self.keys([Array("\u{1B}[1;\u{3}".utf8)]) == [.control("c")])
    #expect(Self.keys([Array("\u{1B}O\rx".utf8)]) == [.enter, .character("x")])
  }

  @Test func `D26 shows broken UTF-8 as one mark for each try`() {
    let mark = Key.character("\u{FFFD}")
    #expect(Self.keys([[0xC3, 0x41]]) == [mark, .character("A")])
    #expect(Self.keys([[0x80], [0xFF]]) == [mark, mark])
    #expect(Self.keys([[0xE6, 0x97, 0x1B, 0x5B, 0x41]]) == [mark, .up])
    #expect(Self.keys([[0xC0, 0xAF]]) == [mark, mark])
    #expect(Self.keys([[0xED, 0xA0, 0x80, 0x7A]]) == [mark, .character("z")])
  }

  @Test(arguments: [1, 2, 3]) func `D26 survives random bytes, however they are cut`(_ seed: UInt64) {
    var dice = Dice(seed: seed)
    // Half of them are such as sequences are made of.
    let usual = Array("\u{1B}\u{1B}\u{1B}[[[OO0123456789;;<?~~ABCDMRZmqu$ \r\n\t\u{3}\u{7F}".utf8) + [0xC3, 0xA9, 0xFF]
    let bytes = (0..<scaledDown(1_000_000)).map { _ in
      Bool.random(using: &dice) ? usual.randomElement(using: &dice) ?? 0 : UInt8.random(in: 0...255, using: &dice)
    }
    var whole = KeyParser()
    let keys = whole.feed(bytes)
    var cut = KeyParser()
    var inPieces: [Key] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Int.random(in: 1...200, using: &dice)
      inPieces += cut.feed(rest.prefix(count))
      rest = rest.dropFirst(count)
    }
    #expect(inPieces == keys)
    // A paste may have begun in it; behind it all is as ever.
    _ = whole.feed(Array("zzz\u{1B}[201~zzz".utf8))
    #expect(whole.feed(Array("\u{1B}[A".utf8)) == [.up])
  }
}
