// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Each program that an article shows whole: the article, and the file in `Snippets`.
private let programs = [
  ("ReactorPattern", "ReactorPattern"), ("ReactorPattern", "BlockedLoop"), ("TimersAndTime", "TimersAndTime"),
  ("TimersAndTime", "Paces"), ("TicksAndChunks", "TicksAndChunks"), ("TicksAndChunks", "Chunks"),
  ("DeferringWork", "DeferringWork"), ("DeferringWork", "CancelledJobs"), ("Deferrables", "LookUps"),
  ("Deferrables", "Combining"), ("Deferrables", "Lost"), ("SpawnedProcesses", "SpawnedProcesses"),
  ("SpawnedProcesses", "Yielding"), ("SeeingInside", "SeeingInside"), ("WhatItDoesNotDo", "FromAsyncCode"),
  ("WhatItDoesNotDo", "RoundedTimers"), ("ThePlayground", "ThePlayground"), ("Speed", "Speed"),
  ("FromOthers", "FromOthers"), ("FromOthers", "OnDispatch"), ("FromEventMachine", "FromEventMachine"),
  ("OneTurn", "OneTurn"), ("VirtualTime", "VirtualTime"), ("ThreadsAndLoops", "ThreadsAndLoops"),
  ("DescriptorsAndSignals", "DescriptorsAndSignals"), ("DescriptorsAndSignals", "Hosting"), ("../README", "Readme"),
]

/// A program of an article in another language than Swift.
struct Dialect: Sendable {
  var article: String
  var language: Substring
  var interpreter: String
  var probe: String
}

private let dialects = [
  Dialect(article: "FromOthers", language: "python", interpreter: "python3", probe: "true"),
  Dialect(article: "FromOthers", language: "js", interpreter: "node", probe: "command -v node"),
  Dialect(
    article: "FromEventMachine", language: "ruby", interpreter: "ruby", probe: "ruby -e 'require \"eventmachine\"'"),
]

/// The articles, by name; the landing page is none of them.
private let articles = Repository.files(in: "Docs.docc").compactMap { path -> String? in
  guard path.hasSuffix(".md"), !path.hasSuffix("/SwiftReactor.md") else { return nil }
  return path.split(separator: "/").last.map { String($0.dropLast(3)) }
}

@Suite struct `An article` {
  // A build of the package compiles the snippets, each to a program that lies beside the tests.
  @Test(arguments: programs)
  func `shows a whole program, and prints what it prints`(_ article: String, _ program: String) throws {
    let source = try Repository.text(of: "Snippets/\(program).swift")
    let output = try #require(
      Article(article).output(ofProgram: source), "\(article).md doesn't show \(program).swift and its output")
    let result = shell("'\(programFolder())/\(program)'")
    #expect(result.status == 0)
    #expect(result.output == output)
  }

  @Test(arguments: dialects) func `shows what a program in another language prints`(_ dialect: Dialect) throws {
    // Whoever has no Ruby or no Node installed need not install it for this.
    guard shell(dialect.probe).status == 0 else { return }
    let fences = try Article(dialect.article).fences
    let place = try #require(fences.firstIndex { $0.language == dialect.language })
    let folder = temporaryFolder()
    writeFile("\(folder)/program", fences[place].text)
    let result = shell("\(dialect.interpreter) '\(folder)/program'")
    _ = shell("rm -r '\(folder)'")
    #expect(result.output == fences[place...].first { $0.language == "text" }?.text)
  }

  @Test(arguments: articles) func `names only files that there are`(_ article: String) throws {
    let article = try Article(article)
    let known = Set(["Sources", "Tests", "Snippets", "Scripts"].flatMap { Repository.files(in: $0) })
    for folder in ["Sources/", "Tests/", "Snippets/", "Scripts/"] {
      let named = article.mentions(after: "`\(folder)") { $0 != "`" }.map { folder + $0 }
      #expect(Set(named).subtracting(known) == [])
    }
  }

  @Test(arguments: articles) func `names only lessons that there are`(_ article: String) throws {
    let numbers = try Article(article).mentions(after: "playground run ") { $0.isNumber }
    let lessons = Repository.files(in: "Sources/Lessons")
    for number in numbers { #expect(lessons.contains { $0.hasPrefix("Sources/Lessons/L\(number)") }) }
  }

  @Test func `stands on the landing page`() throws {
    let named = try Article("SwiftReactor").mentions(after: "- <doc:") { $0 != ">" }
    #expect(named == Set(articles))
  }
}
