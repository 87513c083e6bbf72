// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Locked where Value: RangeReplaceableCollection {
  /// Takes all that has been gathered, and leaves nothing.
  func takeAll() -> Value {
    withLock { gathered in
      var taken = Value()
      swap(&taken, &gathered)
      return taken
    }
  }
}
