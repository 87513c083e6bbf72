// SPDX-License-Identifier: Apache-2.0

/// Placeholder until the journal can write elsewhere.
final class SandboxScreen: Screen {
  private let app: App
  init(_ app: App) { self.app = app }
  func handle(_ key: Key) { app.pop() }
  func draw(on canvas: inout Canvas) {}
}
