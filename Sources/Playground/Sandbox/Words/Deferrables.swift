// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// What deferrables of the sandbox fail with.
struct Oops: Error, Equatable, CustomStringConvertible {
  let description: String

  /// What declares it in the program that the echoes make.
  static let declaration = "struct Oops: Error, CustomStringConvertible { let description: String }"

  /// How the program makes it.
  var code: String { "Oops(description: \(SwiftText.literal(description)))" }
}

extension Word {
  static let deferrables: [Word] = [
    Word(
      "deferrable [NAME]", example: "deferrable d",
      "Makes something whose outcome comes later. Until then callbacks and errbacks wait in two lines."
    ) { session, arguments throws(Complaint) in
      let name = try session.things.newName(try? arguments.word("a name"), orElse: "d")
      try arguments.end()
      session.declareOops()
      session.echo("let \(name) = DefaultDeferrable<String, Oops>()")
      let deferrable = DefaultDeferrable<String, Oops>(file: session.file, line: session.line)
      session.things.add(DeferrableThing(name, deferrable.label(name)))
    },
    Word(
      "callback NAME TEXT", example: "callback d got-it",
      "Prints the text and the value when the deferrable succeeds; at once, if it has."
    ) { session, arguments throws(Complaint) in
      let thing = try session.things.find(try arguments.word("a name"), "deferrable", as: (any Awaitable).self)
      thing.callback(try arguments.text(), in: session)
    },
    Word(
      "errback NAME TEXT", example: "errback d too-bad",
      "Prints the text and the error when the deferrable fails; at once, if it has."
    ) { session, arguments throws(Complaint) in
      let thing = try session.things.find(try arguments.word("a name"), "deferrable", as: (any Awaitable).self)
      thing.errback(try arguments.text(), in: session)
    },
    Word(
      "timeout NAME TIME", example: "timeout d 3",
      "Fails the deferrable if it has no outcome by then. The first outcome cancels it."
    ) { session, arguments throws(Complaint) in
      let thing = try session.things.find(try arguments.word("a name"), "deferrable", as: (any Awaitable).self)
      let delay = try arguments.duration()
      try arguments.end()
      thing.timeout(after: delay, in: session)
    },
    Word(
      "succeed NAME [VALUE]", example: "succeed d 42",
      "Runs the callbacks, in order of adding, before it returns; the errbacks are released. Only the first outcome counts."
    ) { session, arguments throws(Complaint) in
      let thing = try session.settleable(try arguments.word("a name"))
      thing.succeed(arguments.text(orElse: "done"), in: session)
    },
    Word(
      "fail NAME [REASON]", example: "fail d oops",
      "Runs the errbacks, in order of adding, before it returns; the callbacks are released."
    ) { session, arguments throws(Complaint) in
      let thing = try session.settleable(try arguments.word("a name"))
      thing.fail(Oops(description: arguments.text(orElse: "oops")), in: session)
    },
  ]
}

extension SandboxSession {
  /// Declares the error type of the echoed program, before its first use.
  func declareOops() {
    guard !hasDeclaredOops else { return }
    hasDeclaredOops = true
    echo(Oops.declaration)
  }

  fileprivate func settleable(_ name: String) throws(Complaint) -> DeferrableThing {
    let thing = try things.find(name, "deferrable", as: (any Awaitable).self)
    guard let deferrable = thing as? DeferrableThing else {
      throw Complaint("\(name) is a \(thing.sort), whose outcome comes by itself; `cancel \(name)` gives it up")
    }
    return deferrable
  }
}

/// Anything with an outcome: a deferrable, a job, a chunk.
class Awaited<Source: Deferrable>: Awaitable {
  let name: String
  let sort: String
  let source: Source
  private let timeoutError: (code: String, error: Source.Failure)
  private let cancelSource: () -> Void
  private let waits: () -> String
  private var hasTimeout = false

  /// - Parameters:
  ///   - timeout: What it fails with when its time is up, and how a program writes that.
  ///   - cancel: How to give it up.
  ///   - waits: What to say while it has no outcome.
  init(
    _ name: String, _ sort: String, _ source: Source, timeout: (code: String, error: Source.Failure),
    cancel: @escaping () -> Void, waits: @escaping () -> String
  ) {
    self.name = name
    self.sort = sort
    self.source = source
    timeoutError = timeout
    cancelSource = cancel
    self.waits = waits
  }

  var isOver: Bool { !source.status.isUnknown }
  var keepsLoopAlive: Bool { !isOver }
  var isTimed: Bool { hasTimeout && !isOver }
  var state: String { isOver ? "\(source.status)" : waits() }
  var isCancellable: Bool { true }
  func cancel() { cancelSource() }

  func callback(_ text: String, in session: SandboxSession) {
    if Source.Success.self == Void.self {
      session.echo(SwiftText.closure("\(name).callback", SwiftText.print(text)))
      source.callback(file: session.file, line: session.line) { _ in session.log(text) }
    } else {
      session.echo(SwiftText.closure("\(name).callback", SwiftText.print(text, "$0")))
      source.callback(file: session.file, line: session.line) { session.log("\(text) \($0)") }
    }
  }

  func errback(_ text: String, in session: SandboxSession) {
    session.echo(SwiftText.closure("\(name).errback", SwiftText.print(text, "$0")))
    source.errback(file: session.file, line: session.line) { session.log("\(text) \($0)") }
  }

  func timeout(after delay: Duration, in session: SandboxSession) {
    if Source.Failure.self != CancellationError.self { session.declareOops() }
    hasTimeout = true
    session.echo(
      SwiftText.call(
        "\(name).timeout",
        "after: \(SwiftText.duration(delay)), on: loop, failingWith: \(timeoutError.code)"))
    // The outcome is what the log tells, not the timer behind it.
    source.timeout(after: delay, on: session.loop, failingWith: timeoutError.error, file: Conductor.file)
  }
}

extension Oops {
  static let timedOut = Oops(description: "timed out")
}

/// A deferrable whose outcome commands set.
final class DeferrableThing: Awaited<DefaultDeferrable<String, Oops>> {
  init(_ name: String, _ deferrable: DefaultDeferrable<String, Oops>) {
    super.init(
      name, "deferrable", deferrable, timeout: (Oops.timedOut.code, Oops.timedOut), cancel: {},
      waits: { "no outcome yet" })
  }

  /// Nothing but a timeout makes anything happen by itself.
  override var keepsLoopAlive: Bool { isTimed }
  override var isCancellable: Bool { false }

  func succeed(_ value: String, in session: SandboxSession) {
    session.echo("\(name).succeed(\(SwiftText.literal(value)))")
    settled(source.succeed(value), in: session)
  }

  func fail(_ error: Oops, in session: SandboxSession) {
    session.echo(SwiftText.call("\(name).fail", error.code))
    settled(source.fail(error), in: session)
  }

  private func settled(_ answer: Bool, in session: SandboxSession) {
    if !answer { session.say("\(name) has its outcome already, \(source.status): this changes nothing.") }
  }
}
