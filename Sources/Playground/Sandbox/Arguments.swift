// SPDX-License-Identifier: Apache-2.0

/// What follows the word of a command, taken from the front.
struct Arguments {
  let word: Word
  private var rest: ArraySlice<Token>

  init(_ word: Word, _ tokens: ArraySlice<Token>) {
    self.word = word
    rest = tokens
  }

  var isEmpty: Bool { rest.isEmpty }

  /// Takes the next word; it is called `what` in the complaint if there is none.
  mutating func word(_ what: String) throws(Complaint) -> String {
    guard let token = rest.popFirst() else { throw misses(what) }
    return token.text
  }

  /// Whether that word is next, unquoted.
  func isNext(_ keyword: String) -> Bool { rest.first == Token(text: keyword) }

  /// Takes the next word if it is that one, unquoted.
  mutating func take(_ keyword: String) -> Bool {
    guard isNext(keyword) else { return false }
    rest.removeFirst()
    return true
  }

  /// Takes a duration.
  mutating func duration() throws(Complaint) -> Duration {
    let text = try word("a time")
    guard let duration = Seconds.parse(text) else {
      throw Complaint(
        "\"\(text)\" is no time: write seconds, as 2 or 0.5, or a number with ms, s or m, as 250ms; at most nine decimals"
      )
    }
    return duration
  }

  /// Takes a number of at least 1 and at most `limit`.
  mutating func count(_ what: String, atMost limit: Int) throws(Complaint) -> Int {
    let text = try word(what)
    guard let number = Int(text), text.utf8.allSatisfy({ (48...57).contains($0) }), number >= 1 else {
      throw Complaint("\"\(text)\" is no number: \(word.name) needs \(what), 1 or more")
    }
    guard number <= limit else {
      throw Complaint("\(text) is too much for \(word.name): \(limit) at most")
    }
    return number
  }

  /// Takes the rest, up to that keyword if there is one, as a text: words joined by blanks.
  mutating func text(_ what: String = "a text", upTo keyword: String? = nil) throws(Complaint) -> String {
    let end = keyword.flatMap { keyword in rest.lastIndex { $0 == Token(text: keyword) } } ?? rest.endIndex
    guard end > rest.startIndex else { throw misses(what) }
    let text = rest[..<end].map(\.text).joined(separator: " ")
    rest = rest[end...]
    return text
  }

  /// As ``text(_:upTo:)``, but there may be none.
  mutating func text(orElse other: String) -> String {
    guard let text = try? text() else { return other }
    return text
  }

  /// Checks that nothing is left.
  func end() throws(Complaint) {
    guard let token = rest.first else { return }
    throw Complaint("\"\(token.text)\" is one word too many. \(usage)")
  }

  private func misses(_ what: String) -> Complaint { Complaint("\(word.name) needs \(what). \(usage)") }

  private var usage: String { "Write it so: \(word.usage), as in: \(word.example)" }
}
