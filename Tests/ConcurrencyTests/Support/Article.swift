// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// A page of the documentation, as text.
struct Article {
  struct Fence {
    var language: Substring
    var text: String
  }

  let text: String
  /// The fenced blocks, in order.
  let fences: [Fence]

  /// Reads `Docs.docc/NAME.md`.
  init(_ name: String) throws {
    text = try Repository.text(of: "Docs.docc/\(name).md")
    var fences: [Fence] = []
    var open: Fence?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if var fence = open {
        if line == "```" {
          fences.append(fence)
          open = nil
        } else {
          fence.text += line + "\n"
          open = fence
        }
      } else if line.hasPrefix("```") {
        open = Fence(language: line.dropFirst(3), text: "")
      }
    }
    self.fences = fences
  }

  /// What the article says that a program prints: the first fence of the language `text` after the one that holds the
  /// program, which is nothing but the whole file.
  func output(ofProgram program: String) -> String? {
    guard let place = fences.firstIndex(where: { $0.language == "swift" && $0.text == program }) else { return nil }
    return fences[(place + 1)...].first { $0.language == "text" }?.text
  }

  /// What stands in the text behind `prefix`, up to the first character that `isPart` refuses.
  func mentions(after prefix: String, while isPart: (Character) -> Bool) -> Set<String> {
    let parts = text.split(separator: prefix, omittingEmptySubsequences: false).dropFirst()
    return Set(parts.map { String($0.prefix(while: isPart)) })
  }
}

/// The files that the tests were built from.
enum Repository {
  static let path = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")

  /// The text of a file.
  static func text(of file: String) throws -> String {
    let result = shell("cat '\(path)/\(file)'")
    guard result.status == 0 else { throw Missing(file: file) }
    return result.output
  }

  /// The paths of the files below a folder.
  static func files(in folder: String) -> [String] {
    shell("cd '\(path)' && find \(folder) -type f").output.split(separator: "\n").map { String($0) }.sorted()
  }

  struct Missing: Error {
    var file: String
  }
}
