// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Lesson 9: processes that send each other messages.
public struct Processes: Lesson {
  /// What it is about.
  public static let card = Card(
    9, "spawn", "spawn and notify: small processes", minutes: 5, length: .seconds(6),
    text: """
      A spawned process is a closure with a mailbox. `notify` puts a message
      in and returns; the closure runs with it later, as a tick. So a process
      may notify another one, its own sender, or itself: no call nests in
      another, and the stack never grows.

      All messages stand in one line with `nextTick`: first in, first out,
      among all processes. One that notifies itself for ever lets the others
      and the timers pass between its messages.

      `yield` puts another closure in its place: from the next message on.
      """,
    actions: [
      "g": "send ping a 3", "m": "send ping a 1 and a 2", "h": "hand over: another closure for ping",
      "i": "a process that notifies itself", "k": "kill that one",
    ],
    question: "g calls ping.notify(3). Has ping run when notify returns?",
    options: ["yes: notify calls it", "no: it runs later, as a tick"],
    why: "notify leaves a message; the process runs in a tick of its own.",
    press: "g", script: "g@1 m@2 i@3 k@3.3 h@4 g@5")

  /// A lesson that has not run.
  public init() {}

  /// The program.
  public func run(_ loop: EventLoop, _ io: LessonIO) {
    // snippet.show
    let pong = loop.spawn { (x: Int, ping: SpawnedProcess<Int>) in
      io.log("pong \(x)")
      ping.notify(x - 1)
    }
    let ping = SpawnedProcess<Int>(on: loop) { ping, x in
      io.log("ping \(x)")
      if x > 0 { pong.notify(x, ping) }
    }
    io.onKey("g") { ping.notify(3) }
    io.onKey("m") { [1, 2].forEach { ping.notify($0) } }
    io.onKey("h") { ping.yield { _, x in io.log("heir \(x)") } }

    let loner = SpawnedProcess<Int>(on: loop) { loner, x in
      loop.block(for: .milliseconds(50))
      loner.notify(x + 1)
    }
    io.onKey("i") { loner.notify(0) }
    io.onKey("k") { loner.cancel() }
    // snippet.hide
  }

  /// Later, in order, a turn a hop; the heir is heard, the dead are not.
  public func checks(_ trace: Trace) -> [Check] {
    let processes = trace.runs("process")
    return [
      Check("notify returns before the process runs") {
        let nested = processes.first { run in
          run.inside.contains { trace.runs[$0].begin.subject != "tick" }
        }
        return nested.map { "one ran inside of another callback, at \($0.begin.time)" }
      },
      Check("messages run in the order of notifying, each hop in a turn of its own") {
        let hops = Dictionary(grouping: processes, by: \.begin.turn).values
        let ids = hops.first { Set($0.map(\.begin.id)).count > 2 }
        return trace.tickOrder() ?? ids.map { "\($0.count) processes ran in turn \($0[0].begin.turn)" }
      },
      Check("ping counts down to 0, and pong answers each") {
        let sent = trace.presses("g").count
        let pings = trace.lines("ping 3").count + trace.lines("heir 3").count
        if pings != sent { return "\(sent) threes were sent, \(pings) arrived" }
        let (asked, answered) = (trace.lines("ping").filter { $0.text != "ping 0" }.count, trace.lines("pong").count)
        return abs(asked - answered) > 2 ? "\(asked) pings, \(answered) pongs" : nil
      },
      Check("after yield the heir hears, and only the heir") {
        guard let swap = trace.presses("h").first?.end?.sequence else {
          return trace.lines("heir").isEmpty ? nil : "there was an heir before yield"
        }
        if trace.lines("heir").contains(where: { $0.event.sequence < swap }) { return "it heard before yield" }
        return trace.lines("ping").contains { $0.event.sequence > swap } ? "the old closure heard something" : nil
      },
      Check("a process that was killed hears no more") {
        guard let killed = trace.presses("k").first?.begin.sequence else { return nil }
        let after = trace.runs("block").contains {
          $0.begin.sequence > killed && trace.subjects($0.inside).contains("process")
        }
        return after ? "it ran again" : nil
      },
    ]
  }

  /// Whether ping had run when the key's action was over.
  public func answer(_ trace: Trace) -> Int? {
    guard let key = trace.presses("g").first, let end = key.end,
      let ping = trace.lines("ping").first(where: { $0.event.sequence > key.begin.sequence })
    else { return nil }
    return ping.event.sequence < end.sequence ? 1 : 2
  }
}
