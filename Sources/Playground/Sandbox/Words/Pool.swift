// SPDX-License-Identifier: Apache-2.0

import Concurrency

extension Word {
  static let pool: [Word] = [
    Word(
      "defer sleep TIME | fail TIME REASON | sum NUMBER", example: "defer sleep 2",
      "Runs work on a thread of the pool. Its result, or its error, comes back to the loop."
    ) { session, arguments throws(Complaint) in
      let work = try arguments.word("sleep, fail or sum")
      switch work {
      case "sleep": try session.deferSleep(&arguments)
      case "fail": try session.deferFailure(&arguments)
      case "sum": try session.deferSum(&arguments)
      default:
        let near = Nearest.match(for: work, among: ["sleep", "fail", "sum"]).map { ". Did you mean: defer \($0)?" }
        throw Complaint("defer can't \"\(work)\": it knows sleep, fail and sum\(near ?? "")")
      }
    }
  ]
}

extension SandboxSession {
  fileprivate func deferSleep(_ arguments: inout Arguments) throws(Complaint) {
    let duration = try arguments.duration()
    try arguments.end()
    let name = things.newName("j")
    echo(
      "let \(name) = loop.defer {", "  try DeferPool.sleep(for: \(SwiftText.duration(duration)))",
      "} callback: { print(\"awake\") }")
    add(
      name,
      loop.defer(
        file: file, line: line, { try DeferPool.sleep(for: duration) }, callback: { self.log("awake") }))
  }

  fileprivate func deferFailure(_ arguments: inout Arguments) throws(Complaint) {
    let duration = try arguments.duration()
    let error = Oops(description: arguments.text(orElse: "oops"))
    let name = things.newName("j")
    declareOops()
    echo(
      "let \(name) = loop.defer {", "  try DeferPool.sleep(for: \(SwiftText.duration(duration)))",
      "  throw \(error.code)", "} errback: { print(\"failed: \\($0)\") }")
    let operation: @Sendable () throws -> Void = {
      try DeferPool.sleep(for: duration)
      throw error
    }
    add(
      name,
      loop.defer(file: file, line: line, operation, errback: { error in self.log("failed: \(error)") }))
  }

  fileprivate func deferSum(_ arguments: inout Arguments) throws(Complaint) {
    let number = try arguments.count("a number", atMost: 1_000_000_000)
    try arguments.end()
    let name = things.newName("j")
    echo("let \(name) = loop.defer {", "  (1...\(number)).reduce(0, +)", "} callback: { print(\"sum is \\($0)\") }")
    let operation: @Sendable () throws -> Int = {
      // As the echo says, but able to hear that nobody wants it any more.
      var sum = 0
      var next = 1
      while next <= number {
        if next & 0xFFFF == 0, DeferPool.isCancelled { throw CancellationError() }
        sum &+= next
        next &+= 1
      }
      return sum
    }
    add(
      name,
      loop.defer(file: file, line: line, operation, callback: { sum in self.log("sum is \(sum)") }))
  }

  private func add<Value>(_ name: String, _ job: DeferredJob<Value>) {
    things.add(
      Awaited(
        name, "job", job.label(name), timeout: (Oops.timedOut.code, Oops.timedOut as any Error),
        cancel: { job.cancel() }, waits: { "not back yet" }))
  }
}
