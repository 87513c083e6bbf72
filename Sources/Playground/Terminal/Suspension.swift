// SPDX-License-Identifier: Apache-2.0

import Reactor

/// Stops the process as the shell's job, and takes the terminal again when it goes on.
///
/// **Facts.** Ctrl-Z is a key like any other here, since the terminal is raw. The process may also be stopped by a signal
/// that can't be caught, and go on in the background, where the terminal is the shell's. Where no shell could make it go
/// on, the kernel ignores the usual stop.
///
/// **The rule here.** Every SIGCONT takes the terminal anew, once it is ours: after a stop that we knew of, and after one
/// that we didn't. Where the usual stop was ignored, the other one is used.
final class Suspension {
  private unowned let screen: FullScreen
  private let loop: EventLoop
  private var stop: SignalWatch?
  private var goOn: SignalWatch?
  private(set) var isSuspended = false
  /// How often we went on: tells a late look that it was overtaken.
  private var resumptions = 0

  init(_ screen: FullScreen) {
    self.screen = screen
    loop = screen.loop
    watchStop()
    goOn = loop.onSignal(.continue) { [weak self] in self?.resume() }.label("continue")
  }

  func cancel() {
    stop?.cancel()
    goOn?.cancel()
  }

  /// Gives the terminal back and stops the job.
  func suspend() {
    guard !isSuspended, !screen.hasLeft else { return }
    isSuspended = true
    screen.interface.suspended()
    screen.giveWay()
    // Nobody may catch it now, ourselves included.
    stop?.cancel()
    JobControl.stopJob()
    look(afterwards: JobControl.stopProcess)
  }

  private func watchStop() { stop = loop.onSignal(.terminalStop) { [weak self] in self?.suspend() }.label("stop") }

  /// Looks, a little later, whether we went on: if nobody said so, we were never stopped.
  private func look(afterwards: @escaping () -> Void) {
    let seen = resumptions
    loop.addTimer(after: .milliseconds(100)) { [weak self] in
      // A signal that came while we were stopped is told in this turn's third step, and this is its second.
      self?.loop.nextTick {
        guard let self, self.isSuspended, self.resumptions == seen, !self.screen.hasLeft else { return }
        afterwards()
        // The first process of a container can't be stopped at all.
        self.look { self.resume() }
      }
    }
  }

  private func resume() {
    guard !screen.hasLeft else { return }
    resumptions += 1
    do {
      guard let device = screen.terminal.device else { return }
      try JobControl.waitForForeground(device.input)
      let wasSuspended = isSuspended
      isSuspended = false
      try screen.enter()
      guard wasSuspended else { return }
      watchStop()
      screen.interface.resumed()
    } catch {
      screen.leave(.hungUp)
    }
  }
}
