// SPDX-License-Identifier: Apache-2.0

import Reactor

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What a terminal does with what is typed and shown: line by line, or raw.
struct TerminalModes {
  var value = termios()

  /// Those that are set.
  static func current(of descriptor: CInt) throws(SystemError) -> TerminalModes {
    var modes = TerminalModes()
    try SystemError.check("tcgetattr", "descriptor \(descriptor)") { tcgetattr(descriptor, &modes.value) }
    return modes
  }

  /// Every byte comes as it was typed, and at once: no echo, no lines, no signals, no Ctrl-S, Ctrl-V or Ctrl-O.
  var raw: TerminalModes {
    var modes = self
    cfmakeraw(&modes.value)
    return modes
  }

  /// What a shell expects, wherever a program that was killed has left them: as `stty sane`.
  var sane: TerminalModes {
    var modes = self
    modes.value.c_iflag &= ~tcflag_t(IGNBRK | INLCR | IGNCR | IXOFF | ISTRIP | PARMRK)
    modes.value.c_iflag |= tcflag_t(BRKINT | ICRNL | IXON | IMAXBEL)
    modes.value.c_oflag |= tcflag_t(OPOST | ONLCR)
    modes.value.c_cflag |= tcflag_t(CREAD | CS8)
    modes.value.c_lflag &= ~(tcflag_t(ECHONL) | tcflag_t(NOFLSH) | tcflag_t(TOSTOP))
    modes.value.c_lflag |= tcflag_t(ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE)
    withUnsafeMutableBytes(of: &modes.value.c_cc) { keys in
      for (index, key) in [
        (VINTR, 3), (VQUIT, 28), (VERASE, 127), (VKILL, 21), (VEOF, 4), (VSTART, 17), (VSTOP, 19), (VSUSP, 26),
        (VMIN, 1), (VTIME, 0),
      ] as [(CInt, UInt8)] { keys[Int(index)] = key }
    }
    return modes
  }

  /// Sets them at once, without waiting for what is still to be shown: that might take for ever.
  func apply(to descriptor: CInt) throws(SystemError) {
    var value = value
    try SystemError.check("tcsetattr", "descriptor \(descriptor)") { tcsetattr(descriptor, TCSANOW, &value) }
  }
}
