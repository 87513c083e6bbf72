// SPDX-License-Identifier: Apache-2.0

/// The compiler, for files that must not compile.
///
/// A proof needs two files that differ in one line: the one with the offending line must fail with the expected message,
/// the other must compile. Without the twin a file that fails for any other reason would prove nothing.
///
/// ```swift
/// let verdict = Compiler.verdict(
///   on: """
///     import Reactor
///     func check(_ loop: EventLoop, _ handle: LoopHandle) throws {
///       try SystemThread.start(name: "other") { «line» }
///     }
///     """, offending: "loop.stop()", allowed: "handle.stop()")
/// #expect(verdict.offendingFails && verdict.message.contains("capture of 'loop' with non-Sendable type 'EventLoop'"))
/// #expect(verdict.allowedSays == "")
/// ```
public enum Compiler {
  /// What the compiler said of both files.
  public struct Verdict {
    /// Whether the file with the offending line failed.
    public var offendingFails: Bool
    /// What was said of it.
    public var message: String
    /// What was said of its twin: nothing, if it compiled without a warning.
    public var allowedSays: String
  }

  /// Compiles `template` twice, with each of the two lines in the place of `«line»`.
  public static func verdict(on template: String, offending: String, allowed: String) -> Verdict {
    let first = compile(template, with: offending), second = compile(template, with: allowed)
    let silence = second.status == 0 ? "" : "exit status \(second.status)"
    return Verdict(
      offendingFails: first.status != 0, message: first.output,
      allowedSays: second.output.isEmpty ? silence : second.output)
  }

  /// `-emit-sil`, since `-typecheck` doesn't run the checks of regions.
  private static func compile(_ template: String, with line: String) -> (status: CInt, output: String) {
    let parts = template.split(separator: "«line»", omittingEmptySubsequences: false)
    precondition(parts.count == 2, "the template needs «line» once")
    let folder = temporaryFolder()
    writeFile("\(folder)/check.swift", parts.joined(separator: line))
    let result = shell(
      """
      swiftc -emit-sil -o /dev/null -module-name check -swift-version 6 \
      -enable-upcoming-feature ExistentialAny -enable-upcoming-feature NonisolatedNonsendingByDefault \
      -module-cache-path '\(folder)/cache' -I '\(modules)' -I '\(sources)/CReactor' '\(folder)/check.swift'
      """)
    _ = shell("rm -r '\(folder)'")
    return result
  }

  /// The modules that this test program was built with lie beside it.
  private static var modules: String { programFolder() + "/Modules" }

  private static var sources: String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Sources"
  }
}
