// SPDX-License-Identifier: Apache-2.0

/// What a thing was registered with: kept only while an observer is set, or once it has a label.
struct Registration {
  var id: UInt64
  var file: StaticString
  var line: UInt
  var label: String?

  /// One that few things have, where each of them pays for its place.
  final class Box: Sendable {
    let registration: Registration
    init(_ registration: Registration) { self.registration = registration }
  }
}

/// The same of a thing that can't have a label: plain bits, which cost nothing to copy.
struct Origin: BitwiseCopyable {
  var id: UInt64
  var file: StaticString
  var line: UInt

  /// That of a thing that was registered while nobody observed.
  static let unknown = Origin(id: 0, file: "", line: 0)
}

/// The origins of ticks that were queued while somebody observed: a ring beside the ring of their closures, indexed by
/// the same numbers.
///
/// Unsafe storage is right: entries are plain bits, and every index is masked.
///
/// Invariant: an entry is that of tick n exactly if it carries the number n.
struct TickOrigins: ~Copyable {
  private struct Entry: BitwiseCopyable {
    var number: Int
    var origin: Origin
  }

  private static let nothing = Entry(number: -1, origin: .unknown)
  private var entries: UnsafeMutablePointer<Entry>?
  private var capacity = 0

  deinit { entries?.deallocate() }

  /// Keeps the origin of tick `number`; the first one that still waits is `head`.
  @inline(__always) mutating func append(_ origin: Origin, ofTick number: Int, head: Int) {
    if number - head >= capacity { grow(head..<number) }
    entries?[number & (capacity - 1)] = Entry(number: number, origin: origin)
  }

  /// The tick's origin; unknown if nobody observed when it was queued.
  @inline(__always) func origin(ofTick number: Int) -> Origin {
    guard let entry = entries?[number & (capacity - 1)], entry.number == number else { return .unknown }
    return entry.origin
  }

  mutating func removeAll() {
    entries?.deallocate()
    entries = nil
    capacity = 0
  }

  @inline(never) private mutating func grow(_ waiting: Range<Int>) {
    var size = max(64, capacity * 2)
    while waiting.count >= size { size *= 2 }
    let bigger = UnsafeMutablePointer<Entry>.allocate(capacity: size)
    bigger.initialize(repeating: Self.nothing, count: size)
    if let entries {
      for number in waiting where entries[number & (capacity - 1)].number == number {
        bigger[number & (size - 1)] = entries[number & (capacity - 1)]
      }
      entries.deallocate()
    }
    entries = bigger
    capacity = size
  }
}
