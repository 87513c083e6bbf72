// SPDX-License-Identifier: Apache-2.0

/// The entries of a deferrable beyond the first ones, in order of adding, and how far the running line has come.
///
/// Both lines share one list, so that an entry of both can be taken only once: whoever walks for one line skips the
/// entries of the other. Cells are unsafe storage because an array would look for other owners at each step. Unsafe is
/// right: only this type touches the storage, and it is never accessed while an entry runs.
///
/// Invariant: cells below `count` are initialised; `live` of them hold an entry; none before `cursor` holds an entry of
/// the line that runs.
struct DeferralEntryList: ~Copyable {
  private var cells: UnsafeMutablePointer<DeferralItem>?
  private var capacity = 0
  private var count = 0
  private var cursor = 0
  private var live = 0

  deinit {
    guard let cells else { return }
    for index in 0..<count { cells[index].entry.release() }
    cells.deallocate()
  }

  @inline(__always) mutating func append(_ entry: DeferralEntry, serial: UInt64) {
    guard count < capacity, let cells else { return appendInMoreRoom(entry, serial: serial) }
    (cells + count).initialize(to: DeferralItem(entry, serial: serial))
    count &+= 1
    live &+= 1
  }

  // Apart, so that the one above needs no stack.
  @inline(never) private mutating func appendInMoreRoom(_ entry: DeferralEntry, serial: UInt64) {
    makeRoom()
    append(entry, serial: serial)
  }

  /// Takes the next entry that stands in the line of errbacks, or else in that of callbacks; an empty one if there is none.
  @inline(__always) mutating func takeNext(ofErrbacks: Bool) -> DeferralItem {
    if let cells {
      while cursor < count {
        let cell = cells[cursor]
        cursor &+= 1
        guard cell.entry.kind.isOfLine(ofErrbacks: ofErrbacks) else { continue }
        cells[cursor &- 1].entry = DeferralEntry()
        live &-= 1
        return cell
      }
    }
    return DeferralItem()
  }

  /// Takes the entry with that number out, wherever it stands; an empty one if it is not there.
  mutating func remove(serial: UInt64) -> DeferralEntry {
    guard let cells, let index = (0..<count).first(where: { cells[$0].serial == serial }) else {
      return DeferralEntry()
    }
    return take(at: index)
  }

  /// Takes all entries of that kind out, for their release, and begins at the front again.
  mutating func removeAll(_ kind: DeferralKind) -> [DeferralEntry] {
    var removed: [DeferralEntry] = []
    guard let cells else { return removed }
    for index in 0..<count where cells[index].entry.kind == kind { removed.append(take(at: index)) }
    cursor = 0
    return removed
  }

  private mutating func take(at index: Int) -> DeferralEntry {
    guard let cells else { return DeferralEntry() }
    let entry = cells[index].entry
    cells[index].entry = DeferralEntry()
    if entry.kind != .none { live &-= 1 }
    return entry
  }

  /// The closures of the entries of the derived kind, which stay where they are.
  var derived: [DeferralWords] {
    guard let cells else { return [] }
    return (0..<count).map { cells[$0].entry }.filter { $0.kind == .derived }.map(\.closure)
  }

  /// Whether an entry waits that is not of the derived kind.
  var holdsCalls: Bool { live > derived.count }

  /// Makes room for one more: without the holes if they are many, else in twice the storage.
  private mutating func makeRoom() {
    let isSparse = live < count / 2
    let size = isSparse ? capacity : max(8, capacity * 2)
    let bigger = UnsafeMutablePointer<DeferralItem>.allocate(capacity: size)
    var moved = 0
    var newCursor = 0
    if live == count, let cells {
      bigger.initialize(from: cells, count: count)
      (moved, newCursor) = (count, cursor)
    } else {
      for index in 0..<count {
        if index == cursor { newCursor = moved }
        guard let cells, cells[index].entry.kind != .none else { continue }
        (bigger + moved).initialize(to: cells[index])
        moved += 1
      }
      if cursor == count { newCursor = moved }
    }
    cells?.deallocate()
    cells = bigger
    capacity = size
    count = moved
    cursor = newCursor
  }
}
