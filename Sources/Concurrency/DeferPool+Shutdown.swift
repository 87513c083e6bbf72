// SPDX-License-Identifier: Apache-2.0

extension DeferPool {
  /// How a pool is shut down.
  public enum Shutdown: Sendable {
    /// What is queued still runs.
    case drain
    /// What is queued is dropped, and fails with `CancellationError` in a later turn of its loop; what runs gets its flag
    /// set (``DeferPool/isCancelled``).
    case cancel
  }

  /// What a shutdown found.
  public struct ShutdownReport: Sendable, Equatable {
    /// Queued jobs that were dropped; not those of virtual loops, which are dropped where their loop waits next.
    public internal(set) var dropped = 0
    /// Jobs that still ran at the deadline: their threads go on until they end, and their outcome is handed over if its
    /// loop is still there.
    public internal(set) var abandoned = 0
    /// Jobs that still waited at the deadline of `.drain`: they run later, unless a `.cancel` drops them.
    public internal(set) var queued = 0
  }

  /// Takes no more jobs, and waits until the threads have ended, at most for `limit`.
  ///
  /// What still runs or waits then is left to the threads, and counted in the report.
  /// It blocks the calling thread: on a loop's own thread outcomes come home only after it has returned. Jobs of virtual
  /// loops are not waited for, since they run only while their loop waits. It may be called again, for instance with
  /// `.cancel` after `.drain`.
  ///
  /// Jobs submitted later fail with ``Rejection/shutDown``. The shared pool can be shut down, too, and stays so.
  @discardableResult
  public func shutdown(_ shutdown: Shutdown = .drain, within limit: Duration? = nil) -> ShutdownReport {
    var report = ShutdownReport()
    for work in closeCrew(shutdown) {
      report.dropped += 1
      work.drop(with: CancellationError())
    }
    (report.abandoned, report.queued) = waitForCrew(limit)
    return report
  }
}
