// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// `playground run --watch DIR`: builds and runs a package, again at each save.
enum WatchCommand {
  static func run(_ folder: String, _ options: Options, _ output: Output) throws(UsageError) -> ExitCode {
    if let argument = options.arguments.first {
      throw UsageError(message: "--watch runs the package in \(folder), so '\(argument)' is one too many")
    }
    guard Folders.isFolder(folder) else {
      throw UsageError(
        message: "there is no folder \(folder)", hint: "'playground eject ID \(folder)' makes a lesson's package.")
    }
    guard Folders.exists("\(folder)/Package.swift") else {
      throw UsageError(
        message: "there is no Package.swift in \(folder)", hint: "--watch takes a folder that eject made.")
    }
    guard let swift = Child.find("swift") else {
      output.tell("playground run: there is no swift in PATH, so nothing can be built")
      return .environment
    }
    do {
      return try Rebuilding(folder, swift, output, on: EventLoop()).run()
    } catch {
      output.tell("playground run: \(error)")
      return .environment
    }
  }
}
