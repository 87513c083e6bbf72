// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let processes: [Word] = [
    Word(
      "spawn [NAME] [=> NAME]", example: "spawn p",
      "Makes a process: a block with a mailbox, which prints each message. With => it also passes the message on."
    ) { session, arguments throws(Complaint) in
      let isNamed = !arguments.isEmpty && !arguments.isNext("=>")
      let name = try session.things.newName(isNamed ? try arguments.word("a name") : nil, orElse: "p")
      let next = try session.forwardTarget(&arguments)
      try arguments.end()
      let got = "\(name) got"
      guard let next else {
        session.echo(
          SwiftText.closure("let \(name) = loop.spawn", taking: "(text: String)", SwiftText.print(got, "text")))
        let process = session.loop.spawn { (text: String) in session.log("\(got) \(text)") }
        return session.things.add(ProcessThing(name, process.label(name)))
      }
      session.echo(
        SwiftText.closure(
          "let \(name) = loop.spawn", taking: "(text: String)", SwiftText.print(got, "text"),
          "\(next.name).notify(text)"))
      let process = session.loop.spawn { (text: String) in
        session.log("\(got) \(text)")
        next.process.notify(text)
      }
      session.things.add(ProcessThing(name, process.label(name)))
    },
    Word(
      "notify NAME TEXT", example: "notify p hello",
      "Sends a process a message. It never runs before notify returns: each message is a tick."
    ) { session, arguments throws(Complaint) in
      let target = try session.things.find(try arguments.word("a name"), "process", as: ProcessThing.self)
      let text = try arguments.text("a message")
      session.echo("\(target.name).notify(\(SwiftText.literal(text)))")
      target.process.notify(text)
    },
    Word(
      "yield NAME TEXT|=> NAME", example: "yield p again:",
      "Gives a process another block: it hears the next message, and all after it."
    ) { session, arguments throws(Complaint) in
      let target = try session.things.find(try arguments.word("a name"), "process", as: ProcessThing.self)
      if let next = try session.forwardTarget(&arguments) {
        try arguments.end()
        session.echo(SwiftText.closure("\(target.name).yield", taking: "_, text", "\(next.name).notify(text)"))
        target.process.yield { _, text in next.process.notify(text) }
      } else {
        let prefix = try arguments.text("a text, or => and a name")
        session.echo(SwiftText.closure("\(target.name).yield", taking: "_, text", SwiftText.print(prefix, "text")))
        target.process.yield { _, text in session.log("\(prefix) \(text)") }
      }
    },
  ]
}

extension SandboxSession {
  /// The process behind `=>`, if that is next.
  fileprivate func forwardTarget(_ arguments: inout Arguments) throws(Complaint) -> ProcessThing? {
    guard arguments.take("=>") else { return nil }
    return try things.find(try arguments.word("the name of a process after =>"), "process", as: ProcessThing.self)
  }
}

final class ProcessThing: Thing {
  let name: String
  let sort = "process"
  let process: SpawnedProcess<String>
  private var isCancelled = false

  init(_ name: String, _ process: SpawnedProcess<String>) {
    self.name = name
    self.process = process
  }

  var isOver: Bool { isCancelled }
  var keepsLoopAlive: Bool { process.queued > 0 }

  func cancel() {
    isCancelled = true
    process.cancel()
  }

  var state: String {
    guard !isCancelled else { return "cancelled" }
    return process.queued == 0 ? "waits for messages" : "\(process.queued) messages in its mailbox"
  }
}
