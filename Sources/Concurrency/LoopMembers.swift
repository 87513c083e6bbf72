// SPDX-License-Identifier: Apache-2.0

/// What has to know that its loop closes: a process drops its messages, a chunker ends, a job is taken out.
///
/// A member enters the list when it is made and leaves it in its `deinit`, so the list holds no references: what lives
/// is decided by who holds it, not by being a member.
@usableFromInline protocol LoopMember: AnyObject {
  /// Where it stands in the list; the list's alone to write.
  var memberIndex: Int { get set }
  /// The loop has run its stop hooks and is about to release all. Must call no user code.
  func loopIsClosing()
}

/// The members of one loop.
@usableFromInline final class LoopMembers {
  // Unowned and unsafe is right: a member leaves in its deinit, on the loop's thread as everything of the loop's.
  private struct Entry {
    unowned(unsafe) var member: any LoopMember
  }
  // Unchecked is right: nothing here calls user code, and checking four accesses takes longer than all else here.
  @exclusivity(unchecked) private var entries: [Entry] = []

  @usableFromInline static func of(_ loop: EventLoop) -> LoopMembers {
    loop.local(LoopMembers.self) { loop in
      let members = LoopMembers()
      loop.whenClosing { members.close() }
      return members
    }
  }

  @usableFromInline func enter(_ member: any LoopMember) {
    member.memberIndex = entries.count
    entries.append(Entry(member: member))
  }

  @usableFromInline func leave(at index: Int) {
    let last = entries.removeLast()
    guard index < entries.count else { return }
    entries[index] = last
    last.member.memberIndex = index
  }

  private func close() {
    // A copy, and held: a member that closes may let go of another one.
    let members: [any LoopMember] = entries.map { $0.member }
    for member in members { member.loopIsClosing() }
  }
}
