// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// When each file of a folder was written last, and how long it is: where they differ, somebody has saved.
struct FileStamps: Equatable, Sendable {
  private struct Stamp: Equatable, Sendable {
    var seconds: Int
    var nanoseconds: Int
    var size: Int
  }

  private var stamps: [String: Stamp] = [:]

  /// The stamps of all files below a folder.
  ///
  /// Left out is what nobody edits: hidden files, `.build` among them, what editors keep beside a file, and what the
  /// package manager writes itself. What can't be read counts as not there.
  init(of folder: String) { add(folder, "") }

  /// The files that are new, gone or changed since then, sorted.
  func changes(since old: FileStamps) -> [String] {
    Set(stamps.keys).union(old.stamps.keys).filter { stamps[$0] != old.stamps[$0] }.sorted()
  }

  private mutating func add(_ folder: String, _ prefix: String) {
    for name in (try? Folders.names(in: folder)) ?? [] {
      guard !name.hasPrefix("."), !name.hasSuffix("~"), name != "Package.resolved" else { continue }
      let path = "\(folder)/\(name)"
      var facts = stat()
      // Not through links: one may lead to where it lies.
      guard lstat(path, &facts) == 0 else { continue }
      if facts.st_mode & S_IFMT == S_IFDIR {
        add(path, "\(prefix)\(name)/")
      } else {
        let time = modification(of: facts)
        stamps[prefix + name] = Stamp(seconds: time.tv_sec, nanoseconds: time.tv_nsec, size: Int(facts.st_size))
      }
    }
  }
}

#if canImport(Darwin)
private func modification(of facts: stat) -> timespec { facts.st_mtimespec }
#else
private func modification(of facts: stat) -> timespec { facts.st_mtim }
#endif
