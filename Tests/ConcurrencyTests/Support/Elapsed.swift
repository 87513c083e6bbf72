// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension EventLoop {
  /// The time on a virtual clock, which begins at zero.
  var elapsed: Duration { now - .zero }
  /// The number of the turn that is under way.
  var turnNumber: Int { statistics.turns }
}
