// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A run that was written down by `--record`, or by `--format jsonl`.
///
/// As text it is a line that says whose run it was, one for each event, and one for the verdict, all of them JSON:
///
/// ```text
/// {"reactor-playground":1,"lesson":"chunking","speed":"max","pool":2}
/// {"seq":1,"t":0,"turn":0,"lane":"loop","ev":"loop.begin"}
/// {"verdict":"ok","lesson":"chunking","checks":3,"failed":0,"turns":25}
/// ```
///
/// The first line may be missing, and the last one where the run was cut short. All that a fold needs is there: the log
/// that is made of it is that of the run, to the byte.
struct Recording {
  /// How it ended.
  struct Verdict: Equatable {
    /// `ok`, `not ok`, `alive` or `interrupted`.
    var word: String
    /// How many expectations of a sandbox session were met.
    var expectations = 0
    /// What was left alive at the guard time, in lines.
    var alive: [String] = []
  }

  /// What it is called where there is room for a word: the lesson's id, else the file.
  var title: String
  var head: RunHead?
  var events: [TraceEvent] = []
  var verdict: Verdict?

  /// Whether times are exact, as they are where time jumps.
  var isExact: Bool { head.map { !$0.speed.isFinite } ?? true }

  /// Only what came until then, and in so many turns: as the run would have been that was told to end so.
  func cut(after duration: Duration?, turns: Int?) -> Recording {
    guard duration != nil || turns != nil else { return self }
    var cut = self
    if let duration {
      cut.events.removeAll { $0.time > Instant.zero + duration }
      // The turn that began by waiting for what came later.
      while let last = cut.events.last, last.phase == .begin, ["turn", "step"].contains(last.subject) {
        cut.events.removeLast()
      }
    }
    if let turns {
      let end = events.firstIndex { $0.is(.turnEnd) && $0.turn >= turns }
      cut.events.removeAll { event in end.map { event.sequence > events[$0].sequence } ?? false }
    }
    // It didn't end as the whole one did.
    if cut.events.count < events.count, head?.lesson != nil { cut.verdict = Verdict(word: "ok") }
    return cut
  }
}
