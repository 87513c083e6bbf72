// SPDX-License-Identifier: Apache-2.0

extension EventLoop {
  /// Runs `operation` on a thread of a pool, and hands its result to `callback`, or its error to `errback`, on this loop.
  ///
  /// For work that blocks or takes long: the loop goes on meanwhile. The operation crosses threads, so it is
  /// `@Sendable`; what it returns need not be, if nobody else holds it. The two callbacks stay on the loop and may
  /// capture anything. Exactly one of them runs, once, and never before this call has returned: for an operation that
  /// has run, as an arrival (step 4 of a turn). Neither runs if the loop closes first.
  ///
  /// ```swift
  /// loop.defer {
  ///   2 + 2
  /// } callback: { count in
  ///   print("2 + 2 == \(count)")
  /// }
  /// ```
  ///
  /// An error that neither the errback nor another listener of the job takes is reported as ``LostDeferrable``. If the
  /// pool's queue is full, or the pool is shut down, the job fails with ``DeferPool/Rejection`` in a later turn.
  ///
  /// While the loop is stopping the operation is dropped, as closing drops what waits in the queue.
  ///
  /// In EventMachine this is `EM.defer`.
  @discardableResult @inlinable
  public func `defer`<Value>(
    on pool: DeferPool = .shared, file: StaticString = #fileID, line: UInt = #line,
    _ operation: consuming @escaping @Sendable () throws -> sending Value,
    callback: consuming ((Value) -> Void)? = nil, errback: consuming ((any Error) -> Void)? = nil
  ) -> DeferredJob<Value> {
    submit(to: pool, file, line, operation, callback, errback)
  }

  /// The same for an operation that is a stored function, whose result is `Sendable`.
  @discardableResult @inlinable
  // Disfavored, not the other one: a type that isn't Sendable doesn't make the compiler try the next overload.
  @_disfavoredOverload
  public func `defer`<Value: Sendable>(
    on pool: DeferPool = .shared, file: StaticString = #fileID, line: UInt = #line,
    _ operation: consuming @escaping @Sendable () throws -> Value,
    callback: consuming ((Value) -> Void)? = nil, errback: consuming ((any Error) -> Void)? = nil
  ) -> DeferredJob<Value> {
    submit(to: pool, file, line, operation, callback, errback)
  }

  @inlinable func submit<Value>(
    to pool: DeferPool, _ file: StaticString, _ line: UInt,
    _ operation: consuming @escaping @Sendable () throws -> Value, _ callback: consuming ((Value) -> Void)?,
    _ errback: consuming ((any Error) -> Void)?
  ) -> DeferredJob<Value> {
    let job = DeferredJob<Value>(file, line)
    // Closing takes jobs out of their queue; one that comes late in it must not live on into the next run.
    guard !isStopping else {
      job.endQuietly()
      return job
    }
    if let callback { job.callback(file: file, line: line, callback) }
    if let errback { job.errback(file: file, line: line, errback) }
    let work = job.begin(on: self, pool, file, line, operation)
    note(LoopEvent(.jobArm, id: work.id, file: file, line: line, first: Int(job.deferral.id)))
    pool.accept(work, from: self)
    return job
  }
}

extension LoopEvent.Kind {
  /// A job was handed to a pool; `first` is the id that its status and its callbacks have, as a deferrable.
  public static let jobArm = Self("job", .arm, .jobs)
  /// A worker begins a job; the lane tells which.
  public static let jobBegin = Self("job", .begin, .jobs)
  /// It has ended; `first` is 0 for a value, 1 for an error, 2 for a cancellation.
  public static let jobEnd = Self("job", .end, .jobs)
}
