// SPDX-License-Identifier: Apache-2.0

/// What the steps of a turn are called where there is room for a word.
enum StepNames {
  static let all = ["wait", "timers", "I/O", "arrivals", "ticks", "closing"]

  /// The name of a step, from 1.
  static func name(of step: Int) -> String { all[min(max(step, 1), all.count) - 1] }
}
