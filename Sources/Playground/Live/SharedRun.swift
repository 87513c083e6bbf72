// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// A lesson on the interface's own thread: its loop gets a turn whenever the interface's has time.
///
/// Two loops on one thread is what a program does that calls blocking code from its event loop: while a callback of the
/// one runs, the other can do nothing. Here that may be felt.
final class SharedRun: Running {
  private let loop: EventLoop
  private let io: LessonIO
  private let events: Locked<[TraceEvent]>
  private var turns: PeriodicTimer?
  private(set) var end: RunEnd?
  /// Whether the loop gets no turns: a block at a time that stands would never end, and nobody could press a key.
  private var isStopped = false
  private let changed: () -> Void
  /// Called after a turn that held the thread for longer than a person overlooks.
  private let frozen: (Duration) -> Void

  init(
    _ lesson: any Lesson.Type, on host: EventLoop, threads: Int, changed: @escaping () -> Void,
    frozen: @escaping (Duration) -> Void
  ) throws {
    self.changed = changed
    self.frozen = frozen
    loop = EventLoop.virtual(.init(name: lesson.card.id, turnsAtOneInstant: .max))
    loop.virtualTime?.speed = 1
    io = LessonIO(loop, threads: threads) { Raising.raiseInThisThread($0) }
    let events = Locked<[TraceEvent]>([])
    self.events = events
    loop.observer = Recorder(isKept: false) { event in events.withLock { $0.append(event) } }
    try lesson.init().run(loop, io)
    turns = host.addPeriodicTimer(every: .milliseconds(10)) { [weak self] _ in self?.turn() }
  }

  private func turn() {
    guard end == nil, !isStopped else { return }
    let began = MonotonicClock.now
    do {
      // As many as there is something to do for, within a frame's time.
      repeat {
        if try !loop.turn(waitingAtMost: .zero) {
          end = .returned
          turns?.cancel()
          break
        }
      } while loop.statistics.ticksQueued > 0 && MonotonicClock.now - began < .milliseconds(20)
    } catch {
      end = .threw("\(error)")
      turns?.cancel()
    }
    if MonotonicClock.now - began > .milliseconds(500) { frozen(MonotonicClock.now - began) }
    if end != nil || events.withLock({ !$0.isEmpty }) { changed() }
  }

  func takeEvents() -> [TraceEvent] { events.takeAll() }

  var isHeld: Bool { false }
  var now: Instant { loop.now }
  var threads: Int { io.pool.threads }

  /// The lowest speed: a block of 2 s freezes the thread for as long as that makes it.
  static let slowest = 1.0
  /// The highest.
  private static let fastest = 10.0

  /// It runs or stands; it can't be stepped, since nobody could press the key.
  func open(_ pass: Gate.Pass) {
    var speed = 0.0
    switch pass {
    case .run(let wanted): speed = min(max(wanted, Self.slowest), Self.fastest)
    case .leap: speed = Self.fastest
    case .stop, .turn, .callback: break
    }
    isStopped = speed == 0
    loop.virtualTime?.speed = speed
  }

  func press(_ key: String) -> Bool { schedule { [io] _ in io.press(key) } }
  func press(_ key: String, at time: Duration) {}

  @discardableResult
  func schedule(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool {
    end == nil && loop.handle.schedule(file: "playground", line: 0, work)
  }

  func abandon() {
    turns?.cancel()
    guard end == nil else { return }
    end = .returned
    loop.virtualTime?.speed = .infinity
    loop.stop()
    _ = try? loop.turn(waitingAtMost: .zero)
  }
}
