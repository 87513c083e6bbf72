// SPDX-License-Identifier: Apache-2.0

import Concurrency
import TestSupport

/// The program defer.rb; threads have names here, where Ruby shows an address.
func deferring(_ loop: EventLoop, print: @escaping @Sendable (String) -> Void) throws {
  try loop.run { loop in
    loop.addTimer(after: .seconds(2)) {
      print("Main #<Thread:\(threadName())>")
      loop.stop()
    }
    loop.defer {
      print("Defer #<Thread:\(threadName())>")
    }
  }
}

/// The program defer_callback.rb.
func deferCallback(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    let op: @Sendable () -> Int = {
      2 + 2
    }

    let callback = { (count: Int) in
      print("2 + 2 == \(count)")
      loop.stop()
    }

    loop.defer(op, callback: callback)
  }
}
