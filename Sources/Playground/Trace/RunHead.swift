// SPDX-License-Identifier: Apache-2.0

import Lessons

/// Whose run it was and how it was run: the first line of its log, and of its recording.
struct RunHead: Sendable, Equatable {
  /// The version of a recording's text; see ``Recording``.
  static let version = 1

  /// The lesson's id, or `sandbox`.
  var id: String
  var speed: Double
  /// How many threads the pool had.
  var pool: Int

  /// What the sandbox's runs are called.
  static let sandbox = "sandbox"

  /// The lesson's type; `nil` for the sandbox, and for a lesson that this playground doesn't have.
  var lesson: (any Lesson.Type)? { Course.all.first { $0.card.id == id } }

  /// As the log begins: `# 05 chunking  Blocking vs chunking    clock=virtual speed=max pool=2`.
  var line: String {
    guard let card = lesson?.card else { return "# \(id)    clock=virtual speed=\(speedText) pool=\(pool)" }
    let line = "# \(ListCommand.number(card)) \(id)  \(card.title)    clock=virtual speed=\(speedText)"
    return card.usesPool ? line + " pool=\(pool)" : line
  }

  /// As a recording begins.
  var json: String {
    var object = JSONObject()
    object.add("reactor-playground", Self.version)
    object.add("lesson", id)
    object.add("speed", speedText)
    object.add("pool", pool)
    return object.text
  }

  var speedText: String { speed.isFinite ? SwiftText.speed(speed) : "max" }
}
