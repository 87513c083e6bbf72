// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons
import Testing

@testable import playground

/// Hears when a run has something to tell, on whichever thread.
private final class Ear: Sendable {
  private let count = Locked(0)
  func hear() {
    count.withLock { $0 += 1 }
    count.wakeAll()
  }

  /// Looks again at each thing that is told, until it is so; false if it isn't within a minute.
  func waits(until isSo: () -> Bool) -> Bool {
    count.wait(for: .seconds(60)) { _ in isSo() ? true : nil } ?? false
  }
}

@Suite struct `A gate` {
  private final class Watched {
    let ear = Ear()
    let live: LiveRun
    let history = History()

    init(_ lesson: any Lesson.Type) throws {
      live = try LiveRun(lesson, speed: 1, threads: 2) { [ear] in ear.hear() }
    }

    deinit { live.abandon() }

    func sees(_ isSo: @escaping (Watched) -> Bool) -> Bool {
      ear.waits {
        self.history.append(self.live.takeEvents())
        return isSo(self)
      }
    }

    /// What the loop is held before: its subject and line.
    var next: String? {
      guard live.isHeld, let run = history.now.stack.last else { return nil }
      return "\(run.subject) \(run.name)"
    }
  }

  @Test func `holds a loop before each callback, also before those inside of one`() throws {
    let watched = try Watched(Deferrables.self)
    #expect(watched.sees { $0.history.now.step == 1 })
    watched.live.open(.stop)
    #expect(watched.live.press("s"))
    #expect(watched.sees { $0.next == "key s" })
    for count in 1...3 {
      watched.live.open(.callback)
      #expect(
        watched.sees {
          $0.next == "callback d1" && $0.history.now.items["d1"]?.entries.count { $0.state == .running } == 1
        })
      #expect(watched.history.log.count { $0.line.kind == "callback" } == count - 1)
    }
    watched.live.open(.run(speed: 1))
    #expect(watched.sees { watched in watched.history.log.contains { $0.line.text == "C 10" } })
  }

  @Test func `lets a turn pass, in which time jumps, and holds it before the next`() throws {
    let watched = try Watched(PeriodicTimers.self)
    #expect(watched.sees { $0.history.now.step == 1 })
    watched.live.open(.stop)
    var turns: [Int] = []
    for _ in 1...5 {
      watched.live.open(.turn)
      let before = turns.last ?? 0
      #expect(watched.sees { $0.live.isHeld && $0.history.now.turn > before && $0.history.now.step == 0 })
      turns.append(watched.history.now.turn)
    }
    #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 == $0 + 1 })
    // Each turn was a beat of 0.25 s: the loop's time went on by that, the machine's by much less.
    #expect(watched.live.now - .zero >= .seconds(1))
  }

  @Test func `counts a beat once, and a message once`() throws {
    let watched = try Watched(PeriodicTimers.self)
    #expect(watched.sees { $0.history.now.step == 1 })
    watched.live.open(.stop)
    var beats: [Int] = []
    for _ in 1...3 {
      watched.live.open(.callback)
      let before = watched.history.end
      #expect(watched.sees { $0.next == "timer t1" && $0.history.end > before })
      beats.append(watched.history.now.turn)
    }
    #expect(beats == [beats[0], beats[0] + 1, beats[0] + 2])
  }

  @Test func `leaps to a time, and holds there`() throws {
    let watched = try Watched(PeriodicTimers.self)
    watched.live.open(.leap(until: .zero + .seconds(3600)))
    #expect(watched.sees { $0.live.isHeld })
    #expect(watched.live.now - .zero >= .seconds(3600))
    #expect(watched.live.now - .zero < .seconds(3601))
  }
}
