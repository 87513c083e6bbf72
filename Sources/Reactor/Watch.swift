// SPDX-License-Identifier: Apache-2.0

/// What a watch waits for.
public struct Interest: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The interest with those bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// There is something to read: data, a connection to accept, the end of input.
  public static let readable = Interest(rawValue: 1)
  /// There is room to write.
  public static let writable = Interest(rawValue: 2)
}

/// What a descriptor is ready for.
///
/// A hang-up or an error counts as both: the next read or write tells which it is.
public struct Readiness: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// The readiness with those bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// A read doesn't block.
  public static let readable = Readiness(rawValue: 1)
  /// A write doesn't block.
  public static let writable = Readiness(rawValue: 2)
}

extension Interest: CustomStringConvertible {
  /// `[readable, writable]`.
  public var description: String { Readiness(rawValue: rawValue).description }
}

extension Readiness: CustomStringConvertible {
  /// `[readable, writable]`.
  public var description: String {
    "[\([contains(.readable) ? "readable" : nil, contains(.writable) ? "writable" : nil].compactMap { $0 }.joined(separator: ", "))]"
  }
}

/// A descriptor that a loop watches: what ``EventLoop/watch(_:for:file:line:_:)`` returns.
///
/// A small value that keeps nothing alive: dropping it leaves the descriptor watched. Use it on the loop's thread; once
/// the watch is cancelled, or the loop closed, it does nothing.
public struct Watch {
  let place: LoopTable.Place
  let slot: Slab<WatchEntry>.Place

  private var loop: EventLoop? {
    guard let loop = place.loop, loop.watches.contains(slot) else { return nil }
    return loop
  }

  /// What is waited for.
  ///
  /// Empty is legal: what becomes ready meanwhile is told when it is switched on again, since watches are
  /// level-triggered.
  public var interest: Interest {
    get { loop?.watches[slot].interest ?? [] }
    nonmutating set { loop?.setInterest(newValue, of: slot) }
  }

  /// Whether the descriptor is still watched.
  public var isActive: Bool { loop != nil }

  /// Ends the watch and releases its closure; the second time it does nothing.
  ///
  /// It never closes the descriptor.
  ///
  /// Legal anywhere on the loop, in the watch's own callback too. An event that the kernel told already is not delivered
  /// any more.
  public func cancel() { loop?.cancelWatch(slot) }

  /// Names the watch for the observer.
  @discardableResult public func label(_ name: String) -> Watch {
    loop?.labelWatch(slot, name)
    return self
  }
}

@available(*, unavailable, message: "a watch belongs to its loop's thread")
extension Watch: Sendable {}

extension Watch: CustomStringConvertible {
  /// Descriptor and interest.
  public var description: String {
    guard let loop else { return "Watch(cancelled)" }
    return "Watch(descriptor \(loop.watches[slot].descriptor), \(interest))"
  }
}

/// What the loop keeps for a watch.
struct WatchEntry {
  let descriptor: CInt
  var interest: Interest
  let ready: (Readiness) -> Void
  var registration: Registration?
}

/// Values in numbered places that are used again, each time with another generation, so that an old place finds nothing.
struct Slab<Value> {
  struct Place: Hashable {
    let index: UInt32
    let generation: UInt32
    /// Both in one number, for the kernel to carry.
    var token: UInt64 { UInt64(index) << 32 | UInt64(generation) }

    init(index: UInt32, generation: UInt32) {
      self.index = index
      self.generation = generation
    }

    init(token: UInt64) {
      index = UInt32(truncatingIfNeeded: token >> 32)
      generation = UInt32(truncatingIfNeeded: token)
    }
  }

  private var values: [Value?] = []
  private var generations: [UInt32] = []
  private var free: [UInt32] = []

  var count: Int { values.count - free.count }

  /// The places in use, lowest first.
  var places: [Place] {
    values.indices.compactMap { values[$0] == nil ? nil : Place(index: UInt32($0), generation: generations[$0]) }
  }

  mutating func insert(_ value: Value) -> Place {
    if let index = free.popLast() {
      values[Int(index)] = value
      return Place(index: index, generation: generations[Int(index)])
    }
    values.append(value)
    generations.append(0)
    return Place(index: UInt32(values.count - 1), generation: 0)
  }

  func contains(_ place: Place) -> Bool {
    Int(place.index) < values.count && generations[Int(place.index)] == place.generation
      && values[Int(place.index)] != nil
  }

  subscript(place: Place) -> Value {
    get {
      guard let value = values[Int(place.index)] else { preconditionFailure("an empty place; please report this") }
      return value
    }
    set { values[Int(place.index)] = newValue }
  }

  mutating func remove(_ place: Place) -> Value? {
    guard contains(place) else { return nil }
    generations[Int(place.index)] &+= 1
    free.append(place.index)
    return values[Int(place.index)].take()
  }
}
