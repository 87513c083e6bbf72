// SPDX-License-Identifier: Apache-2.0

import Concurrency
import Testing

@testable import playground

/// What a session says on standard output after its two first lines, which are always the same.
private func said(_ script: String, _ options: String = "") -> [String] {
  let result = Built.shell("$P sandbox \(options) -c \"$SCRIPT\"", ["SCRIPT": script])
  let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  #expect(result.errors == "" && result.status == 0)
  #expect(lines.prefix(2) == ["# sandbox    clock=virtual speed=max pool=20", "   = let loop = EventLoop.virtual()"])
  #expect(lines.suffix(2) == ["ok  sandbox", ""])
  // At the end of a script the loop runs until it is idle, unless the script has stopped it.
  return lines.dropFirst(2).dropLast(2).filter { $0 != "   = try loop.run(until: .idle)" }
}

@Suite struct `A word of the sandbox` {
  @Test func `every prints on a grid until it is cancelled`() {
    #expect(
      said("every 1 tick; wait 2.5; cancel t1; wait 2") == [
        "   = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print(\"tick\") }",
        "   = try loop.run(for: .seconds(2.5))",
        "   1.000  timer  t1  tick",
        "   2.000  timer  t1  tick",
        "   = t1.cancel()",
        "   2.500  cancel t1",
        "   = try loop.run(for: .seconds(2))",
      ])
  }

  @Test func `after prints once, in order of time, ties as armed`() {
    #expect(
      said("after 0.5 b; after 250ms a; after 0.5 \"c d\"") == [
        "   = let t1 = loop.addTimer(after: .milliseconds(500)) { print(\"b\") }",
        "   = let t2 = loop.addTimer(after: .milliseconds(250)) { print(\"a\") }",
        "   = let t3 = loop.addTimer(after: .milliseconds(500)) { print(\"c d\") }",
        "   0.250  timer  t2  a",
        "   0.500  timer  t1  b",
        "   0.500  timer  t3  c d",
      ])
  }

  @Test func `next runs before the next command`() {
    #expect(
      said("next one word; next two") == [
        "   = loop.nextTick { print(\"one word\") }",
        "   0.000  tick   one word",
        "   = loop.nextTick { print(\"two\") }",
        "   0.000  tick   two",
      ])
  }

  @Test func `cancel all cancels what is there, and only that`() {
    #expect(
      said("every 1 a; after 9 b; spawn p; deferrable d; cancel all; cancel all") == [
        "   = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print(\"a\") }",
        "   = let t2 = loop.addTimer(after: .seconds(9)) { print(\"b\") }",
        "   = let p = loop.spawn { (text: String) in print(\"p got \\(text)\") }",
        "   = struct Oops: Error, CustomStringConvertible { let description: String }",
        "   = let d = DefaultDeferrable<String, Oops>()",
        "   = t1.cancel()",
        "   0.000  cancel t1",
        "   = t2.cancel()",
        "   0.000  cancel t2",
        "   = p.cancel()",
        "   There is nothing to cancel.",
      ])
  }

  @Test func `block makes a timer late and skips what it missed`() {
    #expect(
      said("every 1 tick; wait 0.5; block 2; wait 1; stop") == [
        "   = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print(\"tick\") }",
        "   = try loop.run(for: .milliseconds(500))",
        "   = loop.block(for: .seconds(2))",
        "   0.500  run    block 2.000",
        "!  2.500  blocked 2.000 (limit 0.100)",
        "   2.500  timer  t1  tick  late 1.500  missed 1",
        "   = try loop.run(for: .seconds(1))",
        "   3.000  timer  t1  tick",
        "   = loop.stop()",
      ])
  }

  @Test func `chunk leaves the loop alive`() {
    #expect(
      said("every 1 tick; chunk 3 0.5; wait 1.1; stop") == [
        "   = let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print(\"tick\") }",
        "   = let c1 = loop.chunk(1...3, .elements(1)) { _ in",
        "   =   loop.block(for: .milliseconds(500))",
        "   = }",
        "   = c1.callback { print(\"\\($0) slices done\") }",
        "   0.000  run    block 0.500",
        "!  0.500  blocked 0.500 (limit 0.100)",
        "   = try loop.run(for: .seconds(1.1))",
        "   0.500  run    block 0.500",
        "!  1.000  blocked 0.500 (limit 0.100)",
        "   1.000  timer  t1  tick",
        "   1.000  run    block 0.500",
        "!  1.500  blocked 0.500 (limit 0.100)",
        "   1.500  status c1  succeeded",
        "   1.500  callback c1  3 slices done",
        "   = loop.stop()",
      ])
  }

  @Test func `defer sleeps, fails and sums on workers`() {
    #expect(
      said("defer sleep 2; defer fail 1 no luck; defer sum 10") == [
        "   = let j1 = loop.defer {",
        "   =   try DeferPool.sleep(for: .seconds(2))",
        "   = } callback: { print(\"awake\") }",
        "   0.000  defer  j1",
        "   0.000  begin  j1  on worker-1",
        "   = struct Oops: Error, CustomStringConvertible { let description: String }",
        "   = let j2 = loop.defer {",
        "   =   try DeferPool.sleep(for: .seconds(1))",
        "   =   throw Oops(description: \"no luck\")",
        "   = } errback: { print(\"failed: \\($0)\") }",
        "   0.000  defer  j2",
        "   0.000  begin  j2  on worker-2",
        "   = let j3 = loop.defer {",
        "   =   (1...10).reduce(0, +)",
        "   = } callback: { print(\"sum is \\($0)\") }",
        "   0.000  defer  j3",
        "   0.000  begin  j3  on worker-3",
        "   0.000  done   j3  on worker-3",
        "   0.000  status j3  succeeded",
        "   0.000  callback j3  sum is 55",
        "   1.000  threw  j2  on worker-2",
        "   1.000  status j2  failed",
        "   1.000  errback j2  failed: no luck",
        "   2.000  done   j1  on worker-1",
        "   2.000  status j1  succeeded",
        "   2.000  callback j1  awake",
      ])
  }

  @Test func `--pool lets jobs wait`() {
    let result = Built.playground("sandbox", "--pool", "1", "-c", "defer sleep 1; defer sleep 1")
    let echoes = ["   =   ", "   = }", "   = try"]
    let lines = result.output.split(separator: "\n").filter { line in !echoes.contains { line.hasPrefix($0) } }
    #expect(
      lines == [
        "# sandbox    clock=virtual speed=max pool=1",
        "   = let loop = EventLoop.virtual()",
        "   = DeferPool.shared.threads = 1",
        "   = let j1 = loop.defer {",
        "   0.000  defer  j1",
        "   0.000  begin  j1  on worker-1",
        "   = let j2 = loop.defer {",
        "   0.000  defer  j2",
        "   1.000  done   j1  on worker-1",
        "   1.000  status j1  succeeded",
        "   1.000  callback j1  awake",
        "   1.000  begin  j2  on worker-1",
        "   2.000  done   j2  on worker-1",
        "   2.000  status j2  succeeded",
        "   2.000  callback j2  awake",
        "ok  sandbox",
      ])
  }

  @Test func `succeed runs the callbacks in order, and late ones at once`() {
    #expect(
      said("deferrable d; callback d A; callback d B; errback d no; succeed d 42; callback d C; succeed d 43") == [
        "   = struct Oops: Error, CustomStringConvertible { let description: String }",
        "   = let d = DefaultDeferrable<String, Oops>()",
        "   = d.callback { print(\"A \\($0)\") }",
        "   = d.callback { print(\"B \\($0)\") }",
        "   = d.errback { print(\"no \\($0)\") }",
        "   = d.succeed(\"42\")",
        "   0.000  status d   succeeded",
        "   0.000  callback d   A 42",
        "   0.000  callback d   B 42",
        "   = d.callback { print(\"C \\($0)\") }",
        "   0.000  callback d   C 42",
        "   = d.succeed(\"43\")",
        "   d has its outcome already, succeeded(42): this changes nothing.",
      ])
  }

  @Test func `fail runs the errbacks, a timeout does, too, and a failure nobody heard of is told`() {
    #expect(
      said("deferrable; errback d1 E; fail d1 broken; deferrable; timeout d2 3; errback d2 E; deferrable; fail d3") == [
        "   = struct Oops: Error, CustomStringConvertible { let description: String }",
        "   = let d1 = DefaultDeferrable<String, Oops>()",
        "   = d1.errback { print(\"E \\($0)\") }",
        "   = d1.fail(Oops(description: \"broken\"))",
        "   0.000  status d1  failed",
        "   0.000  errback d1  E broken",
        "   = let d2 = DefaultDeferrable<String, Oops>()",
        "   = d2.timeout(",
        "   =   after: .seconds(3), on: loop, failingWith: Oops(description: \"timed out\"))",
        "   = d2.errback { print(\"E \\($0)\") }",
        "   = let d3 = DefaultDeferrable<String, Oops>()",
        "   = d3.fail(Oops(description: \"oops\"))",
        "   0.000  status d3  failed",
        "   3.000  status d2  failed",
        "   3.000  errback d2  E timed out",
        "!  3.000  lost   nobody heard that it failed: oops",
      ])
  }

  @Test func `callback and timeout take jobs and chunks, too`() {
    #expect(
      said("defer sleep 2; callback j1 back; timeout j1 1; errback j1 E; chunk 2 1ms; callback c1 all") == [
        "   = let j1 = loop.defer {",
        "   =   try DeferPool.sleep(for: .seconds(2))",
        "   = } callback: { print(\"awake\") }",
        "   0.000  defer  j1",
        "   0.000  begin  j1  on worker-1",
        "   = j1.callback { print(\"back\") }",
        "   = struct Oops: Error, CustomStringConvertible { let description: String }",
        "   = j1.timeout(",
        "   =   after: .seconds(1), on: loop, failingWith: Oops(description: \"timed out\"))",
        "   = j1.errback { print(\"E \\($0)\") }",
        "   = let c1 = loop.chunk(1...2, .elements(1)) { _ in",
        "   =   loop.block(for: .milliseconds(1))",
        "   = }",
        "   = c1.callback { print(\"\\($0) slices done\") }",
        "   = c1.callback { print(\"all \\($0)\") }",
        "   0.002  status c1  succeeded",
        "   0.002  callback c1  2 slices done",
        "   0.002  callback c1  all 2",
        "   1.000  status j1  failed",
        "   1.000  errback j1  E timed out",
        "   1.000  cancel j1  on worker-1",
      ])
  }

  @Test func `spawn, notify and yield pass messages on, one a tick`() {
    #expect(
      said("spawn q; spawn p => q; notify p hello; yield q now:; notify q you; yield q => p; cancel p; notify q lost")
        == [
          "   = let q = loop.spawn { (text: String) in print(\"q got \\(text)\") }",
          "   = let p = loop.spawn { (text: String) in",
          "   =   print(\"p got \\(text)\")",
          "   =   q.notify(text)",
          "   = }",
          "   = p.notify(\"hello\")",
          "   0.000  notify p   p got hello",
          "   0.000  notify q   q got hello",
          "   = q.yield { _, text in print(\"now: \\(text)\") }",
          "   = q.notify(\"you\")",
          "   0.000  notify q   now: you",
          "   = q.yield { _, text in p.notify(text) }",
          "   = p.cancel()",
          "   = q.notify(\"lost\")",
        ])
  }

  @Test func `signal is heard by the loop; its watch is made once`() {
    #expect(
      said("signal USR1; signal sigusr1; signal winch") == [
        "   = loop.onSignal(.user1) { print(\"heard USR1\") }",
        "   = Signal.user1.raise()",
        "   0.000  signal USR1  heard USR1",
        "   = Signal.user1.raise()",
        "   0.000  signal USR1  heard USR1",
        "   = loop.onSignal(.windowChange) { print(\"heard WINCH\") }",
        "   = Signal.windowChange.raise()",
        "   0.000  signal WINCH  heard WINCH",
      ])
  }

  @Test func `wait ends before what is due at its end and was armed later`() {
    #expect(
      said("every 1 tick; wait 2; next now; stop").dropFirst() == [
        "   = try loop.run(for: .seconds(2))",
        "   1.000  timer  t1  tick",
        "   = loop.nextTick { print(\"now\") }",
        "   2.000  timer  t1  tick",
        "   2.000  tick   now",
        "   = loop.stop()",
      ])
  }

  @Test func `ps tells how things stand`() {
    let script =
      "ps; every 1 a; after 9 b; after 1 c; spawn p; deferrable d; defer sleep 5; wait 2.5; succeed d x; ps; stop"
    #expect(
      Built.playground("sandbox", "--quiet", "-c", script).output == """
           Nothing is there. `help` lists what can be made.
           t1   timer       every 1 s, fired 2 times
           t2   timer       once, at 9.000
           p    process     waits for messages
           d    deferrable  succeeded(x)
           j1   job         not back yet
        ok  sandbox

        """)
  }

  @Test func `log off stops the lines and nothing else`() {
    #expect(
      said("log off; every 1 tick; wait 2.5; log on; wait 1; cancel t1").dropFirst() == [
        "   = try loop.run(for: .seconds(2.5))",
        "   = try loop.run(for: .seconds(1))",
        "   3.000  timer  t1  tick",
        "   = t1.cancel()",
        "   3.500  cancel t1",
      ])
  }

  @Test func `speed says how fast time passes`() throws {
    let clock = ContinuousClock()
    let began = clock.now
    let lines = said("speed 10; after 1 x; wait 1; speed max; after 50 y")
    // A second of the loop's is a tenth of the machine's, and fifty are nothing.
    #expect((.milliseconds(100)...(.seconds(40))).contains(clock.now - began))
    #expect(
      lines.filter { $0.hasPrefix("   = ") } == [
        "   = loop.virtualTime?.speed = 10",
        "   = let t1 = loop.addTimer(after: .seconds(1)) { print(\"x\") }",
        "   = try loop.run(for: .seconds(1))",
        "   = loop.virtualTime?.speed = .infinity",
        "   = let t2 = loop.addTimer(after: .seconds(50)) { print(\"y\") }",
      ])
    let printed = lines.filter { !$0.hasPrefix("   = ") }.map {
      $0.split(separator: " ").dropFirst().prefix(3).joined(separator: " ")
    }
    #expect(printed == ["timer t1 x", "timer t2 y"])
  }

  @Test func `stop releases the rest unrun, and what follows it is not read`() {
    #expect(said("next a; stop; nonsense").last == "   = loop.stop()")
    #expect(said("after 1 a; quit; nonsense").count == 1)
  }

  @Test func `help lists every word and tells of each, in 80 columns and 24 lines`() {
    let list = said("help")
    for word in Word.all {
      #expect(list.contains { $0.contains(word.usage) })
      let help = said("help \(word.name)")
      #expect(help.first == "   \(word.usage)" && help.count > 1)
      #expect((list + help).allSatisfy { $0.count <= 80 })
    }
    #expect(list.count <= 20)
    #expect(Set(Word.all.map(\.name)).count == Word.all.count)
  }

  @Test func `example works`() {
    for word in Word.all where !["load", "save", "trace", "expect"].contains(word.name) {
      let before = ["spawn", "deferrable"].contains(word.name) ? "" : "spawn p; deferrable d; every 1 tick; "
      #expect(Built.playground("sandbox", "-c", before + word.example + "; cancel all").status == 0, "\(word.name)")
    }
  }
}
