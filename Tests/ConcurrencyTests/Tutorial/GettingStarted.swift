// SPDX-License-Identifier: Apache-2.0

import Concurrency

// The programs of the tutorial, as they are printed there: a clock is added, since a virtual one makes seconds pass at
// once, and `print` is a parameter, so that a test can compare what a program says.

/// "The simplest, and possibly stupidest, EM application": it never ends, so it is looked at for a while only.
func gettingStartedForever(_ loop: EventLoop, for duration: Duration, print: (String) -> Void) throws {
  try loop.run(for: duration)
}

/// The answer to the question how to stop that beastie.
func gettingStarted(_ loop: EventLoop, print: (String) -> Void) throws {
  try loop.run { loop in
    loop.addTimer(after: .seconds(1)) { loop.stop() }
  }
}
