// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

// The C library, for tests: the only file that imports it.

/// What the environment says, if anything.
public func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// Numbers of errors, for tests of what the kernel says.
public enum ErrorNumber {
  /// EEXIST.
  public static var exists: CInt { EEXIST }
  /// EBADF.
  public static var badDescriptor: CInt { EBADF }
}

// MARK: Descriptors

/// Two connected descriptors, closed when the pair goes.
public final class DescriptorPair {
  /// Where what was sent is read; -1 once it is closed.
  public private(set) var readEnd: CInt
  /// The other one.
  public private(set) var writeEnd: CInt
  private init(_ readEnd: CInt, _ writeEnd: CInt) {
    self.readEnd = readEnd
    self.writeEnd = writeEnd
  }

  deinit {
    closeReadEnd()
    closeWriteEnd()
  }

  /// A pipe.
  public static func pipe() -> DescriptorPair {
    var ends: [CInt] = [-1, -1]
    guard makePipe(&ends) == 0 else { fatalError("pipe: errno \(errno)") }
    return DescriptorPair(ends[0], ends[1])
  }

  /// Two sockets, each readable and writable.
  public static func sockets() -> DescriptorPair {
    var ends: [CInt] = [-1, -1]
    #if canImport(Glibc)
    let kind = CInt(SOCK_STREAM.rawValue)
    #else
    let kind = CInt(SOCK_STREAM)
    #endif
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { fatalError("socketpair: errno \(errno)") }
    return DescriptorPair(ends[0], ends[1])
  }

  /// Closes it, if it is open.
  public func closeReadEnd() {
    if readEnd >= 0 { close(readEnd) }
    readEnd = -1
  }

  /// Closes it, if it is open.
  public func closeWriteEnd() {
    if writeEnd >= 0 { close(writeEnd) }
    writeEnd = -1
  }

  /// Puts `text` in at the write end.
  public func send(_ text: String = "x") { sendText(writeEnd, text) }

  /// Takes out at the read end what is there, up to 64 KiB.
  public func receive() -> String { receiveText(readEnd) }

  /// Writes until the write end takes no more.
  public func fill() {
    let flags = fcntl(writeEnd, F_GETFL)
    _ = fcntl(writeEnd, F_SETFL, flags | O_NONBLOCK)
    let block = [UInt8](repeating: 0, count: 65_536)
    while write(writeEnd, block, block.count) > 0 {}
    _ = fcntl(writeEnd, F_SETFL, flags)
  }
}

private func makePipe(_ ends: inout [CInt]) -> CInt { pipe(&ends) }

/// Writes all of `text`.
public func sendText(_ descriptor: CInt, _ text: String) {
  let bytes = Array(text.utf8)
  guard write(descriptor, bytes, bytes.count) == bytes.count else { fatalError("write: errno \(errno)") }
}

/// Reads what is there, up to 64 KiB.
public func receiveText(_ descriptor: CInt) -> String {
  var buffer = [UInt8](repeating: 0, count: 65_536)
  let count = read(descriptor, &buffer, buffer.count)
  guard count >= 0 else { fatalError("read: errno \(errno)") }
  return String(decoding: buffer[..<count], as: UTF8.self)
}

/// Whether the descriptor is open in this process.
public func isOpen(_ descriptor: CInt) -> Bool { fcntl(descriptor, F_GETFD) != -1 }

/// Whether a read of the descriptor would not block.
public func isReadable(_ descriptor: CInt) -> Bool {
  var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  return poll(&entry, 1, 0) == 1
}

/// Closes `old` and makes it the number of `new`'s file, as in a program that closes and opens again; in one step, since
/// tests run in parallel.
public func replace(_ old: CInt, by new: CInt) {
  guard dup2(new, old) == old else { fatalError("dup2: errno \(errno)") }
}

/// Opens a file for reading, or for writing.
public func openFile(_ path: String, forWriting: Bool = false) -> CInt {
  let descriptor = open(path, forWriting ? O_WRONLY : O_RDONLY)
  guard descriptor >= 0 else { fatalError("open \(path): errno \(errno)") }
  return descriptor
}

/// Closes a descriptor.
public func closeFile(_ descriptor: CInt) { close(descriptor) }

/// A regular file that goes when it is closed.
public func openTemporaryFile() -> CInt {
  guard let file = tmpfile() else { fatalError("tmpfile: errno \(errno)") }
  return dup(fileno(file))
}

/// The descriptors below 1024 that this process has open, each with what it is where the system tells.
public func openDescriptors() -> [String] {
  (0..<CInt(1024)).filter { isOpen($0) }.map { descriptor in
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
    let name = String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(descriptor) \(name)"
  }
}

// MARK: Processes

@_silgen_name("fork") private func cFork() -> CInt

/// Forks: 0 in the child, its number in the parent.
///
/// Only in exit tests: the child has one thread.
public func forkHere() -> CInt {
  let child = cFork()
  guard child >= 0 else { fatalError("fork: errno \(errno)") }
  return child
}

/// Waits for a child; its exit code, or the negative number of the signal that ended it.
public func exitCode(of child: CInt) -> CInt {
  var status: CInt = 0
  while waitpid(child, &status, 0) == -1, errno == EINTR {}
  let signal = status & 0x7f
  return signal == 0 ? (status >> 8) & 0xff : -signal
}

/// Runs `body` in a forked child, whose exit code is what it returns; returns what `exitCode(of:)` does.
public func inForkedChild(_ body: () -> CInt) -> CInt {
  let child = forkHere()
  if child == 0 { _exit(body()) }
  return exitCode(of: child)
}

/// The processor time that this thread has used.
public func processorTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
}

/// The machine's time, for lower bounds.
public func machineTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
}

/// A number for the calling thread.
public func threadNumber() -> UInt {
  #if canImport(Darwin) || canImport(Musl)
  UInt(bitPattern: pthread_self())
  #else
  UInt(pthread_self())
  #endif
}

@_silgen_name("pthread_getname_np")
private func cThreadName(_ thread: pthread_t, _ buffer: UnsafeMutablePointer<CChar>, _ size: Int) -> CInt

/// What debuggers call the calling thread.
public func threadName() -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  _ = cThreadName(pthread_self(), &buffer, buffer.count)
  return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}

/// Keeps the processor busy for that long.
public func spin(for duration: Duration) {
  let end = machineTime() + duration
  while machineTime() < end {}
}

/// Ends the process at once: the last word of a child that must not go on.
public func exitNow(_ code: CInt) -> Never { _exit(code) }

// MARK: Signals

/// Sends this thread a signal, which has been handled when this returns, also where the thread's maker blocked it.
public func raiseHere(_ number: CInt) {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, number)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
  raise(number)
}

/// Sends this process a signal, which any of its threads may handle, a little later.
public func sendSignal(_ number: CInt) { kill(getpid(), number) }

/// Ignores the signal, as a program does that had another disposition before.
public func ignoreSignal(_ number: CInt) { signal(number, SIG_IGN) }

/// What the process does on a signal.
public enum Disposition: String {
  /// What the system does where nothing was set.
  case standard
  /// Nothing.
  case ignored
  /// It calls a handler.
  case handled
}

/// What the process does on that signal now.
public func disposition(of number: CInt) -> Disposition {
  var action = sigaction()
  sigaction(number, nil, &action)
  #if canImport(Darwin)
  let handler = unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self)
  #elseif canImport(Musl)
  let handler = unsafeBitCast(action.__sa_handler.sa_handler, to: Int.self)
  #else
  let handler = unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
  #endif
  return handler == 0 ? .standard : handler == 1 ? .ignored : .handled
}

// MARK: Programs

/// Runs a shell command; returns its exit status and all that it printed.
public func shell(_ command: String) -> (status: CInt, output: String) {
  // A child inherits the mask of the thread that makes it, and tests run on threads that block most signals: a program
  // that waits for one would wait for ever.
  var none = sigset_t()
  var old = sigset_t()
  sigemptyset(&none)
  pthread_sigmask(SIG_SETMASK, &none, &old)
  let stream = popen("(\(command)) 2>&1", "r")
  pthread_sigmask(SIG_SETMASK, &old, nil)
  guard let stream else { fatalError("popen: errno \(errno)") }
  var output: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&buffer, 1, buffer.count, stream)
    guard count > 0 else { break }
    output.append(contentsOf: buffer[..<count])
  }
  let status = pclose(stream)
  return ((status >> 8) & 0xff, String(decoding: output, as: UTF8.self))
}

/// A fresh folder for temporary files.
public func temporaryFolder() -> String {
  var template = Array("\(environment("TMPDIR") ?? "/tmp")/reactor-tests-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { fatalError("mkdtemp: errno \(errno)") }
  return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}

/// Makes a file with that text.
public func writeFile(_ path: String, _ text: String) {
  guard let file = fopen(path, "w") else { fatalError("fopen \(path): errno \(errno)") }
  fputs(text, file)
  fclose(file)
}

/// The folder that this program, its modules and the other programs of the package were built into.
public func programFolder() -> String {
  var parts = programPath().split(separator: "/", omittingEmptySubsequences: false).dropLast()
  // On Darwin the tests are a bundle's.
  while let last = parts.last, last == "MacOS" || last == "Contents" || last.hasSuffix(".xctest") {
    parts.removeLast()
  }
  return parts.joined(separator: "/")
}

/// Where this program's file lies.
public func programPath() -> String {
  #if canImport(Darwin)
  return CommandLine.arguments[0]
  #else
  var buffer = [CChar](repeating: 0, count: 4096)
  let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
  return String(decoding: buffer[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  #endif
}
