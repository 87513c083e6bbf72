// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `The code of a lesson` {
  @Test(arguments: Course.all.map { $0.card.file }) func `is embedded byte by byte`(_ file: String) throws {
    let embedded = try #require(LessonText.files[file])
    let source = try #require(contents(of: "\(repository)/Sources/Lessons/\(file)"))
    #expect(embedded == source)
  }

  @Test func `is embedded for every lesson and nothing else`() {
    #expect(LessonText.files.keys.sorted() == Course.all.map { $0.card.file }.sorted())
  }

  @Test(arguments: Course.all.map { $0.card.file }) func `fits a page of 18 lines and 64 columns`(_ file: String) {
    let region = LessonText.region(of: file)
    #expect((5...18).contains(region.count))
    #expect(region.filter { $0.text.count > 64 } == [])
    #expect(region.first?.text.isEmpty == false && region.last?.text.isEmpty == false)
  }

  @Test(arguments: Course.all.map { $0.card.file }) func `hides nothing and speaks ASCII`(_ file: String) {
    let text = String(decoding: LessonText.files[file] ?? [], as: UTF8.self)
    let region = LessonText.region(of: file)
    #expect(!region.contains { $0.text.contains("//") })
    #expect(text.utf8.allSatisfy { $0 == 10 || (32...126).contains($0) })
    // The region is one piece: one mark at each end.
    #expect(text.split(separator: "snippet.show").count == 2 && text.split(separator: "snippet.hide").count == 2)
  }

  @Test(arguments: Course.all.map { $0.card.file }) func `uses the public API only`(_ file: String) {
    let lines = String(decoding: LessonText.files[file] ?? [], as: UTF8.self).split(separator: "\n")
    #expect(lines.filter { $0.hasPrefix("import") || $0.contains("@testable") } == ["import Concurrency"])
    #expect(!lines.contains { $0.hasPrefix("#if") })
  }
}

@Suite struct `A lesson's card` {
  @Test func `has a number, an id and a title of its own`() {
    let cards = Course.all.map { $0.card }
    #expect(Set(cards.map(\.number)).count == cards.count)
    #expect(Set(cards.map(\.id)).count == cards.count)
    #expect(cards.map(\.number) == cards.map(\.number).sorted())
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `can be read in a terminal of 80 columns`(_ id: String) {
    let card = lesson(id).card
    let lines = card.text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 12)
    #expect(lines.filter { $0.count > 76 } == [])
    #expect((2...4).contains(card.question.options.count))
    #expect(([card.question.text] + card.question.options).allSatisfy { $0.count <= 76 })
    let words = [card.text, card.title, card.question.text] + card.question.options + card.actions.map(\.does)
    #expect(words.allSatisfy { $0.utf8.allSatisfy { $0 == 10 || (32...126).contains($0) } })
  }

  @Test(arguments: Course.all.map { $0.card.id })
  func `names the keys that the code has, and takes none that is reserved`(
    _ id: String
  ) throws {
    let card = lesson(id).card
    let armed = try played(lesson(id)).events.filter { $0.is(.keyArm) }.compactMap(\.label)
    #expect(armed.sorted() == card.actions.map(\.key).sorted())
    #expect(Set(armed).isDisjoint(with: ["q", "n", "p", "r", "z", "y", "w", "P"]))
    #expect(Set(card.script.map(\.key)).isSubset(of: armed))
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `asks what its own script answers`(_ id: String) throws {
    let card = lesson(id).card
    let answer = try #require(try played(lesson(id)).answer)
    #expect((1...card.question.options.count).contains(answer))
    // The right ones, so that an answer can't change unnoticed.
    let right = [
      "loop": 2, "timers": 2, "periodic": 2, "next-tick": 2, "chunking": 2, "pool": 2, "deferrable": 2,
      "default-deferrable": 2, "spawn": 2, "signals": 1,
    ]
    #expect(answer == right[id])
  }
}
