// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

@Suite struct `A lesson that is ejected` {
  @Test(arguments: Course.all.map { $0.card.id }) func `compiles without a warning`(_ id: String) {
    let result = Compiling.shell(
      """
      D=$(mktemp -d); $P eject \(id) $D/made > /dev/null && cd $D/made && check Sources/\(id)/*.swift; code=$?
      rm -r $D; exit $code
      """)
    #expect(result == .init(status: 0, output: "", errors: ""))
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `has the lines that are shown, all of them`(_ id: String) {
    let package = EjectedPackage(lesson(id), .path("/clones/swift-reactor"))
    let program = package.files.first { $0.path == "Sources/\(id)/main.swift" }?.text ?? ""
    let region = LessonText.region(of: lesson(id).card.file).map { $0.text.isEmpty ? "" : "  \($0.text)" }
    #expect(program.hasSuffix("loop, io in\n\(region.joined(separator: "\n"))\n}\n"))
    #expect(package.files.map(\.path).contains("README.md"))
  }

  /// Keys, and the lines that they make whatever the machine's clock does meanwhile.
  @Test(arguments: [
    ("deferrable", "s l a"), ("deferrable", "x a l"), ("next-tick", "a"), ("default-deferrable", "a l b"),
    ("loop", "s"),
  ]) func `prints what the lesson prints when its keys are typed`(_ id: String, _ keys: String) throws {
    // Each key by itself: what it leads to comes before the next one. The loop of lesson 01 is at its end then.
    let script = keys.split(separator: " ").enumerated().map { "\($0.element)@0.\($0.offset + 1)" }
    let ends = id == "loop"
    let played = try played(
      lesson(id), script.joined(separator: " "), for: ends ? nil : .seconds(0.2 + 0.1 * Double(script.count)))
    let lines = Trace(played.events).lines.filter { $0.text != "beat" && !$0.text.hasPrefix("beat ") }
    let wanted = lines.map(\.text)
    let early = lines.prefix { $0.event.time < Instant.zero + .seconds(0.1) }.map(\.text)

    let program = Conversation.shell(
      Compiling.prelude + """
        D=$(mktemp -d); $P eject \(id) $D/made > /dev/null && cd $D/made && compile Sources/\(id)/*.swift; echo ready; ./program
        code=$?; rm -r $D; exit $code
        """, ["HOME": "/tmp", "TERM": "dumb"])
    #expect(program.hears("ready\n"))
    for line in early { #expect(program.hears(line + "\n")) }
    for key in keys.split(separator: " ") { program.write("\(key)\n") }
    for line in wanted { #expect(program.hears(line + "\n")) }
    let result = program.end()
    #expect(result.status == 0)
    let printed = result.output.split(separator: "\n").map(String.init).filter {
      $0 != "ready" && !$0.hasPrefix("beat")
    }
    #expect(printed == wanted)
  }

  @Test func `depends on the clone that the playground was built in, or on what is said`() {
    let result = Built.shell(
      """
      D=$(mktemp -d); cd $D; mkdir clone; echo > clone/Package.swift; mkdir there
      $P eject 5 there > log; echo $?; grep path: there/Package.swift
      $P eject chunking here/too --package-path=clone; echo $?; grep -c "path: \\"$(realpath clone)\\"" here/too/Package.swift
      grep -c 'package: "clone"' here/too/Package.swift; cd /; rm -r $D
      """)
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.first == "0" && lines[1].hasSuffix("path: \(SwiftText.literal(repository)))"))
    #expect(lines.contains("Lesson 05 is a package now: here/too/Sources/chunking/main.swift"))
    #expect(lines.suffix(3) == ["0", "1", "1"])
  }

  @Test func `may depend on what is published`() {
    let source = PackageSource.url("https://example.org/swift-reactor.git", version: "1.2.3")
    let manifest = EjectedPackage(lesson("loop"), source).files[0].text
    #expect(manifest.contains(".package(url: \"https://example.org/swift-reactor.git\", from: \"1.2.3\")\n"))
    #expect(manifest.contains("package: \"swift-reactor\")"))
  }

  @Test func `never writes over anything`() {
    let result = Built.shell(
      """
      D=$(mktemp -d); cd $D; mkdir full; echo mine > full/.hidden; echo mine > file
      $P eject loop full; echo $?; $P eject loop file; echo $?; $P eject loop file/below; echo $?; ls -A full; rm -r $D
      """)
    #expect(result.output == "2\n2\n3\n.hidden\n")
    #expect(
      result.errors == """
        playground eject: full is not empty. eject makes a folder, or fills an empty one.
        playground eject: file is a file. eject makes a folder, or fills an empty one.
        playground eject: mkdir file: File exists (EEXIST)

        """)
  }

  @Test(arguments: [
    ("eject", "eject takes a lesson and a folder. For example: playground eject chunking my-chunking"),
    ("eject loop ''", "the folder has no name. For example: playground eject chunking my-chunking"),
    ("eject chunkin D", "there is no lesson 'chunkin'. Did you mean chunking?"),
    ("eject loop D --pakage-path x", "unknown option --pakage-path. Did you mean --package-path?"),
    (
      "eject loop D --package-path /nowhere",
      "there is no Package.swift in /nowhere. --package-path takes a clone of this package."
    ),
  ]) func `that can't be is told, with what was meant`(_ command: String, _ message: String) {
    #expect(Built.shell("$P \(command)") == .init(status: 2, output: "", errors: "playground eject: \(message)\n"))
  }
}

@Suite struct `A word for the shell` {
  @Test(arguments: ["plain", "/a/b-c_1.2", "two words", "it's", "", "$(rm)", "a\nb", "ü"]) func `is read as it was`(
    _ word: String
  ) {
    #expect(Built.shell("printf %s \(ShellText.word(word))").output == word)
  }
}
