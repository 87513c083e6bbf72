// SPDX-License-Identifier: Apache-2.0

import Lessons
import Reactor

/// `playground eject ID DIR`: a lesson as a package of its own, to be changed.
enum EjectCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    do {
      let options = try Options(arguments, own: ["--package-path": true], only: [])
      guard options.arguments.count == 2 else {
        throw UsageError(
          message: "eject takes a lesson and a folder", hint: "For example: playground eject chunking my-chunking")
      }
      let lesson = try Course.lesson(options.arguments[0])
      let folder = options.arguments[1]
      try check(folder)
      let source = try source(options.own["--package-path"])
      try write(EjectedPackage(lesson, source), to: folder)
      tell(lesson.card, folder, source, output)
      return .success
    } catch let error as UsageError {
      output.tell("playground eject: \(error)")
      return .usage
    } catch {
      output.tell("playground eject: \(error)")
      return .environment
    }
  }

  /// Nothing of anybody's is written over.
  private static func check(_ folder: String) throws {
    guard !folder.isEmpty else {
      throw UsageError(message: "the folder has no name", hint: "For example: playground eject chunking my-chunking")
    }
    guard Folders.exists(folder) else { return }
    guard Folders.isFolder(folder) else {
      throw UsageError(message: "\(folder) is a file", hint: "eject makes a folder, or fills an empty one.")
    }
    guard try Folders.names(in: folder).isEmpty else {
      throw UsageError(message: "\(folder) is not empty", hint: "eject makes a folder, or fills an empty one.")
    }
  }

  /// Where the package comes from that the lesson depends on.
  private static func source(_ path: String?) throws(UsageError) -> PackageSource {
    if let path {
      guard Folders.exists(path + "/Package.swift"), let path = Folders.absolute(path) else {
        throw UsageError(
          message: "there is no Package.swift in \(path)", hint: "--package-path takes a clone of this package.")
      }
      return .path(path)
    }
    guard let source = PackageSource.checkout ?? PackageSource.published else {
      throw UsageError(
        message: "the clone that this playground was built in is gone",
        hint: "Say where one is: --package-path PATH.")
    }
    return source
  }

  private static func write(_ package: EjectedPackage, to folder: String) throws(SystemError) {
    for (path, text) in package.files {
      let path = "\(folder)/\(path)"
      if let slash = path.lastIndex(of: "/") { try Folders.make(String(path[..<slash])) }
      try Folders.replace(path, with: Array(text.utf8))
    }
  }

  private static func tell(_ card: Card, _ folder: String, _ source: PackageSource, _ output: Output) {
    output.print("Lesson \(ListCommand.number(card)) is a package now: \(folder)/Sources/\(card.id)/main.swift")
    output.print()
    output.print("  swift run --package-path \(ShellText.word(folder))")
    output.print("      builds and runs it; type a key and Enter, q and Enter ends it")
    output.print("  \(source.playground) run --watch \(ShellText.word(folder))")
    output.print("      does so again at each save")
  }
}

/// Where a package that depends on this one finds it.
enum PackageSource: Equatable {
  case path(String)
  case url(String, version: String)

  /// The clone that this program was built in, if it is still there.
  static var checkout: PackageSource? {
    let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    return Folders.exists("\(root)/Package.swift") && Folders.isFolder("\(root)/Sources/Concurrency")
      ? .path(root) : nil
  }

  /// Where it is published.
  ///
  /// Nowhere yet: this is the line to change when it is.
  static let published: PackageSource? = nil

  /// As a manifest has it: what is depended on, and the package's name there.
  var dependency: (text: String, name: String) {
    switch self {
    case .path(let path):
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      return (".package(path: \(SwiftText.literal(path)))", name)
    case .url(let url, let version):
      let name = url.split(separator: "/").last.map { $0.hasSuffix(".git") ? String($0.dropLast(4)) : String($0) } ?? ""
      return (".package(url: \(SwiftText.literal(url)), from: \(SwiftText.literal(version)))", name)
    }
  }

  /// The command that runs the playground.
  var playground: String {
    guard case .path(let path) = self else { return "playground" }
    return "swift run --package-path \(ShellText.word(path)) playground"
  }
}

/// Writes words as a shell reads them.
enum ShellText {
  static func word(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        || "-_./+,:@%".utf8.contains(byte)
    }
    return plain && !text.isEmpty
      ? text : "'\(text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
  }
}
