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
