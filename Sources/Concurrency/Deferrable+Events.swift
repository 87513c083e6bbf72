// SPDX-License-Identifier: Apache-2.0

extension LoopEvent.Kind {
  /// A status was set; `first` is 1 for success and 0 for failure. The id is the deferrable's, the place the one that
  /// made it.
  public static let statusSet = Self("status", .point, .statuses)

  /// A callback was added; `first` is the deferrable's id, here and in all that follow.
  public static let callbackArm = Self("callback", .arm, .arming)
  /// A callback was cancelled.
  public static let callbackCancel = Self("callback", .cancel, .arming)
  /// A callback begins to run.
  public static let callbackBegin = Self("callback", .begin, .runs)
  /// A callback has run.
  public static let callbackEnd = Self("callback", .end, .runs)

  /// An errback was added.
  public static let errbackArm = Self("errback", .arm, .arming)
  /// An errback was cancelled.
  public static let errbackCancel = Self("errback", .cancel, .arming)
  /// An errback begins to run.
  public static let errbackBegin = Self("errback", .begin, .runs)
  /// An errback has run.
  public static let errbackEnd = Self("errback", .end, .runs)

  /// A completion was added.
  public static let completionArm = Self("completion", .arm, .arming)
  /// A completion begins to run.
  public static let completionBegin = Self("completion", .begin, .runs)
  /// A completion has run.
  public static let completionEnd = Self("completion", .end, .runs)

  /// Something was derived, by `map`, `all` …
  public static let derivedArm = Self("derived", .arm, .arming)
  /// The body that derives begins to run: what was given to `map`, `flatMap` …
  public static let derivedBegin = Self("derived", .begin, .runs)
  /// It has run, and the derived deferrable is settled, if it is now; that one's own entries come after this.
  public static let derivedEnd = Self("derived", .end, .runs)
}

extension Deferrable {
  /// Names it for the observer and for reports of what was lost.
  ///
  /// ```swift
  /// let answer = DefaultDeferrable<Int, Never>().label("answer")
  /// ```
  ///
  /// - Returns: the deferrable itself.
  @discardableResult public func label(_ name: String) -> Self {
    deferral.setLabel(name)
    return self
  }

  func statusEvent() -> LoopEvent {
    LoopEvent(
      .statusSet, id: UInt64(deferral.id), file: deferral.file, line: UInt(deferral.line),
      first: deferral.status.isFailed ? 0 : 1, label: deferral.more?.label)
  }

  /// Adds an entry, numbered and told of.
  @_effects(notEscaping self.**) @inline(never) @usableFromInline @discardableResult
  func enrollObserved(
    _ entry: DeferralEntry<Success, Failure>, _ line: DeferralLine, _ file: StaticString, _ fileLine: UInt
  ) -> UInt64 {
    switch deferral.append(entry, line, isNumbered: true) {
    case .waits(let serial):
      noteArmed(entry.kinds, serial, file, fileLine)
      return serial
    case .isDue(let serial):
      noteArmed(entry.kinds, serial, file, fileLine)
      deliver()
      return serial
    case .dropped, .isObserved:
      return 0
    }
  }

  private func noteArmed(_ kinds: DeferralEntryKinds, _ serial: UInt64, _ file: StaticString, _ line: UInt) {
    let origin = DeferralOrigin(id: EventLoop.newEventID(), file: file, line: line)
    guard origin.id != 0 else { return }
    deferral.more?.origins[serial] = origin
    noteEntry(kinds.arm, origin)
  }

  @_effects(notEscaping self.**) @inline(never) @usableFromInline func runObserved(
    _ entry: DeferralEntry<Success, Failure>, _ outcome: DeferralMessage<Success, Failure>, _ serial: UInt64
  ) -> DeferralFrame? {
    let kinds = entry.kinds
    let origin = deferral.more?.origins.removeValue(forKey: serial)
    noteEntry(kinds.begin, origin)
    let frame = run(entry, outcome)
    noteEntry(kinds.end, origin)
    return frame
  }

  func noteCancelled(_ kinds: DeferralEntryKinds, _ origin: DeferralOrigin?) {
    guard let origin else { return }
    noteEntry(kinds.cancel, origin)
  }

  private func noteEntry(_ kind: LoopEvent.Kind, _ origin: DeferralOrigin?) {
    EventLoop.note(
      LoopEvent(
        kind, id: origin?.id ?? 0, file: origin?.file ?? "", line: origin?.line ?? 0, first: Int(deferral.id),
        label: deferral.more?.label))
  }
}

/// The kinds of event in an entry's life.
struct DeferralEntryKinds {
  let arm: LoopEvent.Kind
  let cancel: LoopEvent.Kind
  let begin: LoopEvent.Kind
  let end: LoopEvent.Kind
}

extension DeferralEntry {
  var kinds: DeferralEntryKinds {
    switch self {
    case .callback:
      DeferralEntryKinds(arm: .callbackArm, cancel: .callbackCancel, begin: .callbackBegin, end: .callbackEnd)
    case .errback:
      DeferralEntryKinds(arm: .errbackArm, cancel: .errbackCancel, begin: .errbackBegin, end: .errbackEnd)
    case .completion:
      // Completions and derived entries have no number that a program could cancel them by.
      DeferralEntryKinds(arm: .completionArm, cancel: .completionEnd, begin: .completionBegin, end: .completionEnd)
    case .derived:
      DeferralEntryKinds(arm: .derivedArm, cancel: .derivedEnd, begin: .derivedBegin, end: .derivedEnd)
    }
  }
}

extension Deferral {
  mutating func setLabel(_ name: String) { makeOverflow().label = name }
}
