// SPDX-License-Identifier: Apache-2.0

import Lessons

/// The lessons' source, embedded when the playground was built: the very files that were compiled.
enum LessonText {
  /// The files, by name.
  static let files: [String: [UInt8]] = [
    "L01Loop.swift": PackageResources.L01Loop_swift,
    "L02Timers.swift": PackageResources.L02Timers_swift,
    "L03Periodic.swift": PackageResources.L03Periodic_swift,
    "L04NextTick.swift": PackageResources.L04NextTick_swift,
    "L05Chunking.swift": PackageResources.L05Chunking_swift,
    "L06Pool.swift": PackageResources.L06Pool_swift,
    "L07Deferrable.swift": PackageResources.L07Deferrable_swift,
    "L08FanIn.swift": PackageResources.L08FanIn_swift,
    "L09Spawn.swift": PackageResources.L09Spawn_swift,
    "L12Signals.swift": PackageResources.L12Signals_swift,
  ]

  /// A line of source, without the indentation that all lines of its region share.
  struct Line: Sendable, Equatable {
    /// Its number in the file: the one that the log shows.
    var number: Int
    var text: String
  }

  /// What is shown of a file: the lines between `// snippet.show` and `// snippet.hide`.
  static func region(of file: String) -> [Line] {
    guard let bytes = files[file] else { return [] }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    var region: [Line] = []
    var isShown = false
    for (index, line) in lines.enumerated() {
      switch line.drop(while: { $0 == " " }) {
      case "// snippet.show": isShown = true
      case "// snippet.hide": isShown = false
      default: if isShown { region.append(Line(number: index + 1, text: String(line))) }
      }
    }
    let indentation = region.filter { !$0.text.isEmpty }.map { $0.text.prefix { $0 == " " }.count }.min() ?? 0
    return region.map { Line(number: $0.number, text: String($0.text.dropFirst(indentation))) }
  }
}
