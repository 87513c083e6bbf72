// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Lessons

/// `playground` in a terminal: the course, full screen.
enum FullScreenCommand {
  /// Whether the terminal of this process can show it.
  static func fits(_ terminal: Terminal, _ options: Options) -> Bool {
    terminal.isInteractive && !terminal.isDumb && !terminal.isAccessible && !options.isPlain
  }

  /// Runs the interface until somebody leaves it; `first` is what stands on the pile.
  static func run(_ options: Options, output: Output, _ first: (App) -> [any Screen]) -> ExitCode {
    let terminal = Terminal.detect()
    let session = TerminalSession(
      terminal, usesColor: terminal.usesColor(options.color), isASCII: options.isASCII || terminal.needsASCII)
    session.size = options.size
    do {
      let loop = try EventLoop(.init(name: "interface"))
      let app = App(loop: loop, options: options)
      for screen in first(app) { app.push(screen) }
      let code = try FullScreen(loop: loop, terminal: session, interface: app).run()
      if let complaint = app.takeComplaint() { output.tell("playground: \(complaint)") }
      return app.afterwards?() ?? code
    } catch {
      output.tell("playground: the full screen can't be shown: \(error)")
      return .environment
    }
  }

  /// The course.
  static func run(_ options: Options, output: Output) -> ExitCode {
    run(options, output: output) { [HomeScreen($0)] }
  }
}
