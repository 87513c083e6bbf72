// SPDX-License-Identifier: Apache-2.0

extension LoopEvent.Kind {
  /// A status was set; `first` is 1 for success and 0 for failure.
  ///
  /// The id is the deferrable's, the place the one that made it.
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

  /// Something was derived: by `map`, `all` and the like.
  public static let derivedArm = Self("derived", .arm, .arming)
  /// The body that derives begins to run: what was given to `map`, `flatMap` and the like.
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

  // swift-format-ignore
  /// An entry was added that is to be told of.
  @_effects(notEscaping self.**)
  @inline(never) @usableFromInline func noteArmed(
    _ kind: DeferralKind, _ serial: UInt64, _ file: StaticString, _ line: UInt
  ) {
    let origin = DeferralOrigin(id: EventLoop.newEventID(), file: file, line: line)
    guard origin.id != 0 else { return }
    deferral.more?.origins[serial] = origin
    noteEntry(kind.events.arm, origin)
  }

  // swift-format-ignore
  @_effects(notEscaping self.**)
  @inline(never) @usableFromInline func runObserved(
    _ next: DeferralItem, _ outcome: DeferralOutcome
  ) -> DeferralFrame? {
    let events = next.entry.kind.events
    // Its release may run user code, too, and comes after the end is told of.
    let closure = next.entry.closure.read(DeferralBody<Void>.self)
    defer { withExtendedLifetime(closure) {} }
    let origin = deferral.more?.origins.removeValue(forKey: next.serial)
    noteEntry(events.begin, origin)
    let frame = call(next.entry, outcome)
    noteEntry(events.end, origin)
    return frame
  }

  func noteCancelled(_ kind: DeferralKind, _ origin: DeferralOrigin?) {
    guard let origin else { return }
    noteEntry(kind.events.cancel, origin)
  }

  private func noteEntry(_ kind: LoopEvent.Kind, _ origin: DeferralOrigin?) {
    EventLoop.note(
      LoopEvent(
        kind, id: origin?.id ?? 0, file: origin?.file ?? "", line: origin?.line ?? 0, first: Int(deferral.id),
        label: deferral.more?.label))
  }
}

extension DeferralKind {
  /// The events in the life of an entry.
  ///
  /// Completions and derived ones have no number to cancel them by.
  var events: (arm: LoopEvent.Kind, cancel: LoopEvent.Kind, begin: LoopEvent.Kind, end: LoopEvent.Kind) {
    switch self {
    case .callback: (.callbackArm, .callbackCancel, .callbackBegin, .callbackEnd)
    case .errback: (.errbackArm, .errbackCancel, .errbackBegin, .errbackEnd)
    case .completion: (.completionArm, .completionEnd, .completionBegin, .completionEnd)
    case .derived, .none: (.derivedArm, .derivedEnd, .derivedBegin, .derivedEnd)
    }
  }
}

extension Deferral {
  mutating func setLabel(_ name: String) {
    if extras == nil { makeExtras() }
    more?.label = name
  }
}
