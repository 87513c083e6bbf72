// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The program deferrable.rb.
func deferrable(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  final class MyDeferrable: Deferrable {
    var deferral = Deferral<String, Never>()
    let print: (String) -> Void
    init(_ print: @escaping (String) -> Void) { self.print = print }

    func go(_ text: String) {
      print("Go \(text) go")
    }
  }

  try loop.run { loop in
    let df = MyDeferrable(print)
    df.callback { x in
      df.go(x)
      loop.stop()
    }
    loop.addTimer(after: .seconds(1)) {
      df.setDeferredStatus(.succeeded("SpeedRacer"))
    }
  }
}

/// The program spawn.rb.
func spawn(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    let s = loop.spawn { (val: String) in
      print("Received \(val)")
    }

    loop.addTimer(after: .seconds(1)) {
      s.notify("hello")
    }

    loop.addPeriodicTimer(every: .seconds(1)) {
      print("Periodic")
    }

    loop.addTimer(after: .seconds(3)) {
      loop.stop()
    }
  }
}
