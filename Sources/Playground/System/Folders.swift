// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The few calls on folders, and on files as wholes.
enum Folders {
  /// Whether something is there.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether it is there, and a folder.
  static func isFolder(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
  }

  /// The path from the root, without links; `nil` if nothing is there.
  static func absolute(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Makes a folder, and those that it lies in.
  static func make(_ path: String) throws(SystemError) {
    guard !isFolder(path) else { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try make(String(path[..<slash])) }
    do {
      try SystemError.check("mkdir", path) { mkdir(path, 0o777) }
    } catch  where error.errno == EEXIST && isFolder(path) {
      // Somebody else was quicker.
    }
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) throws(SystemError) {
    do {
      try SystemError.check("unlink", path) { unlink(path) }
    } catch  where error.errno == ENOENT {}
  }

  /// Gives a file new contents, all of them or none: whoever opens it sees the old ones or the new ones.
  static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    let temporary = "\(path).\(getpid())"
    do throws(SystemError) {
      let descriptor = try Descriptors.create(temporary)
      do throws(SystemError) {
        try Descriptors.write(bytes, to: descriptor)
      } catch {
        try? Descriptors.close(descriptor, temporary)
        throw SystemError(errno: error.errno, call: "write", subject: temporary)
      }
      try Descriptors.close(descriptor, temporary)
      try SystemError.check("rename", path) { rename(temporary, path) }
    } catch {
      try? remove(temporary)
      throw error
    }
  }

  /// Runs `body` while nobody else, in any process, runs one with a lock of that name.
  static func locked(_ path: String, _ body: () throws(SystemError) -> Void) throws(SystemError) {
    let descriptor = try SystemError.check("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
    // Closing unlocks; the file stays, since whoever waits for it holds it open.
    defer { _ = closeDescriptor(descriptor) }
    try SystemError.check("flock", path) { flock(descriptor, LOCK_EX) }
    try body()
  }

  /// The names of what lies in a folder, without `.` and `..`.
  static func names(in path: String) throws(SystemError) -> [String] {
    guard let folder = opendir(path) else { throw SystemError(errno: errno, call: "opendir", subject: path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

private func closeDescriptor(_ descriptor: CInt) -> CInt { close(descriptor) }
