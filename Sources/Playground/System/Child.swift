// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A program that this one has started.
///
/// It shares our standard output and error, and the terminal.
struct Child: Equatable {
  private let process: pid_t

  /// The program of that name that a shell would find; `nil` if there is none in `PATH`.
  static func find(_ name: String) -> String? {
    let folders = (ProcessFacts.variable("PATH") ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 && !Folders.isFolder($0) }
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - path: Where it is.
  ///   - arguments: What follows its name.
  ///   - hearsKeyboard: Whether our standard input is its own; else it has none.
  static func start(_ path: String, _ arguments: [String], hearsKeyboard: Bool) throws(SystemError) -> Child {
    var actions = Actions()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !hearsKeyboard { posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) }
    // It must not inherit what our loop does with signals.
    var attributes = Attributes()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, path, &actions, &attributes, &words, variables)
    guard failure == 0 else { throw SystemError(errno: failure, call: "posix_spawn", subject: path) }
    return Child(process: process)
  }

  /// Asks it to end.
  func terminate() { kill(process, SIGTERM) }

  /// Ends it, whether it wants to or not.
  func end() { kill(process, SIGKILL) }

  /// Its exit code, as a shell tells it: 128 and the signal's number if one ended it; `nil` while it runs.
  ///
  /// It is told once.
  func exitCode() -> Int? {
    var status: CInt = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    let signal = Int(status & 0x7F)
    return signal == 0 ? Int(status >> 8) & 0xFF : 128 + signal
  }
}

#if canImport(Darwin)
private func Actions() -> posix_spawn_file_actions_t? { nil }
private func Attributes() -> posix_spawnattr_t? { nil }
private var variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { _NSGetEnviron().pointee }
#else
private typealias Actions = posix_spawn_file_actions_t
private typealias Attributes = posix_spawnattr_t
private var variables: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? { environ }
#endif
