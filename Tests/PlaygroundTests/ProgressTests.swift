// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `Progress through the lessons` {
  /// A folder of its own for each test.
  private func withFolder(_ body: (String) throws -> Void) rethrows {
    let folder = Built.shell("printf %s $(mktemp -d)").output
    defer { _ = Built.shell("rm -r \(folder)") }
    try body(folder)
  }

  private func load(_ variables: [String: String]) -> Progress { Progress { variables[$0] } }

  private func text(_ folder: String) -> String? {
    contents(of: "\(folder)/reactor-playground/progress").map { String(decoding: $0, as: UTF8.self) }
  }

  @Test func `is kept in a line for each lesson that isn't new`() {
    withFolder { folder in
      var progress = load(["XDG_STATE_HOME": folder])
      #expect(progress.state(of: "pool") == .new && text(folder) == nil)
      progress.mark("pool", .started)
      progress.mark("chunking", .done)
      progress.mark("pool", .done)
      #expect(text(folder) == "pool done\nchunking done\n")
      let again = load(["XDG_STATE_HOME": folder])
      #expect(again.state(of: "pool") == .done && again.state(of: "loop") == .new)
      #expect(progress.takeComplaint() == nil)
    }
  }

  @Test func `never goes back`() {
    withFolder { folder in
      var progress = load(["XDG_STATE_HOME": folder])
      progress.mark("pool", .done)
      progress.mark("pool", .started)
      progress.mark("pool", .new)
      #expect(progress.state(of: "pool") == .done && text(folder) == "pool done\n")
    }
  }

  @Test func `keeps the lines that it doesn't know`() {
    withFolder { folder in
      _ = Built.shell(
        "mkdir \(folder)/reactor-playground; printf '# mine\\npool half\\nloop started' > \(folder)/reactor-playground/progress"
      )
      var progress = load(["XDG_STATE_HOME": folder])
      #expect(progress.state(of: "pool") == .new && progress.state(of: "loop") == .started)
      progress.mark("loop", .done)
      progress.mark("pool", .started)
      #expect(text(folder) == "# mine\npool half\nloop done\npool started\n")
    }
  }

  @Test func `lies below HOME if nothing else is said`() {
    withFolder { folder in
      var progress = load(["HOME": folder, "XDG_STATE_HOME": "relative/is/ignored"])
      progress.mark("loop", .started)
      #expect(text("\(folder)/.local/state") == "loop started\n")
    }
  }

  @Test func `F46 of two copies at the same time loses nothing`() {
    withFolder { folder in
      // Both loaded before either has written.
      var (one, two) = (load(["HOME": folder]), load(["HOME": folder]))
      one.mark("loop", .done)
      two.mark("pool", .started)
      one.mark("pool", .done)
      two.mark("timers", .started)
      #expect(text("\(folder)/.local/state") == "loop done\npool done\ntimers started\n")
      #expect(two.state(of: "loop") == .done)
    }
  }

  @Test func `of many writers at once loses nothing`() async {
    let folder = Built.shell("printf %s $(mktemp -d)").output
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 {
        group.addTask {
          var progress = Progress { $0 == "HOME" ? folder : nil }
          for lesson in 0..<5 { progress.mark("lesson\(lesson)-\(number)", .started) }
        }
      }
    }
    #expect(text("\(folder)/.local/state")?.split(separator: "\n").count == 40)
    #expect(Built.shell("ls \(folder)/.local/state/reactor-playground; rm -r \(folder)").output == "lock\nprogress\n")
  }

  @Test func `F46 that can't be kept works all the same, and says so once`() {
    var progress = load(["HOME": "/dev/null"])
    progress.mark("loop", .done)
    #expect(progress.state(of: "loop") == .done)
    #expect(progress.takeComplaint() == "progress isn't kept: mkdir /dev/null: File exists (EEXIST)")
    progress.mark("pool", .done)
    #expect(progress.takeComplaint() == nil)
    var homeless = load([:])
    #expect(homeless.takeComplaint() == "progress isn't kept: neither HOME nor XDG_STATE_HOME says where")
    homeless.mark("loop", .done)
    #expect(homeless.state(of: "loop") == .done && homeless.takeComplaint() == nil)
  }

  @Test func `is not written where CI is set`() {
    withFolder { folder in
      var progress = load(["HOME": folder, "CI": "true"])
      progress.mark("loop", .done)
      #expect(progress.state(of: "loop") == .done && progress.takeComplaint() == nil)
      #expect(text("\(folder)/.local/state") == nil)
    }
  }

  @Test func `is forgotten by reset --progress`() {
    withFolder { folder in
      var progress = load(["HOME": folder])
      progress.mark("loop", .done)
      let result = Built.shell("$P reset --progress", ["HOME": folder])
      #expect(result == .init(status: 0, output: "All lessons are new again.\n", errors: ""))
      #expect(text("\(folder)/.local/state") == nil && load(["HOME": folder]).state(of: "loop") == .new)
      #expect(Built.shell("$P reset --progress", ["HOME": folder]).status == 0)
    }
  }

  @Test func `stays as it is where a lesson runs as text`() {
    withFolder { folder in
      #expect(Built.shell("$P run loop; $P run --all", ["HOME": folder]).status == 0)
      #expect(text("\(folder)/.local/state") == nil)
    }
  }
}
