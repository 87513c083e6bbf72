// SPDX-License-Identifier: Apache-2.0

import Testing

/// What the documentation says of the playground: `Docs.docc/ThePlayground.md`.
@Suite struct `The article on the playground` {
  @Test func `shows what its commands print`() throws {
    let prompt = "$ swift run playground "
    let shown = try fences("text").filter { $0.hasPrefix(prompt) }
    #expect(shown.count == 2)
    for text in shown {
      let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      let result = Built.shell("\"$P\" \(lines[0].dropFirst(prompt.count))")
      #expect(result.output == String(lines[1]))
      #expect(result.status == 0)
    }
  }

  @Test func `shows what export writes`() throws {
    let session = "every 1 tick; after 3.5 BOOM; wait 4.2; cancel t1"
    #expect(try fences("text").contains { $0.contains("sandbox -c \"\(session)\"") })
    let result = Built.shell(
      """
      cd "$(mktemp -d)" && "$P" sandbox -c '\(session); export session.swift' >/dev/null && cat session.swift
      rm -r "$PWD"
      """)
    let program = try #require(fences("swift").first)
    #expect(result.output.hasSuffix(program))
  }

  /// The fenced blocks of a language.
  private func fences(_ language: String) throws -> [String] {
    let page = Built.shell("cat '\(repository)/Docs.docc/ThePlayground.md'").output
    return page.split(separator: "\n```\(language)\n").dropFirst().compactMap { rest in
      rest.split(separator: "\n```").first.map { $0 + "\n" }
    }
  }
}
