// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `Where there is no terminal` {
  private static let invocations = ["list", "run timers", "run --all", "show loop", "help", "doctor", ""]

  @Test(arguments: invocations, ["", "< /dev/null", "<&-", "2>&-", "2> /dev/null", "<&- 2>&-"])
  func `F39 everything works and no escape is sent`(_ command: String, _ redirection: String) {
    let usual = Built.shell("$P \(command)")
    let result = Built.shell("$P \(command) \(redirection)")
    #expect(result.status == 0)
    #expect(!result.output.contains("\u{1B}"))
    if command != "doctor" { #expect(result.output == usual.output) }
  }

  @Test(arguments: ["TERM=dumb", "TERM=", "-u TERM", "ACCESSIBLE=1", "NO_COLOR=1", "LC_ALL=C", "-i"])
  func `the environment changes nothing`(_ change: String) {
    let usual = Built.shell("$P run pool")
    #expect(Built.shell("env \(change) $P run pool") == usual)
  }

  @Test(arguments: ["run --all", "run chunking spawn", "run pool --format jsonl", "list"])
  func `F40 a reader that has gone ends it silently`(_ command: String) {
    // Its status as the shell has it: killed by SIGPIPE, unless all was written before the reader went.
    let result = Built.shell("{ $P \(command); echo $? >&2; } | head -1")
    #expect(result.status == 0)
    #expect(result.output.split(separator: "\n").count == 1)
    #expect(["0\n", "141\n"].contains(result.errors))
    let gone = Built.shell("{ $P \(command); echo $? >&2; } | true")
    #expect(["0\n", "141\n"].contains(gone.errors))
  }

  @Test func `and so does one that has gone where SIGPIPE is ignored`() {
    // A pipe whose reader is gone before the first write.
    let result = Built.shell(
      """
      D=$(mktemp -d); mkfifo $D/p; exec 3<> $D/p 4> $D/p 3>&-; rm -r $D
      trap '' PIPE; $P run chunking >&4; echo $?; trap - PIPE; $P run chunking >&4; echo $?
      """)
    #expect(result.output == "141\n141\n")
    #expect(result.errors == "")
  }

  @Test(.enabled(if: contents(of: "/dev/null") != nil && isThere("/dev/full")), arguments: invocations)
  func `F40 a full disk is told on standard error, with exit code 3`(_ command: String) {
    let result = Built.shell("$P \(command) > /dev/full")
    #expect(result.status == 3 && result.output == "")
    #expect(result.errors.hasSuffix("playground: standard output can't be written: No space left on device\n"))
  }

  @Test(arguments: invocations) func `F39 a closed standard output is told, with exit code 3`(_ command: String) {
    for redirection in [">&-", "<&- >&-"] {
      let result = Built.shell("$P \(command) \(redirection)")
      #expect(
        result
          == .init(
            status: 3, output: "", errors: "playground: standard output is closed, so nothing could be shown\n"))
    }
    #expect(Built.shell("$P \(command) >&- 2>&-").status == 3)
  }

  @Test func `A10 standard output keeps its flags`() {
    // Whoever shares the open file would find it non-blocking.
    let result = Built.shell("{ $P list; $P run spawn; head -c 400000 /dev/zero; } | wc -c")
    let text = Built.shell("$P list; $P run spawn").output
    #expect(result.output.split(separator: " ").last == "\(400_000 + text.utf8.count)\n")
  }

  @Test func `--trace - leaves standard output to the trace`() throws {
    let result = Built.playground("run", "timers", "--trace", "-")
    #expect(result.status == 0)
    #expect(try JSONValue(parsing: result.output)["traceEvents"]?.array.isEmpty == false)
    #expect(result.errors == Built.playground("run", "timers").output)
  }

  @Test func `colours come only if they are forced`() {
    #expect(Built.shell("CLICOLOR_FORCE=1 $P run chunking --quiet").output.contains("\u{1B}[32mok"))
    #expect(Built.shell("$P run chunking --quiet --color always").output.contains("\u{1B}[32mok"))
    #expect(!Built.shell("CLICOLOR_FORCE=1 NO_COLOR=1 $P run chunking").output.contains("\u{1B}"))
    #expect(!Built.shell("CLICOLOR_FORCE=1 $P run chunking --color never").output.contains("\u{1B}"))
  }
}

@Suite struct `On a terminal` {
  @Test(arguments: [["TERM": "dumb"], [:], ["TERM": "xterm", "ACCESSIBLE": "1"], ["TERM": "xterm", "NO_COLOR": "1"]])
  func `F45 that is dumb, unknown, accessible or without colours no escape is sent`(_ environment: [String: String]) {
    for command in ["list", "show timers", "run timers --speed max", "doctor"] {
      let result = Built.shellOnTerminal("$P \(command)", environment)
      #expect(result.status == 0)
      #expect(!result.output.isEmpty && !result.output.contains("\u{1B}"))
    }
  }

  @Test func `a run begins with what to read and ends with the answer`() {
    let result = Built.shellOnTerminal("$P run timers --speed max", ["TERM": "xterm", "NO_COLOR": "1"])
    let lines = result.output.split(separator: "\r\n", omittingEmptySubsequences: false)
    let card = lesson("timers").card
    #expect(lines.dropFirst().first.map { $0.hasSuffix(card.text.prefix(40)) || $0.contains("A timer runs") } == true)
    #expect(lines.filter { $0.contains(card.question.text) }.count == 2)
    #expect(lines.dropLast().last == "    2  \(card.question.options[1])")
    #expect(lines.allSatisfy { $0.count <= 80 })
  }

  @Test func `colours are those of the terminal's own sixteen`() {
    let result = Built.shellOnTerminal("$P run chunking --speed max", ["TERM": "xterm"])
    let codes = result.output.split(separator: "\u{1B}[").dropFirst().map { $0.prefix { $0 != "m" } }
    #expect(!codes.isEmpty)
    #expect(Set(codes).isSubset(of: ["0", "1", "31", "32", "36"]))
  }
}

private func isThere(_ path: String) -> Bool { Built.shell("test -e \(path)").status == 0 }
