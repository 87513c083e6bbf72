// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The built playground, run as a process of its own.
enum Built {
  /// What came of a command.
  struct Result: Equatable {
    /// The exit code; the number of the signal plus 128 if one ended it, as shells have it.
    var status: Int
    var output: String
    var errors: String
  }

  /// Where the executable is: beside the test bundle.
  static let path: String = {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    let parts = bundle.split(separator: "/", omittingEmptySubsequences: false)
    let end = parts.firstIndex { $0.hasSuffix(".xctest") } ?? parts.count - 1
    return (parts[..<end] + ["playground"]).joined(separator: "/")
  }()

  /// Runs a line of the shell, in which `$P` is the playground; with only these variables in its environment.
  static func shell(_ line: String, _ environment: [String: String] = ["TERM": "xterm"]) -> Result {
    spawn(["/bin/sh", "-c", line], environment)
  }

  /// Runs the playground with these arguments.
  static func playground(_ arguments: String...) -> Result { spawn([path] + arguments, ["TERM": "xterm"]) }

  /// Runs a line of the shell with a terminal for its standard output and error; what that shows is the output.
  static func shellOnTerminal(_ line: String, _ environment: [String: String]) -> Result {
    let (main, terminal) = makeTerminal()
    defer { close(main) }
    let child = start(["/bin/sh", "-c", line], environment, output: terminal, errors: terminal, closing: [main])
    close(terminal)
    var text: [UInt8] = []
    while let bytes = readSome(main), !bytes.isEmpty { text += bytes }
    return Result(status: wait(for: child), output: String(decoding: text, as: UTF8.self), errors: "")
  }

  /// A terminal: the side of whoever sits at it, and the program's.
  static func makeTerminal() -> (main: CInt, terminal: CInt) {
    let (main, terminal, _) = starting.withLock { _ in openBothSides() }
    return (main, terminal)
  }

  /// The same, with the name by which it can be opened again.
  static func makeNamedTerminal() -> (main: CInt, terminal: CInt, name: String) {
    starting.withLock { _ in openBothSides() }
  }

  private static func openBothSides() -> (main: CInt, terminal: CInt, name: String) {
    let main = openTerminal(O_RDWR | O_NOCTTY)
    guard main >= 0, grantTerminal(main) == 0, unlockTerminal(main) == 0, let name = terminalName(main) else {
      fatalError("no terminal: errno \(errno)")
    }
    _ = fcntl(main, F_SETFD, FD_CLOEXEC)
    let terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { fatalError("\(name): errno \(errno)") }
    return (main, terminal, String(cString: name))
  }

  private static func spawn(_ arguments: [String], _ environment: [String: String]) -> Result {
    let (output, errors) = (makePipe(), makePipe())
    let child = start(
      arguments, environment, output: output.writeEnd, errors: errors.writeEnd,
      closing: [output.readEnd, errors.readEnd])
    close(output.writeEnd)
    close(errors.writeEnd)
    var texts: [CInt: [UInt8]] = [output.readEnd: [], errors.readEnd: []]
    var open: Set<CInt> = [output.readEnd, errors.readEnd]
    while !open.isEmpty {
      var entries = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      for entry in entries where entry.revents != 0 {
        let bytes = readSome(entry.fd) ?? []
        texts[entry.fd, default: []] += bytes
        if bytes.isEmpty { open.remove(entry.fd) }
      }
    }
    close(output.readEnd)
    close(errors.readEnd)
    return Result(
      status: wait(for: child), output: String(decoding: texts[output.readEnd] ?? [], as: UTF8.self),
      errors: String(decoding: texts[errors.readEnd] ?? [], as: UTF8.self))
  }

  /// Starts a process that leads a session of its own on the terminal of that name, as a login shell does.
  static func start(_ arguments: [String], _ environment: [String: String], leadingOn terminal: String) -> pid_t {
    start(arguments, environment, output: 0, errors: 0, closing: [], leadingOn: terminal)
  }

  /// Starts a process; its standard input is `/dev/null` if it isn't said.
  static func start(
    _ arguments: [String], _ environment: [String: String], input: CInt? = nil, output: CInt, errors: CInt,
    closing: [CInt], leadingOn terminal: String? = nil
  ) -> pid_t {
    var environment = environment
    environment["P"] = path
    environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    var actions = Actions()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, terminal ?? "/dev/null", terminal == nil ? O_RDONLY : O_RDWR, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    for descriptor in Set(closing + [output, errors] + (input.map { [$0] } ?? [])) where descriptor > 2 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    // The tests' own process may have blocked or ignored signals.
    var attributes = Attributes()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    let leads = terminal == nil ? 0 : newSession
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | leads)

    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var child: pid_t = 0
    let failure = starting.withLock { _ in
      posix_spawn(&child, arguments[0], &actions, &attributes, &words, &variables)
    }
    guard failure == 0 else { fatalError("\(arguments[0]) can't be started: errno \(failure)") }
    return child
  }

  static func wait(for child: pid_t) -> Int {
    var status: CInt = 0
    while waitpid(child, &status, 0) == -1, errno == EINTR {}
    let signal = Int(status & 0x7F)
    return signal == 0 ? Int(status >> 8) & 0xFF : signal + 128
  }

  static func makePipe() -> (readEnd: CInt, writeEnd: CInt) {
    starting.withLock { _ in
      var ends: [CInt] = [-1, -1]
      guard pipe(&ends) == 0 else { fatalError("no pipe: errno \(errno)") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return (ends[0], ends[1])
    }
  }

  /// Tests run in parallel: no process is started while a descriptor is open that it must not inherit, and `ptsname`
  /// has but one buffer.
  private static let starting = Locked(0)

  /// What is there; empty at the end, also at a terminal's, which is told by an error.
  static func readSome(_ descriptor: CInt) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &bytes, bytes.count)
      if count >= 0 { return Array(bytes.prefix(count)) }
      if errno != EINTR { return nil }
    }
  }
}

// Glibc's module leaves them out: its headers show them to X/Open programs only.
@_silgen_name("posix_openpt") private func openTerminal(_ flags: CInt) -> CInt
@_silgen_name("grantpt") private func grantTerminal(_ descriptor: CInt) -> CInt
@_silgen_name("unlockpt") private func unlockTerminal(_ descriptor: CInt) -> CInt
@_silgen_name("ptsname") private func terminalName(_ descriptor: CInt) -> UnsafeMutablePointer<CChar>?

// Hidden as well, in the one library; the numbers are part of the binary interface.
#if canImport(Darwin)
private let newSession: Int16 = 0x0400
#else
private let newSession: Int16 = 0x80
#endif

#if canImport(Darwin)
private typealias ActionsType = posix_spawn_file_actions_t?
private typealias AttributesType = posix_spawnattr_t?
private func Actions() -> ActionsType { nil }
private func Attributes() -> AttributesType { nil }
#else
private typealias Actions = posix_spawn_file_actions_t
private typealias Attributes = posix_spawnattr_t
#endif

/// The bytes of a file; `nil` if there is none.
func contents(of path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var text: [UInt8] = []
  var bytes = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return count == 0 ? text : nil }
    text += bytes.prefix(count)
  }
}
