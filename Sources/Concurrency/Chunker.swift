// SPDX-License-Identifier: Apache-2.0

/// Works through a sequence in slices, one a turn, so that a long job leaves its loop alive.
///
/// ```swift
/// var sum = 0
/// loop.chunk(1...1_000_000, .elements(1_000)) { sum += $0 }
///   .callback { count in print("\(count) elements, sum \(sum)") }
/// ```
///
/// Each slice is a tick: timers and descriptors get their turn in between. It succeeds with the number of elements when
/// the sequence has ended, fails with `CancellationError` by ``cancel()``, and never settles before the call that made it
/// has returned. The loop keeps a running one alive, but not a paused one.
public final class Chunker: Deferrable {
  /// How much to do in one turn.
  public enum Size: Sendable {
    /// So many elements; at least one.
    case elements(Int)
    /// For so long, at least one element. In virtual time, which stands still meanwhile, one element.
    case time(Duration)
  }

  private enum State {
    /// A tick is queued, or runs.
    case running
    /// No tick is queued, or the one that is does nothing.
    case paused
    /// Done, cancelled, settled from outside, or its loop has closed.
    case ended
  }

  /// What makes it a ``Deferrable``.
  public var deferral: Deferral<Int, CancellationError>
  /// How many elements are done.
  public private(set) var done = 0

  private let loop: EventLoop
  private let size: Size
  private var state = State.running
  /// Whether a tick is queued: resuming before it has run must not queue another one.
  private var isQueued = false
  /// Does at most so many elements, until the instant; returns how many, or `nil` besides if the sequence has ended.
  private var work: ((_ count: Int, _ end: Instant?, _ isOver: () -> Bool) -> (done: Int, hasEnded: Bool))?
  private let members: LoopMembers
  var memberIndex = 0
  private let file: StaticString
  private let line: UInt

  init<Elements: Sequence>(
    _ loop: EventLoop, _ elements: Elements, _ size: Size, _ file: StaticString, _ line: UInt,
    _ body: @escaping (Elements.Element) -> Void
  ) {
    self.loop = loop
    self.size = size
    self.file = file
    self.line = line
    deferral = Deferral(file: file, line: line)
    members = LoopMembers.of(loop)
    var iterator = elements.makeIterator()
    work = { count, end, isOver in
      var done = 0
      while done < count {
        guard let element = iterator.next() else { return (done, true) }
        body(element)
        done += 1
        if isOver() { break }
        if let end, loop.now >= end { break }
      }
      return (done, false)
    }
    members.enter(self)
    watchForSettling()
    queue()
  }

  deinit { members.leave(at: memberIndex) }

  /// Whether it is paused.
  public var isPaused: Bool { state == .paused }

  /// Stops before the next element, until ``resume()``. A paused chunker doesn't keep its loop from going idle.
  public func pause() {
    if state == .running { state = .paused }
  }

  /// Goes on, in the next turn. Does nothing unless it is paused.
  public func resume() {
    guard state == .paused else { return }
    state = .running
    queue()
  }

  /// Stops before the next element, for good, and fails with `CancellationError` inside this call; that failure is not
  /// reported as lost. Once it has ended it does nothing.
  public func cancel() {
    guard state != .ended else { return }
    end()
    settleQuietly(.failed(CancellationError()))
  }

  private func queue() {
    guard !isQueued else { return }
    isQueued = true
    loop.nextTick(file: file, line: line) { self.runSlice() }
  }

  private func runSlice() {
    isQueued = false
    guard state == .running, let work = work.take() else { return }
    let (count, end): (Int, Instant?) =
      switch size {
      case .elements(let count): (max(1, count), nil)
      case .time(let duration): loop.virtualTime == nil ? (.max, loop.now + duration) : (1, nil)
      }
    let slice = work(count, end) { self.state != .running || self.loop.isStopping }
    done += slice.done
    guard state != .ended else { return }
    if slice.hasEnded {
      self.end()
      settleFromWithin(.succeeded(done))
    } else {
      self.work = work
      if state == .running { queue() }
    }
  }

  /// Ends it, and releases the sequence and the body; when the slice returns, if one runs.
  private func end() {
    state = .ended
    _ = work.take()
  }
}

extension Chunker: DeferralOwner {
  func settledFromOutside() { end() }
}

extension Chunker: LoopMember {
  func loopIsClosing() {
    guard state != .ended else { return }
    endQuietly()
    end()
  }
}

extension Chunker: CustomStringConvertible {
  /// How far it is.
  public var description: String { "Chunker(\(state), \(done) done)" }
}

extension EventLoop {
  /// Calls `body` for each element, a slice in each turn, beginning with the next.
  ///
  /// ```swift
  /// loop.chunk(files, .time(.milliseconds(5))) { index($0) }
  /// ```
  @discardableResult
  public func chunk<Elements: Sequence>(
    _ elements: Elements, _ size: Chunker.Size, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Elements.Element) -> Void
  ) -> Chunker {
    Chunker(self, elements, size, file, line, body)
  }
}
