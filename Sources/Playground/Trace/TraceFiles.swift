// SPDX-License-Identifier: Apache-2.0

import Lessons
import Reactor

/// The files that `--trace` and `--record` ask for: opened before the run, so that a wrong path is found out at once,
/// and written after it.
struct TraceFiles {
  private let title: String
  private var trace: (descriptor: CInt, path: String)?
  private var record: (descriptor: CInt, path: String)?

  /// Opens them.
  init(_ options: Options, title: String) throws(SystemError) {
    self.title = title
    if let path = options.trace { trace = (path == "-" ? 1 : try Descriptors.create(path), path) }
    if let path = options.record { record = (try Descriptors.create(path), path) }
  }

  /// Writes and closes them; a recording begins with the head and ends with the verdict, which is JSON.
  func write(_ events: [TraceEvent], head: RunHead? = nil, verdict: String? = nil) throws(SystemError) {
    if let trace {
      var fold = ChromeTrace(title: title)
      for event in events { fold.take(event) }
      try write(fold.text, to: trace)
    }
    if let record {
      var fold = JSONLines()
      let lines = [head?.json].compactMap(\.self) + events.map { fold.line(for: $0) } + [verdict].compactMap(\.self)
      try write(lines.map { $0 + "\n" }.joined(), to: record)
    }
  }

  /// Writes a trace for Perfetto; or as it was recorded, where the name ends in `.jsonl`.
  static func save(_ events: [TraceEvent], title: String, to path: String) throws(SystemError) {
    let isRecord = path.hasSuffix(".jsonl")
    let descriptor = try Descriptors.create(path)
    let files = TraceFiles(
      title: title, trace: isRecord ? nil : (descriptor, path), record: isRecord ? (descriptor, path) : nil)
    try files.write(events)
  }

  private init(title: String, trace: (CInt, String)?, record: (CInt, String)?) {
    self.title = title
    self.trace = trace
    self.record = record
  }

  private func write(_ text: String, to file: (descriptor: CInt, path: String)) throws(SystemError) {
    guard file.path != "-" else {
      let output = Output()
      output.write(text)
      output.flush()
      return
    }
    do {
      try Descriptors.write(Array(text.utf8), to: file.descriptor)
      try Descriptors.close(file.descriptor, file.path)
    } catch {
      throw SystemError(errno: error.errno, call: "write", subject: file.path)
    }
  }
}
