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
/// has returned. The loop keeps a running one alive, but not a paused one; either keeps its loop.
public final class Chunker: Deferrable {
  /// How much to do in one turn.
  public enum Size: Sendable {
    /// So many elements; at least one.
    case elements(Int)
    /// For so long, at least one element. In virtual time, which stands still meanwhile, one element.
    case time(Duration)
  }

  @usableFromInline enum State {
    /// A tick is queued, or runs.
    case running
    /// No tick is queued, or the one that is does nothing.
    case paused
    /// Done, cancelled, settled from outside, or its loop has closed.
    case ended
  }

  /// Does the next elements, at most so many and until the instant, for as long as the chunker goes on; whether the
  /// sequence has ended.
  ///
  /// Made where the sequence's type is known, so that nothing about an element is generic here.
  @usableFromInline typealias Slice = (_ chunker: Chunker, _ count: Int, _ end: Instant?) -> Bool

  /// A struct, since a bare function type in an `Optional` is re-abstracted each time it is taken out.
  private struct Work {
    let run: Slice
  }

  /// What makes it a ``Deferrable``.
  public var deferral: Deferral<Int, CancellationError>

  /// How many elements are done; in the body, how many before this one.
  public var done: Int { finished }

  // Written for each element. Unchecked is right: plain values, set in one statement.
  @exclusivity(unchecked) @usableFromInline var finished = 0
  @exclusivity(unchecked) @usableFromInline var state = State.running

  @usableFromInline let loop: EventLoop
  private let size: Size
  /// Whether a tick is queued: resuming before it has run must not queue another one.
  private var isQueued = false
  private var work: Work?
  private let members: LoopMembers
  @usableFromInline var memberIndex = 0
  private let file: StaticString
  private let line: UInt

  @usableFromInline init(
    _ loop: EventLoop, _ size: Size, _ file: StaticString, _ line: UInt, _ slice: @escaping Slice
  ) {
    self.loop = loop
    self.size = size
    self.file = file
    self.line = line
    deferral = Deferral(file: file, line: line)
    members = LoopMembers.of(loop)
    work = Work(run: slice)
    members.enter(self)
    watchForSettling()
    // Its tick would go with the closing, and leave it waiting for ever.
    if loop.isStopping { loopIsClosing() } else { queue() }
  }

  deinit { members.leave(at: memberIndex) }

  /// Whether the next element may be done in this slice.
  @usableFromInline var goesOn: Bool { state == .running && !loop.isStopping }

  /// Whether it is paused.
  public var isPaused: Bool { state == .paused }

  /// Stops before the next element, until ``resume()``.
  ///
  /// A paused chunker doesn't keep its loop from going idle.
  public func pause() {
    if state == .running { state = .paused }
  }

  /// Goes on with the next tick.
  ///
  /// Does nothing unless it is paused.
  public func resume() {
    guard state == .paused else { return }
    state = .running
    queue()
  }

  /// Stops before the next element, for good, and fails with `CancellationError` inside this call; that failure is not
  /// reported as lost.
  ///
  /// Once it has ended it does nothing.
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
    let hasEnded = work.run(self, count, end)
    guard state != .ended else { return }
    if hasEnded {
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
  @usableFromInline func settledFromOutside() { end() }
}

extension Chunker: LoopMember {
  @usableFromInline func loopIsClosing() {
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
  @discardableResult @inlinable
  public func chunk<Elements: Sequence>(
    _ elements: Elements, _ size: Chunker.Size, file: StaticString = #fileID, line: UInt = #line,
    _ body: @escaping (Elements.Element) -> Void
  ) -> Chunker {
    var iterator = elements.makeIterator()
    return Chunker(self, size, file, line) { chunker, count, end in
      var left = count
      while left > 0, chunker.goesOn {
        guard let element = iterator.next() else { return true }
        // The sequence may have ended the chunker. If it only paused it, or stopped the loop, what it gave is not lost.
        guard chunker.state != .ended else { break }
        body(element)
        chunker.finished += 1
        left -= 1
        if let end, chunker.loop.now >= end { break }
      }
      return false
    }
  }
}
