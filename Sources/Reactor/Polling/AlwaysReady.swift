// SPDX-License-Identifier: Apache-2.0

/// What a kernel facility can't watch, since it never blocks: regular files, and devices such as `/dev/null`.
///
/// An array that is searched, and not a dictionary: the order of one differs from process to process, and a program's
/// whole history is to be the same in every run. Searching takes no longer than telling of them all, which each turn
/// does.
struct AlwaysReady {
  /// In the order of watching.
  private var watches: [(descriptor: CInt, token: UInt64, interest: Interest)] = []

  /// Whether one of them is watched for something, so that no wait ever waits.
  var isWatchedForSomething: Bool { watches.contains { !$0.interest.isEmpty } }

  func contains(_ descriptor: CInt) -> Bool { watches.contains { $0.descriptor == descriptor } }

  /// Adds one that is not among them.
  mutating func add(_ descriptor: CInt, _ token: UInt64, _ interest: Interest) {
    watches.append((descriptor, token, interest))
  }

  /// Whether it is one of these; then it is now watched for `interest`, in its old place.
  mutating func modify(_ descriptor: CInt, _ token: UInt64, to interest: Interest) -> Bool {
    guard let place = watches.firstIndex(where: { $0.descriptor == descriptor }) else { return false }
    watches[place] = (descriptor, token, interest)
    return true
  }

  /// Whether it was one of these.
  mutating func remove(_ descriptor: CInt) -> Bool {
    guard let place = watches.firstIndex(where: { $0.descriptor == descriptor }) else { return false }
    watches.remove(at: place)
    return true
  }

  /// Tells of each: it is ready for all that it is watched for.
  func append(to ready: inout [ReadyEvent]) {
    for watch in watches where !watch.interest.isEmpty {
      ready.append(ReadyEvent(token: watch.token, readiness: Readiness(rawValue: watch.interest.rawValue)))
    }
  }
}
