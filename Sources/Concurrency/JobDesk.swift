// SPDX-License-Identifier: Apache-2.0

/// The jobs of a loop that have not come home: how many there are, which keeps the loop from going idle by one hold for
/// all, and a list of those that somebody waits for, which the closing loop goes along.
@usableFromInline final class JobDesk {
  let handle: LoopHandle
  private var outstanding = 0
  private var hold: Hold?
  /// How often the loop has closed: what was submitted before counts no more.
  private var round = 0
  private unowned(unsafe) var first: PoolWork?

  private init(_ loop: EventLoop) { handle = loop.handle }

  @usableFromInline static func of(_ loop: EventLoop) -> JobDesk {
    loop.local(JobDesk.self) { loop in
      let desk = JobDesk(loop)
      loop.whenClosing { desk.close() }
      return desk
    }
  }

  /// Counts the work, and takes it into the list.
  @usableFromInline func enter(_ work: PoolWork) {
    work.round = round
    outstanding += 1
    if outstanding == 1 { hold = handle.hold() }
    work.next = first
    first?.previous = work
    first = work
  }

  /// Takes it out of the list: it and its job have let go of each other.
  // Unowned and unsafe is right: a work in the list is held by its job, and its job by it.
  @usableFromInline func forget(_ work: PoolWork) {
    let (next, previous) = (work.next, work.previous)
    next?.previous = previous
    if let previous { previous.next = next } else { first = next }
    work.next = nil
    work.previous = nil
  }

  /// It has come home, or won't.
  @usableFromInline func leave(_ work: PoolWork) {
    guard work.round == round else { return }
    outstanding -= 1
    if outstanding == 0 { hold = nil }
  }

  private func close() {
    round += 1
    outstanding = 0
    hold = nil
    // In the order of submission: the list begins with the last one.
    var works: [PoolWork] = []
    var work = first
    while let current = work {
      works.append(current)
      work = current.next
    }
    for work in works.reversed() where work.job != nil { work.close() }
  }
}
