// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `What the sandbox echoes` {
  /// Every word that stands for Swift, in every form.
  ///
  /// Waits divide what would come in another order where all commands are said before the loop runs.
  private static let script = """
    every 1 tick
    after 0.5 "a \\"quoted\\" \\\\(text)"
    after 250ms grüße
    next hello
    wait 2.5
    cancel t1
    spawn q
    spawn p => q
    notify p hello
    wait 1ms
    yield q now:
    notify p again
    wait 1ms
    yield p => q
    notify p last
    wait 1ms
    deferrable d
    callback d A
    callback d B
    errback d no
    timeout d 3
    succeed d 42
    deferrable
    errback d1 E
    fail d1 broken
    deferrable d2
    timeout d2 100ms
    errback d2 E
    wait 1
    defer sleep 2
    callback j1 back
    defer fail 1 no luck
    defer sum 1000
    errback j3 no
    wait 3
    defer sleep 9
    cancel j4
    chunk 3 10ms
    callback c1 all
    errback c1 E
    wait 1
    chunk 3 10ms
    timeout c2 1
    wait 1
    block 2
    signal USR1
    wait 0.1
    signal USR1
    speed 10
    speed max
    after 1 end
    """

  @Test func `is a program that compiles and prints the same`() throws {
    let session = Built.shell("$P sandbox -c \"$SCRIPT\"", ["SCRIPT": Self.script])
    #expect(session.status == 0 && session.errors == "")
    let lines = session.output.split(separator: "\n").map(String.init)
    let program = lines.filter { $0.hasPrefix("   = ") }.map { $0.dropFirst(5) }.joined(separator: "\n")

    let result = Compiling.shell(
      """
      D=$(mktemp -d); cd $D; printf 'import Concurrency\\n%s\\n' "$PROGRAM" > main.swift
      compile main.swift; ./program; code=$?; rm -r $D; exit $code
      """, ["PROGRAM": program])
    #expect(result.errors == "", "\(program)")
    #expect(result.status == 0)
    let printed = result.output.split(separator: "\n").map(String.init)
    let kinds: Set = ["timer", "tick", "callback", "errback", "notify", "signal"]
    let logged = lines.filter { line in
      !line.hasPrefix("   = ") && kinds.contains { line.dropFirst(10).hasPrefix($0) }
    }
    #expect(printed.count > 20 && printed.count == logged.count)
    for (line, text) in zip(logged, printed) { #expect(line.contains("  \(text)") || line.hasSuffix(" \(text)")) }
  }

  /// What is printed, in a log and by a program.
  private static let kinds: Set = ["timer", "tick", "callback", "errback", "notify", "signal"]

  @Test(arguments: [
    (
      "every 1 tick; wait 2.5; after 250ms late; block 1; defer sleep 2; expect awake within 5; chunk 3 10ms; wait 1",
      10
    ),
    ("deferrable d; callback d got; after 1.5 x; wait 2; succeed d 42; expect \"got 42\"; defer sum 100", 0),
    ("spawn p; notify p hello; expect hello; speed 10; after 0.1 soon; expect soon within 1; speed max; next last", 0),
  ]) func `is exported as a program that runs through the session, and on`(_ script: String, _ more: Int) throws {
    let result = Compiling.shell(
      """
      D=$(mktemp -d); cd $D; $P sandbox -c "$SCRIPT; export made.swift; wait \(more); stop" > log || cat log >&2
      mv made.swift main.swift; compile main.swift; ./program > printed; echo $?; cat main.swift >&2
      grep -v '^   =' log; echo ---; cat printed; rm -r $D
      """, ["SCRIPT": script])
    let parts = result.output.split(separator: "---\n", omittingEmptySubsequences: false)
    let printed = parts[1].split(separator: "\n").map(String.init)
    let logged = parts[0].split(separator: "\n").filter { line in
      Self.kinds.contains { line.dropFirst(10).hasPrefix($0) }
    }
    #expect(parts[0].hasPrefix("0\n") && printed.count >= 2, "\(result.errors)")
    // What is still to come runs on to its end in the program.
    #expect(printed.count >= logged.count, "\(result.errors)")
    for (line, text) in zip(logged, printed) { #expect(line.contains("  \(text)") || line.hasSuffix(" \(text)")) }
  }

  @Test func `is exported to a file of Swift only`() {
    let result = Built.shell("$P sandbox --quiet -c 'next a; export session.txt'")
    #expect(
      result
        == .init(
          status: 2, output: "", errors: "-c:1: session.txt should end in .swift, since that is what it will be\n"))
    let full = Built.shell("$P sandbox --quiet -c 'next a; export /nowhere/x.swift'")
    #expect(
      full
        == .init(status: 2, output: "", errors: "-c:1: /nowhere/x.swift can't be written: No such file or directory\n"))
  }
}
