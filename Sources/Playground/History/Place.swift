// SPDX-License-Identifier: Apache-2.0

import Lessons

/// A line of a program: where something was registered.
struct Place: Hashable, Sendable {
  /// The name of the file, without its module.
  var file: String
  var line: Int

  init(file: String, line: Int) {
    self.file = file
    self.line = line
  }

  /// Where the event's thing was registered; `nil` if that isn't in the program that is shown.
  init?(_ event: TraceEvent) {
    guard !event.file.isEmpty, !event.isInternal else { return nil }
    self.init(file: String(event.fileName), line: event.line)
  }
}
