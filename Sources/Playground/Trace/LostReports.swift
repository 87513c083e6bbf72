// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// Makes the reports of what was lost events of the loop that runs, so that they stand in the log where it happened.
enum LostReports {
  /// From here on, for the whole process.
  static func becomeEvents() { _ = hook }

  private static let hook: Void = LostDeferrable.onReport { EventLoop.note(event($0)) }

  private static func event(_ report: LostDeferrable) -> LoopEvent {
    switch report.kind {
    case .failed(let error):
      LoopEvent(
        .lost, file: report.file, line: report.line, first: 1, label: "nobody heard that it failed: \(error)")
    case .unsettled:
      LoopEvent(.lost, file: report.file, line: report.line, label: "callbacks that will never run")
    }
  }
}
