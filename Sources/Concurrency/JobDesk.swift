// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The jobs of a loop that have not come home: how many there are, which keeps the loop from going idle by one hold for
/// all, and a list of those that somebody waits for, which the closing loop goes along.
@usableFromInline final class JobDesk {
  private var outstanding = 0
  private var hold: Hold?
  // Unmanaged is right: a work in the list is held by its job, and its job by it.
  @exclusivity(unchecked) private var waiting: [Unmanaged<PoolWork>] = []
  // What workers read lies apart from what the loop writes for each job, or each would take the cache line from the other.
  private let distance: InlineArray<8, Int> = .init(repeating: 0)
  let handle: LoopHandle
  let isVirtual: Bool
  private let closings = Atomic<Int>(0)

  private init(_ loop: EventLoop) {
    handle = loop.handle
    isVirtual = loop.virtualTime != nil
  }

  @usableFromInline static func of(_ loop: EventLoop) -> JobDesk {
    loop.local(JobDesk.self) { loop in
      let desk = JobDesk(loop)
      loop.whenClosing { desk.close() }
      return desk
    }
  }

  /// How often the loop has closed: what was submitted before counts no more.
  ///
  /// Any thread: who sees the next round sees what the loop did in the one before.
  var round: Int { closings.load(ordering: .acquiring) }

  /// Counts the work, and takes it into the list.
  @usableFromInline func enter(_ work: PoolWork) {
    work.round = round
    outstanding += 1
    if outstanding == 1 { hold = handle.hold() }
    work.place = waiting.count
    waiting.append(Unmanaged.passUnretained(work))
  }

  /// Takes it out of the list: it and its job have let go of each other.
  @usableFromInline func forget(_ work: PoolWork) {
    let last = waiting.removeLast()
    guard work.place < waiting.count else { return }
    waiting[work.place] = last
    last._withUnsafeGuaranteedRef { $0.place = work.place }
  }

  /// It has come home, or won't.
  @usableFromInline func leave(_ work: PoolWork) {
    guard work.round == round else { return }
    outstanding -= 1
    if outstanding == 0 { hold = nil }
  }

  private func close() {
    closings.add(1, ordering: .releasing)
    outstanding = 0
    hold = nil
    // Copied, and held: a job that ends leaves the list, and may let go of another one.
    let works = waiting.map { $0.takeUnretainedValue() }
    for work in works where work.job != nil { work.close() }
  }
}
