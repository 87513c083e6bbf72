// SPDX-License-Identifier: Apache-2.0

/// The entries of a deferrable beyond the first ones, in order of adding, and how far the running line has come.
///
/// Both lines share one list, so that an entry of both can be taken only once: whoever walks for one line skips the
/// entries of the other. Cells are unsafe storage because an array would count references and look for other owners
/// at each step. Unsafe is right: only this type touches the storage, and it is never accessed while an
/// entry runs.
///
/// Invariant: cells below `count` are initialised; `live` of them hold an entry; none before `cursor` holds an entry of
/// the line that runs.
@usableFromInline struct DeferralEntryList<Success, Failure: Error>: ~Copyable {
  @usableFromInline struct Cell {
    /// `nil` once it was taken.
    @usableFromInline var entry: DeferralEntry<Success, Failure>?
    @usableFromInline let line: DeferralLine
    @usableFromInline let serial: UInt64

    @inlinable init(_ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine, serial: UInt64) {
      self.entry = entry
      self.line = line
      self.serial = serial
    }
  }

  @usableFromInline var cells: UnsafeMutablePointer<Cell>?
  @usableFromInline var capacity: Int
  @usableFromInline var count: Int
  @usableFromInline var cursor: Int
  @usableFromInline var live: Int

  @inlinable init() {
    cells = nil
    capacity = 0
    count = 0
    cursor = 0
    live = 0
  }

  @inlinable deinit {
    guard let cells else { return }
    if live > 0 { cells.deinitialize(count: count) }
    Self.free(cells)
  }

  @inlinable var isEmpty: Bool { live == 0 }

  @inlinable mutating func append(
    _ entry: consuming DeferralEntry<Success, Failure>, _ line: DeferralLine, serial: UInt64
  ) {
    if live == 0 { reset() }
    if count == capacity { makeRoom() }
    if let cells { (cells + count).initialize(to: Cell(entry, line, serial: serial)) }
    count &+= 1
    live &+= 1
  }

  /// Takes the next entry that stands in `line` or in both.
  @inlinable mutating func takeNext(of line: DeferralLine) -> DeferralItem<Success, Failure>? {
    guard live > 0, let cells else { return nil }
    while cursor < count {
      let cell = cells + cursor
      cursor &+= 1
      guard cell.pointee.line == line || cell.pointee.line == .both else { continue }
      guard let entry = cell.pointee.entry.take() else { continue }
      live &-= 1
      return DeferralItem(entry, serial: cell.pointee.serial)
    }
    return nil
  }

  /// Takes the entry with that number out, wherever it stands.
  @usableFromInline mutating func remove(serial: UInt64) -> DeferralEntry<Success, Failure>? {
    guard let cells else { return nil }
    for index in 0..<count where cells[index].serial == serial {
      guard let entry = cells[index].entry.take() else { return nil }
      live &-= 1
      return entry
    }
    return nil
  }

  /// Takes all entries that stand in `line` alone, for their release, and begins at the front again.
  @usableFromInline mutating func removeAll(of line: DeferralLine) -> [DeferralEntry<Success, Failure>] {
    var removed: [DeferralEntry<Success, Failure>] = []
    for index in 0..<count {
      guard let cells, cells[index].line == line, let entry = cells[index].entry.take() else { continue }
      live &-= 1
      removed.append(entry)
    }
    cursor = 0
    return removed
  }

  /// What the entries of the derived kind are called by.
  @usableFromInline var derived: [(DeferralMessage<Success, Failure>) -> DeferralFrame?] {
    var found: [(DeferralMessage<Success, Failure>) -> DeferralFrame?] = []
    guard let cells else { return found }
    for index in 0..<count {
      if let hear = cells[index].entry?.hear { found.append(hear) }
    }
    return found
  }

  /// Whether an entry waits that is not of the derived kind.
  @usableFromInline var holdsCalls: Bool {
    live > derived.count
  }

  @inlinable mutating func reset() {
    count = 0
    cursor = 0
  }

  // By a raw pointer: a typed one asks for the cell's metadata where the types aren't known, to learn its alignment.
  @inlinable static func free(_ cells: UnsafeMutablePointer<Cell>) { UnsafeMutableRawPointer(cells).deallocate() }

  /// Makes room for one more: without the holes if they are many, else in twice the storage.
  @inlinable @inline(never) mutating func makeRoom() {
    let isSparse = live < count / 2
    let size = isSparse ? capacity : Swift.max(8, capacity * 2)
    let bytes = UnsafeMutableRawPointer.allocate(
      byteCount: size * MemoryLayout<Cell>.stride, alignment: MemoryLayout<Cell>.alignment)
    let bigger = bytes.bindMemory(to: Cell.self, capacity: size)
    var moved = 0
    var newCursor = 0
    if let cells, live == count {
      bigger.moveInitialize(from: cells, count: count)
      moved = count
      newCursor = cursor
      Self.free(cells)
    } else if let cells {
      for index in 0..<count {
        if index == cursor { newCursor = moved }
        guard cells[index].entry != nil else { continue }
        (bigger + moved).moveInitialize(from: cells + index, count: 1)
        moved += 1
      }
      if cursor == count { newCursor = moved }
      Self.free(cells)
    }
    cells = bigger
    capacity = size
    count = moved
    cursor = newCursor
  }
}

extension DeferralEntry {
  /// The closure of an entry of the derived kind.
  @usableFromInline var hear: ((DeferralMessage<Success, Failure>) -> DeferralFrame?)? {
    switch self {
    case .derived(let hear): hear
    default: nil
    }
  }
}
