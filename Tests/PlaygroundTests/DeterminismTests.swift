// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

// Lessons 04 to 06 have everything that could make a run differ: other threads, a pool, blocks. Their scripts press
// every key.
@Suite struct `A run on the virtual clock` {
  private static let ids = ["next-tick", "chunking", "pool"]

  @Test(arguments: ids) func `F42 is byte by byte the same 100 times, worker numbers included`(_ id: String) throws {
    let lesson = lesson(id)
    #expect(Set(lesson.card.actions.map(\.key)) == Set(lesson.card.script.map(\.key)))
    // The bytes are a pure fold over the events, so equal events are equal bytes, and quicker to compare.
    let first = try played(lesson).events
    #expect(jsonLines(first).contains("\"lane\":\"worker-1\""))
    for _ in 1..<scaledDown(100) where try played(lesson).events != first {
      Issue.record("a run differed")
    }
  }

  @Test(arguments: ids) func `is the same in a process of its own`(_ id: String) {
    let command = "$P run \(id) --format jsonl"
    let first = Built.shell(command)
    #expect(first.status == 0)
    #expect(Built.shell(command) == first)
    #expect(Built.shell("\(command) > /dev/null; \(command)") == first)
  }

  @Test(arguments: ids) func `is the same six times at once`(_ id: String) {
    let command = "$P run \(id) --format jsonl"
    let first = Built.shell(command).output
    let six = Built.shell(
      """
      D=$(mktemp -d); for i in 1 2 3 4 5 6; do \(command) > $D/$i & done; wait
      cat $D/1; for i in 2 3 4 5 6; do cmp $D/1 $D/$i || exit 1; done; rm -r $D
      """)
    #expect(six.status == 0 && six.output == first)
  }

  @Test(.enabled(if: hasTaskset, "taskset, which pins a process to one processor, is not there"), arguments: ids)
  func `F42 is the same pinned to one processor, also six times at once`(_ id: String) {
    let command = "$P run \(id) --format jsonl"
    let first = Built.shell(command).output
    // The first processor that this process may use: it may not be 0.
    let pinned = "taskset -c $(taskset -cp $$ | sed 's/.*: *//; s/[-,].*//') "
    #expect(Built.shell(pinned + command).output == first)
    let six = Built.shell(
      """
      D=$(mktemp -d); for i in 1 2 3 4 5 6; do \(pinned)\(command) > $D/$i & done; wait
      for i in 2 3 4 5 6; do cmp $D/1 $D/$i || exit 1; done; cat $D/1; rm -r $D
      """)
    #expect(six.status == 0 && six.output == first)
  }

  @Test func `reads no clock: the log of every lesson is the same twice`() {
    for id in Course.all.map({ $0.card.id }) {
      #expect(Built.playground("run", id) == Built.playground("run", id))
    }
  }
}

private let hasTaskset = Built.shell("command -v taskset").status == 0
