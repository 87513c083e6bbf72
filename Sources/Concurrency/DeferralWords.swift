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
    _withUnprotectedUnsafeMutablePointer(to: &self) { words in
      _ = UnsafeMutableRawPointer(words).initializeMemory(as: Value.self, to: value)
    }
  }

  /// Takes a closure in its struct over, until ``take(_:)`` or ``releaseClosure()``: always two words that may be moved.
  @inlinable @inline(__always) init<Closure>(moving closure: Closure) {
    self.init()
    _ = _withUnprotectedUnsafeMutablePointer(to: &self) { words in
      UnsafeMutableRawPointer(words).initializeMemory(as: Closure.self, to: closure)
    }
  }

  /// Hands a closure over, in its struct.
  ///
  /// Unsafe is right: these words were made of a struct of the same layout, and whoever takes it forgets them.
  @inlinable @inline(__always) func take<Closure>(_ type: Closure.Type) -> Closure {
    var copy = self
    return _withUnprotectedUnsafeMutablePointer(to: &copy) { words in
      UnsafeMutableRawPointer(words).bindMemory(to: type, capacity: 1).move()
    }
  }

  /// Releases a closure of whatever type.
  ///
  /// Unsafe is right: closures of all types are the address of their code and a counted context, and a release looks at
  /// the context only.
  // The extended lifetime is a use: without one the optimiser took the words for unused, and removed the release.
  @inlinable @inline(__always) func releaseClosure() { withExtendedLifetime(take(DeferralBody<Void>.self)) {} }

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
    return _withUnprotectedUnsafePointer(to: self) { UnsafeRawPointer($0).assumingMemoryBound(to: type).pointee }
  }

  /// Releases the value.
  @inlinable @inline(__always) func destroy<Value>(_ type: Value.Type) {
    guard !_isPOD(type) || !Self.fits(type) else { return }
    guard Self.fits(type) else { return Self.destroyBox(first, type) }
    var copy = self
    _ = _withUnprotectedUnsafeMutablePointer(to: &copy) { words in
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
