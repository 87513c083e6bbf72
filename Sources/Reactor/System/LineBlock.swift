// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A block of plain bytes that begins at a cache line and can grow.
///
/// It grows by `realloc`: for a large block the kernel moves the pages to the new place, where a copy would touch twice
/// as many, at several microseconds for each that is new to the process.
///
/// Unsafe is right: only the owner of the block knows `start`, and asks for it anew after each growth.
struct LineBlock: ~Copyable {
  private static let line = 64
  private var raw: UnsafeMutableRawPointer
  private(set) var start: UnsafeMutableRawPointer
  private var byteCount: Int

  init(byteCount: Int) {
    raw = Self.checked(malloc(byteCount + Self.line), byteCount)
    start = raw.alignedUp(toMultipleOf: Self.line)
    self.byteCount = byteCount
  }

  deinit { free(raw) }

  /// Keeps what is there; the rest is uninitialised.
  mutating func grow(toByteCount larger: Int) {
    let shift = start - raw
    raw = Self.checked(realloc(raw, larger + Self.line), larger)
    start = raw.alignedUp(toMultipleOf: Self.line)
    // The new block may lie otherwise to the lines than the old one.
    if start - raw != shift { memmove(start, raw + shift, byteCount) }
    byteCount = larger
  }

  private static func checked(_ block: UnsafeMutableRawPointer?, _ byteCount: Int) -> UnsafeMutableRawPointer {
    guard let block else { fatalError("the system has no \(byteCount) bytes left for an event loop's timers") }
    return block
  }
}
