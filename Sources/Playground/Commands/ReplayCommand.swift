// SPDX-License-Identifier: Apache-2.0

import Lessons
import Reactor

/// `playground replay FILE`: shows a recorded run again.
///
/// Nothing runs, so it takes no time.
enum ReplayCommand {
  static func run(_ arguments: [String], output: Output) -> ExitCode {
    do {
      // Those that say how to run mean nothing here, and may come from the environment.
      let options = try Options(arguments)
      if !options.presses.isEmpty || options.record != nil {
        throw UsageError(
          message: "replay takes no \(options.record == nil ? "--do" : "--record"): all has happened already")
      }
      guard let path = options.arguments.first, options.arguments.count == 1 else {
        throw UsageError(message: "replay takes one recording", hint: "playground run ID --record FILE writes one.")
      }
      let recording = try read(path).cut(after: options.duration, turns: options.turns)
      if isForScreen(options, path) { return show(recording, options, output) }
      // As with `run`: what goes to standard output must be nothing but the trace then.
      let log = options.trace == "-" ? Output(to: 2) : output
      let files = try TraceFiles(options, title: recording.title)
      let code = PlainReplay(recording, options, log).play()
      log.flush()
      try files.write(recording.events)
      return code
    } catch let error as UsageError {
      output.tell("playground replay: \(error)")
      return .usage
    } catch {
      output.tell("playground replay: \(error)")
      return .environment
    }
  }

  /// Whether somebody sits there who can walk about in it.
  private static func isForScreen(_ options: Options, _ path: String) -> Bool {
    path != "-" && options.trace == nil && options.format == .text && !options.isQuiet && !options.isVerbose
      && FullScreenCommand.fits(.detect(), options)
  }

  /// Shows it full screen, with a cursor that walks over what happened.
  private static func show(_ recording: Recording, _ options: Options, _ output: Output) -> ExitCode {
    let history = History(capacity: .max)
    history.append(recording.events)
    let lesson = try? Course.lesson(recording.title)
    return FullScreenCommand.run(options, output: output) { app in
      [
        ZoomScreen(
          app, title: lesson.map { LessonHints.title($0.card) } ?? recording.title, history: history,
          code: lesson.map { LessonText.region(of: $0.card.file) } ?? [])
      ]
    }
  }

  /// Reads a recording: a file, or standard input for `-`.
  ///
  /// It throws a ``UsageError`` for what is no recording, and a `SystemError` for what can't be read.
  static func read(_ path: String) throws -> Recording {
    let isInput = path == "-"
    return try JSONLinesReader.recording(of: Descriptors.contents(isInput ? nil : path), name: isInput ? "stdin" : path)
  }
}

extension Descriptors {
  /// All of a file; of standard input if there is no path.
  static func contents(_ path: String?) throws(SystemError) -> [UInt8] {
    let descriptor = try path.map { path throws(SystemError) in try openToRead(path) } ?? 0
    var bytes: [UInt8] = []
    var failure: SystemError?
    do throws(SystemError) {
      while let piece = try readWhole(descriptor), !piece.isEmpty { bytes += piece }
    } catch {
      failure = SystemError(errno: error.errno, call: "read", subject: path ?? "standard input")
    }
    if let path { try close(descriptor, path) }
    if let failure { throw failure }
    return bytes
  }

  /// As ``read(_:atMost:)``, but waits where somebody made the descriptor non-blocking.
  private static func readWhole(_ descriptor: CInt) throws(SystemError) -> [UInt8]? {
    while true {
      if let piece = try read(descriptor, atMost: 65_536) { return piece }
      waitToRead(descriptor)
    }
  }
}
