// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The program timer.rb.
func timer(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    loop.addTimer(after: .seconds(5)) {
      print("BOOM")
      loop.stop()
    }
    loop.addPeriodicTimer(every: .seconds(1)) {
      print("Tick...")
    }
  }
}

/// "The equivalent example, just using classes instead of methods": a one-shot timer is a value here, so only the periodic
/// one has a class.
func timerByClasses(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    loop.addTimer(after: .seconds(5)) {
      print("BOOM")
      loop.stop()
    }
    PeriodicTimer(every: .seconds(1), on: loop) { _ in
      print("Tick...")
    }
  }
}

/// The program timer_cancel.rb.
func timerCancel(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    let p = PeriodicTimer(every: .seconds(1), on: loop) { _ in
      print("Tick...")
    }

    loop.addTimer(after: .seconds(5)) {
      print("BOOM")
      p.cancel()
    }

    loop.addTimer(after: .seconds(8)) {
      print("The googles, they do nothing")
      loop.stop()
    }
  }
}

/// The program next_tick.rb.
func nextTick(_ loop: EventLoop, print: @escaping (String) -> Void) throws {
  try loop.run { loop in
    loop.addPeriodicTimer(every: .seconds(1)) {
      print("Hai")
    }
    loop.addTimer(after: .seconds(5)) {
      loop.nextTick {
        loop.stop()
      }
    }
  }
}
