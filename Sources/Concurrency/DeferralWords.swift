// SPDX-License-Identifier: Apache-2.0

/// A value of any type in two words: in place if it fits, else behind a pointer.
///
/// Why not store the value as what it is? A generic struct with a field of generic type has no fixed layout, so code that
/// doesn't know the type, and the release of every object is such code, has to look up the struct's metadata in a locked
/// table first: 680 instructions, more than all the rest of a deferrable's life. With these words the layout of a
/// ``Deferral`` is the same for all types. The price is one allocation for values of more than 16 bytes.
///
/// Unsafe is right: the words are written by `init` and read as the same type only, since they are kept by types that are
/// generic over it; a value whose bits must not be moved (one with a weak reference inside) goes behind the pointer.
@usableFromInline struct DeferralWords: BitwiseCopyable {
  @usableFromInline var first: UInt
  @usableFromInline var second: UInt

  @inlinable @inline(__always) init() {
    first = 0
    second = 0
  }

  /// Keeps `value`, until ``destroy(_:)``.
  @inlinable @inline(__always) init<Value>(keeping value: Value) {
    self.init()
    guard Self.fits(Value.self) else {
      first = Self.box(value)
      return
    }
    withUnsafeMutablePointer(to: &self) { words in
      _ = UnsafeMutableRawPointer(words).initializeMemory(as: Value.self, to: value)
    }
  }

  /// Keeps what a status tells, if it tells anything.
  @inlinable @inline(__always) init<Success, Failure: Error>(_ status: DeferredStatus<Success, Failure>) {
    switch status {
    case .unknown: self.init()
    case .succeeded(let value): self.init(keeping: value)
    case .failed(let error): self.init(keeping: error)
    }
  }

  /// The value, copied.
  @inlinable @inline(__always) func read<Value>(_ type: Value.Type) -> Value {
    guard Self.fits(type) else { return Self.unbox(first) }
    return withUnsafePointer(to: self) { UnsafeRawPointer($0).assumingMemoryBound(to: type).pointee }
  }

  /// Releases the value.
  @inlinable @inline(__always) func destroy<Value>(_ type: Value.Type) {
    guard !_isPOD(type) || !Self.fits(type) else { return }
    guard Self.fits(type) else { return Self.destroyBox(first, type) }
    var copy = self
    _ = withUnsafeMutablePointer(to: &copy) { words in
      UnsafeMutableRawPointer(words).assumingMemoryBound(to: type).deinitialize(count: 1)
    }
  }

  @inlinable @inline(__always) static func fits<Value>(_ type: Value.Type) -> Bool {
    MemoryLayout<Value>.size <= MemoryLayout<DeferralWords>.size
      && MemoryLayout<Value>.alignment <= MemoryLayout<DeferralWords>.alignment && _isBitwiseTakable(type)
  }

  @inlinable static func box<Value>(_ value: Value) -> UInt {
    let pointer = UnsafeMutablePointer<Value>.allocate(capacity: 1)
    pointer.initialize(to: value)
    return UInt(bitPattern: pointer)
  }

  @inlinable static func unbox<Value>(_ word: UInt) -> Value {
    guard let pointer = UnsafePointer<Value>(bitPattern: word) else {
      preconditionFailure("a deferrable's value was read before it was set; please report this")
    }
    return pointer.pointee
  }

  @inlinable static func destroyBox<Value>(_ word: UInt, _ type: Value.Type) {
    let pointer = UnsafeMutablePointer<Value>(bitPattern: word)
    pointer?.deinitialize(count: 1)
    pointer?.deallocate()
  }
}
