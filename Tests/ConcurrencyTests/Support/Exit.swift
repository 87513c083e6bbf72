// SPDX-License-Identifier: Apache-2.0

import Testing

/// Checks what a process that trapped said last; a release build says nothing.
func expectMessage(
  _ result: ExitTest.Result?, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #if DEBUG
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains(message), sourceLocation: sourceLocation)
  #endif
}

/// Runs a synchronous body in an exit test, whose own is async; an error ends the process.
func attempt(_ body: () throws -> Void) {
  do { try body() } catch { fatalError("unexpected: \(error)") }
}

/// Ends the process of an exit test unless both are equal.
func expectEqual<Value: Equatable>(_ found: Value, _ expected: Value) {
  guard found == expected else { fatalError("found \(found), expected \(expected)") }
}
