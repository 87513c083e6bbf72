// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

@Suite struct `The command line` {
  @Test func `lists the lessons, one a line, with their numbers`() {
    let result = Built.playground("list")
    #expect(result.status == 0 && result.errors == "")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == Course.all.count)
    #expect(lines.contains { $0.hasPrefix("05 chunking  ") && $0.hasSuffix("  Blocking vs chunking") })
  }

  @Test func `lists them as JSON`() throws {
    let lessons = try JSONValue(parsing: Built.playground("list", "--json").output).array
    #expect(lessons.map { $0["id"]?.string } == Course.all.map { $0.card.id })
    #expect(lessons.first?["actions"]?["s"]?.string == "stop the loop")
  }

  @Test(arguments: Course.all.map { $0.card.id }) func `shows the code, with and without numbers`(_ id: String) {
    let region = LessonText.region(of: lesson(id).card.file)
    let plain = Built.playground("show", id)
    #expect(plain.output == region.map { $0.text + "\n" }.joined())
    let numbered = Built.playground("show", id, "--numbers").output.split(separator: "\n")
    #expect(numbered.count == region.count)
    #expect(numbered.first?.hasPrefix("  \(region[0].number)  ") == true)
  }

  @Test func `finds a lesson by its number, too`() {
    #expect(Built.playground("show", "5") == Built.playground("show", "chunking"))
    #expect(Built.playground("show", "05") == Built.playground("show", "chunking"))
  }

  @Test func `F44 without arguments and without a terminal is as list, with a hint on standard error`() {
    let result = Built.shell("$P")
    #expect(result.status == 0)
    #expect(result.output == Built.playground("list").output)
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func `helps, and tells its version`() {
    for arguments in ["help", "--help", "-h"] {
      let result = Built.playground(arguments)
      #expect(result.status == 0 && result.output == HelpCommand.text + "\n")
    }
    #expect(HelpCommand.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(Built.playground("--version").output == "playground 0.1.0 (swift-reactor)\n")
  }

  @Test(arguments: [
    (["rum", "timers"], "playground: unknown command 'rum'. Did you mean playground run?"),
    (["timers"], "playground: unknown command 'timers'. Did you mean playground run timers?"),
    (["banana"], "playground: unknown command 'banana'. 'playground help' lists them."),
    (["run"], "playground run: run takes a lesson, or --all. 'playground list' lists them; try: playground run timers"),
    (["run", "timer"], "playground run: there is no lesson 'timer'. Did you mean timers?"),
    (["run", "99"], "playground run: there is no lesson '99'. 'playground list' lists them."),
    (["run", "timers", "--do", "z@1"], "playground run: lesson timers has no key 'z'. It has a, l, c."),
    (
      ["--ascii", "--record", "r"],
      "playground: --record goes with a command. For example: playground run timers --record r"
    ),
    (["screen", "timers", "--do", "z@1"], "playground: lesson timers has no key 'z'. It has a, l, c."),
    (["run", "timers", "--speedy"], "playground run: unknown option --speedy. Did you mean --speed?"),
    (["run", "timers", "loop", "--do", "a@1"], "playground run: --do goes with one lesson, and here are 2"),
    (["run", "--all", "timers"], "playground run: --all plays every lesson, so 'timers' is one too many"),
    (["show"], "playground: show takes one lesson. For example: playground show timers"),
    (["show", "tmers"], "playground: there is no lesson 'tmers'. Did you mean timers?"),
    (["list", "--jsn"], "playground: unknown option --jsn. Did you mean --json?"),
    (["list", "all"], "playground: list takes no argument, not 'all'"),
  ]) func `that is wrong exits with 2 and says what was meant`(_ arguments: [String], _ message: String) {
    let result = Built.shell("$P \(arguments.joined(separator: " "))")
    #expect(result == .init(status: 2, output: "", errors: message + "\n"))
  }

  @Test func `plays all lessons with a line for each`() {
    let result = Built.playground("run", "--all")
    #expect(result.status == 0 && result.errors == "")
    let lines = result.output.split(separator: "\n")
    #expect(lines.first == "1..\(Course.all.count)")
    #expect(lines.filter { $0.hasPrefix("ok ") }.count == Course.all.count)
    #expect(lines.last?.hasPrefix("# \(Course.all.count) lessons, ") == true)
  }

  @Test func `plays several lessons one after the other`() {
    let result = Built.playground("run", "timers", "spawn")
    #expect(result.status == 0)
    #expect(result.output == Built.playground("run", "timers").output + Built.playground("run", "spawn").output)
  }

  @Test func `--quiet leaves the verdict, --verbose adds waits, wall time and backend`() {
    let quiet = Built.playground("run", "timers", "--quiet").output
    #expect(quiet == "ok  timers  4 checks  max-callback=0.000 max-lag=0.000 turns=9\n")
    let verbose = Built.playground("run", "timers", "--verbose").output
    #expect(verbose.contains(" backend=") && verbose.contains("wait   for 0.500") && verbose.contains(" wall="))
    let usual = Built.playground("run", "timers").output
    #expect(!usual.contains("backend") && !usual.contains("wall") && !usual.contains("wait"))
  }

  @Test func `--for includes its end, --turns ends after that turn`() {
    let until = Built.playground("run", "chunking", "--do", "b@5.25", "--for", "8")
    #expect(until.status == 0)
    #expect(
      until.output.split(separator: "\n").suffix(6).map { $0.prefix(57).trimmed }
        == [
          "   5.250  turn 21   run    block 2.000",
          "!  7.250  turn 21   blocked 2.000 (limit 0.100)",
          "   7.250  turn 22   timer  t1  beat 22  late 1.750  missed 7".prefix(57).trimmed,
          "   7.500  turn 23   timer  t1  beat 23",
          "   7.750  turn 24   timer  t1  beat 24",
          "   8.000  turn 25   timer  t1  beat 25",
          "ok  chunking  3 checks  max-callback=2.000 max-lag=1.750 t".prefix(57).trimmed,
        ].suffix(6))
    let turns = Built.playground("run", "chunking", "--turns", "3").output.split(separator: "\n")
    #expect(turns.dropLast().last?.hasPrefix("   0.750  turn 3    timer  t1  beat 3") == true)
    #expect(turns.last == "ok  chunking  3 checks  max-callback=0.000 max-lag=0.000 turns=3")
  }

  @Test func `a lesson that is still alive at the guard time exits with 4 and tells what is`() {
    let idle = Built.playground("run", "loop", "--do", "i@1")
    #expect(idle.status == 4)
    #expect(idle.output.hasSuffix("#   still alive after 60.000:\n#     the loop itself: nobody called stop()\n"))
    let late = Built.playground("run", "periodic", "--do", "b@70")
    #expect(late.status == 4)
    #expect(late.output.hasSuffix("#     timer t1, due 60.250\n"))
  }

  @Test(arguments: [("INT", 130), ("TERM", 143)]) func `that is interrupted says so by its exit code`(
    _ signal: String, _ status: Int
  ) {
    // The header stands in the pipe when the loop waits for the first time: then the handler is there.
    let line = """
      mkfifo $D/out; $P run loop --speed 1 > $D/out & child=$!
      { read first; kill -\(signal) $child; cat > /dev/null; } < $D/out; wait $child
      """
    let result = Built.shell("D=$(mktemp -d); \(line); code=$?; rm -r $D; exit $code")
    #expect(result.status == status)
    #expect(result.errors == "")
  }

  @Test func `options come from the environment first`() {
    let result = Built.shell("$P run timers", ["PLAYGROUND_OPTS": "--quiet --turns 2", "TERM": "xterm"])
    #expect(result.output == "ok  timers  4 checks  max-callback=0.000 max-lag=0.000 turns=2\n")
  }

  @Test func `a file that can't be written is found out before the run`() {
    let result = Built.playground("run", "timers", "--trace", "/nowhere/trace.json")
    #expect(result.status == 3 && result.output == "")
    #expect(result.errors == "playground run: open /nowhere/trace.json: No such file or directory (ENOENT)\n")
    let full = Built.playground("run", "timers", "--quiet", "--record", "/dev/full")
    #expect(full.status == 3)
    #expect(full.errors.hasPrefix("playground run: write /dev/full: No space left on device"))
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension StringProtocol {
  fileprivate var trimmed: Substring { Substring(self).trimmed }
}
