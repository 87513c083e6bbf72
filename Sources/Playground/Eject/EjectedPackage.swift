// SPDX-License-Identifier: Apache-2.0

import Lessons

/// The files of a lesson's own package: the lines that are shown as its `main.swift`, and what they stand on.
struct EjectedPackage {
  private let card: Card
  private let runsTheLoop: Bool
  private let source: PackageSource

  init(_ lesson: any Lesson.Type, _ source: PackageSource) {
    card = lesson.card
    runsTheLoop = lesson.runsTheLoop
    self.source = source
  }

  /// Paths in the package, and what is in them.
  var files: [(path: String, text: String)] {
    [
      ("Package.swift", manifest), ("Sources/\(card.id)/main.swift", program),
      ("Sources/\(card.id)/LessonIO.swift", EjectedIO.text), ("README.md", readme), (".gitignore", ".build/\n"),
    ]
  }

  private var manifest: String {
    """
    // swift-tools-version: 6.2
    import PackageDescription

    let package = Package(
      name: "\(card.id)",
      platforms: [.macOS(.v15)],
      dependencies: [
        \(source.dependency.text)
      ],
      targets: [
        .executableTarget(
          name: "\(card.id)",
          dependencies: [.product(name: "Concurrency", package: \(SwiftText.literal(source.dependency.name)))])
      ]
    )

    """
  }

  /// The lesson in a closure: variables of `main.swift` itself are global ones, which closures for other threads may not
  /// touch.
  private var program: String {
    let lines = LessonText.region(of: card.file).map { $0.text.isEmpty ? "" : "  \($0.text)" }
    let head = runsTheLoop ? "try play(runsItself: true) { loop, io in" : "try play { loop, io in"
    return """
      // Lesson \(ListCommand.number(card)): \(card.title).
      // Type a key and Enter: \(card.actions.map(\.key).joined(separator: ", ")); q ends it.
      import Concurrency

      \(declarations)\(head)
      \(lines.joined(separator: "\n"))
      }

      """
  }

  /// What the lesson's file declares for the lines that are shown: between the head of its type and its card.
  private var declarations: String {
    let lines = String(decoding: LessonText.files[card.file] ?? [], as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasSuffix(": Lesson {") }),
      let end = lines.firstIndex(where: { $0.hasSuffix("static let card = Card(") })
    else { return "" }
    // Above the card stands its comment.
    let own = lines[start...].dropFirst().prefix(max(0, end - start - 2))
    return own.map { line in
      var line = String(line.dropFirst(2))
      if let word = line.firstRange(of: "public ") { line.removeSubrange(word) }
      return line + "\n"
    }.joined()
  }

  private var readme: String {
    let keys = card.actions.map { "- `\($0.key)`: \($0.does)" }.joined(separator: "\n")
    return """
      # \(card.title)

      \(card.text)

      This is lesson \(ListCommand.number(card)) of swift-reactor's playground. Change `Sources/\(card.id)/main.swift`, and see.

      ```sh
      swift run
      ```

      builds and runs it. Type a key and Enter; `q` and Enter, or Ctrl-D, end it. The keys:

      \(keys)

      ```sh
      \(source.playground) run --watch .
      ```

      builds and runs it again each time that you save a file.

      """
  }
}
