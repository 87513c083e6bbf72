// SPDX-License-Identifier: Apache-2.0

/// How many jobs of a loop have not come home: they keep it from going idle, by one hold for all.
@usableFromInline final class JobDesk {
  private let handle: LoopHandle
  private var outstanding = 0
  private var hold: Hold?

  private init(_ loop: EventLoop) { handle = loop.handle }

  @usableFromInline static func of(_ loop: EventLoop) -> JobDesk {
    loop.local(JobDesk.self) { loop in
      let desk = JobDesk(loop)
      loop.whenClosing { desk.close() }
      return desk
    }
  }

  @usableFromInline func enter() {
    outstanding += 1
    if outstanding == 1 { hold = handle.hold() }
  }

  func leave() {
    outstanding -= 1
    if outstanding == 0 { hold = nil }
  }

  private func close() {
    outstanding = 0
    hold = nil
  }
}
