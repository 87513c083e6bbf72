// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// A lesson: a program of at most 18 lines that is shown and run, and what has to be seen in it.
///
/// What is shown is the body of ``run(_:_:)`` between the two marker comments: there is no second copy.
public protocol Lesson: SendableMetatype {
  /// What it is about.
  static var card: Card { get }
  /// Whether the program runs the loop itself; the others are run inside `loop.run`.
  static var runsTheLoop: Bool { get }
  /// A lesson that has not run.
  init()
  /// The program. It registers with the loop and with `io`, and returns.
  func run(_ loop: EventLoop, _ io: LessonIO) throws
  /// Whether what the lesson says is true of a recorded run.
  func checks(_ trace: Trace) -> [Check]
  /// Which option of the card's question a recorded run shows to be right, counted from 1; `nil` if it shows none.
  func answer(_ trace: Trace) -> Int?
}

extension Lesson {
  /// False: nearly all are run.
  public static var runsTheLoop: Bool { false }
}

/// What a lesson is about, and how it is played if nobody does anything.
public struct Card: Sendable {
  /// What somebody can do while it runs.
  public struct Action: Sendable {
    /// The key to press.
    public var key: String
    /// What it does, in a few words.
    public var does: String
  }

  /// A key that is pressed at a time.
  public struct Press: Sendable {
    /// The key.
    public var key: String
    /// The loop's time.
    public var time: Duration
  }

  /// To be answered before the run, which reveals the answer.
  public struct Question: Sendable {
    /// What is asked.
    public var text: String
    /// What may be answered, at most four.
    public var options: [String]
    /// Why it is so, in a sentence; said after the answer.
    public var why: String
    /// What to press so that the run answers it, as `b`; empty if it does so by itself.
    public var press: String
  }

  /// One lower-case word to call it by.
  public var id: String
  /// Its place in the course.
  public var number: Int
  /// What it is called.
  public var title: String
  /// How long it takes to read and play.
  public var minutes: Int
  /// What to read first: at most 12 lines of at most 76 letters.
  public var text: String
  /// The live keys.
  public var actions: [Action]
  /// The question.
  public var question: Question
  /// What is pressed if nobody says what.
  public var script: [Press]
  /// When it ends by itself; `nil` if the program stops the loop.
  public var length: Duration?
  /// Whether it uses a pool of its own.
  public var usesPool: Bool
  /// The file that holds it, as `L05Chunking.swift`.
  public var file: String

  /// A card.
  ///
  /// `actions` maps keys to words; `script` is written `"b@5.25 c@9"`, in seconds.
  public init(
    _ number: Int, _ id: String, _ title: String, minutes: Int, length: Duration?, usesPool: Bool = false,
    text: String, actions: KeyValuePairs<String, String>, question: String, options: [String], why: String,
    press: String, script: String,
    file: StaticString = #fileID
  ) {
    self.id = id
    self.number = number
    self.title = title
    self.minutes = minutes
    self.length = length
    self.usesPool = usesPool
    self.text = text
    self.actions = actions.map { Action(key: $0.key, does: $0.value) }
    self.question = Question(text: question, options: options, why: why, press: press)
    self.script = script.split(separator: " ").map { Self.press($0) }
    self.file = String(file.description.split(separator: "/").last ?? "")
  }

  private static func press(_ text: Substring) -> Press {
    let parts = text.split(separator: "@")
    let digits = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    let milliseconds = digits.count == 2 ? (digits[1] + "000").prefix(3) : "000"
    guard parts.count == 2, let time = Int(digits[0] + milliseconds) else {
      preconditionFailure("a script is written \"b@5.25 c@9\", not \"\(text)\"")
    }
    return Press(key: String(parts[0]), time: .milliseconds(time))
  }
}

/// Something that a lesson says, and whether it was so.
public struct Check: Sendable, Equatable {
  /// What has to be so, as a sentence.
  public var name: String
  /// What was otherwise; `nil` if it was so.
  public var failure: String?

  /// What has to be so, and whether it was: `failure` returns what was otherwise.
  public init(_ name: String, _ failure: () -> String?) {
    self.name = name
    self.failure = failure()
  }
}
