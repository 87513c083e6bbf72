// SPDX-License-Identifier: Apache-2.0

import Lessons
import Testing

@testable import playground

@Suite struct `The log of a lesson` {
  @Test(arguments: Course.all.map { $0.card.id }) func `is the one that is known to be right`(_ id: String) {
    let result = Built.playground("run", id)
    #expect(result.status == 0 && result.errors == "")
    let wanted = (goldens[id] ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let got = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    // The first difference says more than both texts.
    let place = zip(wanted, got).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(place.map { "\($0.offset + 1): \($0.element.1)" } == nil)
    #expect(wanted.count == got.count)
  }
}
