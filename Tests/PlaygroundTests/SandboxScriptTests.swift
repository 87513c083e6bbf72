// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

private let head = """
  # sandbox    clock=virtual speed=max pool=20
     = let loop = EventLoop.virtual()

  """

@Suite struct `A script of the sandbox` {
  /// Issue 3, must be true 9.
  static let script = #"every 1 tick\nafter 3.5 BOOM\nwait 4.2\nstop\n"#
  static let output =
    head + """
         = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print("tick") }
         = let t2 = loop.addTimer(after: .seconds(3.5)) { print("BOOM") }
         = try loop.run(for: .seconds(4.2))
         1.000  timer  t1  tick
         2.000  timer  t1  tick
         3.000  timer  t1  tick
         3.500  timer  t2  BOOM
         4.000  timer  t1  tick
         = loop.stop()
      ok  sandbox

      """

  @Test(arguments: [
    "printf '\(script)' | $P sandbox",
    "printf '\(script)' | $P sandbox -",
    "printf '\(script)' > $D/script; $P sandbox $D/script",
    "printf '\(script)' > $D/script; $P sandbox < $D/script",
    "printf '\(script)' | tr -d '\\n' > $D/x; $P sandbox -c \"$(printf '\(script)')\"",
    "mkfifo $D/fifo; printf '\(script)' > $D/fifo & $P sandbox $D/fifo",
    "mkfifo $D/fifo; printf '\(script)' > $D/fifo & $P sandbox < $D/fifo",
    "$P sandbox <<END\n$(printf '\(script)')\nEND",
    "printf '\(script)' | sed 's/$/\\r/' | $P sandbox",
    "printf 'every 1 tick; after 3.5 BOOM;wait 4.2 ;stop' | $P sandbox",
    "printf '# all in one\\n\\n  every 1 \"tick\" # here\\nafter 3500ms BOOM\\nwait 4.2s\\nstop\\nnonsense' | $P sandbox",
  ]) func `F41 prints the ticks and the BOOM at their times, wherever it comes from`(_ line: String) {
    let result = Built.shell("D=$(mktemp -d)\n\(line)\ncode=$?; rm -r $D; exit $code")
    #expect(result == .init(status: 0, output: Self.output, errors: ""))
  }

  @Test func `F41 is the same in pieces of a byte, and however slowly it is written`() {
    let sandbox = Conversation.throughPipes("sandbox")
    for character in "every 1 tick\nafter 3.5 BOOM\n" { sandbox.write(String(character)) }
    #expect(sandbox.hears("BOOM\") }\n"))
    sandbox.write("wait 4")
    sandbox.write(".2\n")
    // Time moves while it waits, and stands still at the prompt again.
    #expect(sandbox.hears("4.000  timer  t1  tick\n"))
    sandbox.write("stop")
    #expect(sandbox.end() == .init(status: 0, output: Self.output, errors: ""))
  }

  @Test func `does at each command what it does in one piece`() {
    let script = "spawn p; notify p a\nnext b\ndefer sum 3\ndeferrable d\ncallback d c\nsucceed d 1\n"
    let whole = Built.shell("printf '\(script)' | $P sandbox")
    let sandbox = Conversation.throughPipes("sandbox")
    for (line, answer) in zip(
      script.split(separator: "\n"), ["got a", "b\n", "sum is 6", "String, Oops>", "c \\(", "c 1"])
    {
      sandbox.write(line + "\n")
      #expect(sandbox.hears(answer))
    }
    #expect(sandbox.end() == whole)
  }

  @Test(arguments: [
    "$P sandbox < /dev/null", "$P sandbox <&-", "$P sandbox /dev/null", "$P sandbox -c ''", "$P sandbox -c '# nothing'",
  ])
  func `F41 may be empty`(_ line: String) {
    #expect(
      Built.shell(line) == .init(status: 0, output: head + "   = try loop.run(until: .idle)\nok  sandbox\n", errors: "")
    )
  }

  @Test(arguments: [
    ("evry 2 x", #"1: unknown word "evry". Did you mean: every?"#),
    ("succed d 42", #"1: unknown word "succed". Did you mean: succeed?"#),
    ("xyzzy", #"1: unknown word "xyzzy". `help` lists all there are"#),
    ("next a\\n\\n# c\\nnext b; nxt c", #"4: unknown word "nxt". Did you mean: next?"#),
    ("every", "1: every needs a time. Write it so: every TIME TEXT, as in: every 1 tick"),
    ("every 1", "1: every needs a text. Write it so: every TIME TEXT, as in: every 1 tick"),
    (
      "every soon tick",
      #"1: "soon" is no time: write seconds, as 2 or 0.5, or a number with ms, s or m, as 250ms; at most nine decimals"#
    ),
    (
      "every -1 tick",
      #"1: "-1" is no time: write seconds, as 2 or 0.5, or a number with ms, s or m, as 250ms; at most nine decimals"#
    ),
    ("every 0 tick", "1: every 0 would print in each turn for ever: take 1ms or more"),
    ("wait 1 2", #"1: "2" is one word too many. Write it so: wait TIME, as in: wait 2.5"#),
    ("next \"a", "1: the quote that opens at column 6 is never closed"),
    ("cancel t1", #"1: there is no timer, job, chunk or process "t1". `ps` lists what there is"#),
    ("every 1 a; cancel t2", #"1: there is no timer, job, chunk or process "t2". Did you mean: t1?"#),
    ("deferrable d; cancel d", "1: d is a deferrable, which can't be cancelled: succeed it or fail it"),
    ("deferrable d; spawn d", "1: d is the name of a deferrable already: take another one"),
    ("deferrable d; notify d x", "1: d is a deferrable, and this takes a process"),
    ("defer sleep 1; succeed j1", "1: j1 is a job, whose outcome comes by itself; `cancel j1` gives it up"),
    ("spawn class", #"1: "class" can't be a name: take up to 24 letters and digits, and no word of Swift's"#),
    ("spawn p => q", #"1: there is no process "q". `ps` lists what there is"#),
    ("defer slep 1", #"1: defer can't "slep": it knows sleep, fail and sum. Did you mean: defer sleep?"#),
    ("defer sum many", #"1: "many" is no number: defer needs a number, 1 or more"#),
    ("defer sum 9999999999", "1: 9999999999 is too much for defer: 1000000000 at most"),
    ("signal KILL", #"1: signal can't raise "KILL": it knows USR1, USR2, WINCH, CHLD, CONT, ALRM"#),
    ("speed 11", #"1: "11" is no speed: take a number from 0.1 to 10, or max"#),
    ("log maybe", #"1: log is on or off, not "maybe""#),
    ("load /nowhere", "1: /nowhere can't be read: No such file or directory"),
    ("save /nowhere/x", "1: /nowhere/x can't be written: No such file or directory"),
    ("help evry", #"1: unknown word "evry". Did you mean: every?"#),
  ]) func `that is wrong says where and what, and exits with 2`(_ script: String, _ message: String) {
    let result = Built.shell("printf '\(script)\\n' | $P sandbox --quiet")
    #expect(result == .init(status: 2, output: "", errors: "stdin:\(message)\n"))
  }

  @Test func `names its file and line`() {
    let result = Built.shell(
      "D=$(mktemp -d); cd $D; printf 'next a\\nevry 1 x\\n' > demo; $P sandbox demo; code=$?; rm -r $D; exit $code")
    #expect(result.status == 2)
    #expect(result.errors == "demo:2: unknown word \"evry\". Did you mean: every?\n")
    #expect(result.output == head + "   = loop.nextTick { print(\"a\") }\n   0.000  tick   a\n")
    #expect(Built.playground("sandbox", "-c", "evry").errors == "-c:1: unknown word \"evry\". Did you mean: every?\n")
  }

  @Test func `F41 of a megabyte in one line is a script, too; one with NULs isn't`() {
    let long = Built.shell(
      "{ printf 'next '; head -c 1000000 /dev/zero | tr '\\0' x; } | $P sandbox --color never | wc -c")
    #expect(long.errors == "")
    #expect(Int(long.output.split(separator: "\n")[0].split(separator: " ")[0]).map { $0 > 2_000_000 } == true)
    let zeros = Built.shell("printf 'next a\\nnext b\\0c\\n' | $P sandbox --quiet")
    #expect(
      zeros == .init(status: 2, output: "", errors: "stdin:2: there is a NUL byte at column 7: this is no text\n"))
    let endless = Built.shell("$P sandbox --quiet < /dev/zero")
    #expect(
      endless == .init(status: 2, output: "", errors: "stdin:1: the line is longer than 4 MiB: is this a script?\n"))
  }

  @Test func `may have any number of commands at one instant`() {
    let result = Built.shell("yes 'next a' | head -6000 | $P sandbox --quiet")
    #expect(result == .init(status: 0, output: "ok  sandbox\n", errors: ""))
  }

  @Test func `that can't be read exits with 3`() {
    let missing = Built.playground("sandbox", "/nowhere")
    #expect(
      missing
        == .init(
          status: 3, output: "", errors: "playground sandbox: open /nowhere: No such file or directory (ENOENT)\n"))
    let folder = Built.playground("sandbox", "--quiet", "/")
    #expect(folder == .init(status: 3, output: "", errors: "playground sandbox: / can't be read: Is a directory\n"))
  }

  @Test func `with a closed or full standard output exits with 3`() {
    let closed = Built.shell("$P sandbox -c 'next a' >&-")
    #expect(
      closed
        == .init(status: 3, output: "", errors: "playground: standard output is closed, so nothing could be shown\n"))
    let full = Built.shell("test -e /dev/full || exit 3; $P sandbox -c 'next a' > /dev/full")
    #expect(full.status == 3)
    #expect(["", "playground: standard output can't be written: No space left on device\n"].contains(full.errors))
  }

  @Test func `ends silently when its reader has gone`() {
    let result = Built.shell("yes 'next a' | $P sandbox | head -1")
    #expect(result == .init(status: 0, output: "# sandbox    clock=virtual speed=max pool=20\n", errors: ""))
  }

  @Test func `that leaves something alive exits with 4 and lists it`() {
    let script = "every 1 tick; after 100 late; defer sleep 200; spawn p; deferrable d; timeout d 80"
    let result = Built.playground("sandbox", "--for", "2", "-c", "log off; \(script)")
    #expect(result.status == 4 && result.errors == "")
    #expect(
      result.output.hasSuffix(
        """
        alive  sandbox
        #   still alive after 2.000:
        #     t1   timer       every 1 s, fired 2 times
        #     t2   timer       once, at 100.000
        #     j1   job         not back yet
        #     d    deferrable  no outcome yet
        #   `stop` as the last command ends them

        """))
    // The default guard is 60 s, and what is due then still runs.
    let default60 = Built.playground("sandbox", "-c", "every 1 tick")
    #expect(default60.status == 4)
    #expect(default60.output.contains("\n  60.000  timer  t1  tick\nalive  sandbox\n"))
    // What comes to an end by itself is waited for, and stop says that all is well.
    #expect(Built.playground("sandbox", "-c", "after 59 x; defer sleep 60; chunk 100 1").status == 0)
    #expect(Built.playground("sandbox", "-c", "every 1 tick; stop").status == 0)
  }

  @Test func `whose messages go round in a circle ends, and says so`() {
    let result = Built.playground("sandbox", "--quiet", "-c", "spawn p; spawn q => p; yield p => q; notify p x")
    #expect(result.status == 4)
    #expect(
      result.errors
        == "playground sandbox: 10000 turns went by at 0.000 and time could not move: does a message go round in a circle?\n"
    )
  }

  @Test func `expects what was printed since the last expect`() {
    let good = Built.playground(
      "sandbox", "--quiet", "-c",
      #"every 1 tick; expect tick within 1; expect "tick" within 1s; wait 2; expect tick; expect tick; deferrable d; callback d got-it; succeed d 42; expect "got-it 42" within 0"#
        + "; defer sum 4; expect sum is 10 within 1; stop")
    #expect(good == .init(status: 0, output: "ok  sandbox  6 expectations\n", errors: ""))
    let late = Built.shell("printf 'after 1 a\\nafter 2 b\\nexpect b within 1.9\\nnext never' | $P sandbox --quiet")
    #expect(late.status == 1 && late.output == "not ok  sandbox\n")
    #expect(late.errors == "stdin:3: \"b\" was expected within 1.900 s, but all that was printed is:\n  a\n")
    let exact = Built.playground("sandbox", "--quiet", "-c", "after 2 b; expect b within 2; next c; expect c")
    #expect(exact.output == "ok  sandbox  2 expectations\n")
    let nothing = Built.playground("sandbox", "--quiet", "-c", "expect x within 1")
    #expect(nothing.errors == "-c:1: \"x\" was expected within 1.000 s, but nothing was printed\n")
    let much = Built.playground("sandbox", "--quiet", "-c", "every 1 tick; wait 9; expect tock; stop")
    #expect(much.errors.split(separator: "\n").count == 6)
  }

  @Test func `loads others, saves itself and traces`() throws {
    let result = Built.shell(
      """
      D=$(mktemp -d); cd $D; printf 'next inner\\n' > inner
      $P sandbox -c 'load inner; every 1 tick; wait 2.5; next "a b"; ps; trace t.json; save s; stop'
      echo ---; cat s; echo ---; $P sandbox --quiet s; head -c 1 t.json; rm -r $D
      """)
    #expect(result.errors == "")
    #expect(
      result.output == head + """
           = loop.nextTick { print("inner") }
           0.000  tick   inner
           = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print("tick") }
           = try loop.run(for: .seconds(2.5))
           1.000  timer  t1  tick
           2.000  timer  t1  tick
           = loop.nextTick { print("a b") }
           2.500  tick   a b
           t1   timer       every 1 s, fired 2 times
           traced to t.json
           saved 4 commands to s
           = loop.stop()
        ok  sandbox
        ---
        load inner
        every 1 tick
        wait 2.5
        next "a b"
        ---

        """ + "alive  sandbox\n#   still alive after 60.000:\n#     t1   timer       every 1 s, fired 62 times\n"
        + "#   `stop` as the last command ends them\n{")
    let loop = Built.shell(
      "D=$(mktemp -d); cd $D; echo 'load me' > me; $P sandbox --quiet me; code=$?; rm -r $D; exit $code")
    #expect(
      loop
        == .init(
          status: 2, output: "", errors: "me:1: me would be the 16th script inside a script: does one load itself?\n"))
    let inner = Built.shell(
      "D=$(mktemp -d); cd $D; printf 'next a\\nnxt' > in; echo 'load in' | $P sandbox --quiet; code=$?; rm -r $D; exit $code"
    )
    #expect(inner == .init(status: 2, output: "", errors: "in:2: unknown word \"nxt\". Did you mean: next?\n"))
  }

  @Test func `has the options of run`() throws {
    let result = Built.shell(
      """
      D=$(mktemp -d); cd $D
      $P sandbox --trace t.json --record r.jsonl --format jsonl -c 'after 1 x; ps' > out; tail -1 out
      cmp out r.jsonl && echo same; cat t.json; rm -r $D
      """)
    let lines = result.output.split(separator: "\n", maxSplits: 2).map(String.init)
    #expect(lines[0].hasPrefix(#"{"verdict":"ok","expectations":0,"turns":"#) && lines[1] == "same")
    #expect(try JSONValue(parsing: lines[2])["traceEvents"]?.array.isEmpty == false)
    let toOutput = Built.playground("sandbox", "--trace", "-", "-c", "after 1 x")
    #expect(try JSONValue(parsing: toOutput.output)["traceEvents"]?.array.isEmpty == false)
    #expect(toOutput.errors.hasSuffix("   1.000  timer  t1  x\nok  sandbox\n"))
    let verbose = Built.playground("sandbox", "--verbose", "-c", "after 1 x").output
    #expect(verbose.contains("turn 1    arm    t1  due 1.000\n") && verbose.contains("  timer  t1  x\n"))
    let turns = Built.playground("sandbox", "--quiet", "--verbose", "--turns", "7", "-c", "every 1 x")
    #expect(turns == .init(status: 0, output: "ok  sandbox  turns=7\n", errors: ""))
    #expect(Built.playground("sandbox", "--color", "always", "-c", "next a").output.contains("\u{1B}[36m"))
  }

  @Test(arguments: [
    (["--spede", "1"], "unknown option --spede. Did you mean --speed?"),
    (["--do", "b@1"], "sandbox knows no keys, so there is no --do b. Say it in a command."),
    (
      ["-c", "next a", "file"],
      "sandbox takes one script: a file, or -c and commands. Without either it reads standard input."
    ),
    (["-c"], "-c needs a value"),
  ]) func `whose command line is wrong exits with 2`(_ arguments: [String], _ message: String) {
    let line = arguments.map { "'\($0)'" }.joined(separator: " ")
    #expect(
      Built.shell("$P sandbox \(line)") == .init(status: 2, output: "", errors: "playground sandbox: \(message)\n"))
  }

  @Test(arguments: [("INT", 130), ("TERM", 143)]) func `that is interrupted says so by its exit code`(
    _ signal: String, _ status: Int
  ) {
    let sandbox = Conversation.throughPipes("sandbox", "--speed", "1")
    #expect(sandbox.hears("speed = 1\n"))
    sandbox.write("every 0.01 tick\n")
    #expect(sandbox.hears("timer  t1  tick"))
    sandbox.raise(signal)
    #expect(sandbox.end().status == status)
  }
}
