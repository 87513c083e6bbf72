// SPDX-License-Identifier: Apache-2.0

/// The lessons, in order.
///
/// Numbers keep gaps for those that are still to come.
public enum Course {
  /// All of them.
  public static var all: [any Lesson.Type] {
    [
      LoopItself.self, OneShotTimers.self, PeriodicTimers.self, NextTick.self, Chunking.self, Pool.self,
      Deferrables.self, FanIn.self, Processes.self, Signals.self,
    ]
  }
}
