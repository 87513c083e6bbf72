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
///     func check(_ loop: EventLoop, _ work: @escaping @Sendable (EventLoop) -> Void) {
///       «line»
///     }
///     """, offending: "…", allowed: "…")
/// #expect(verdict.offending.contains("capture of 'loop' with non-Sendable type"))
/// #expect(verdict.allowed == "")
/// ```
public enum Compiler {
  /// What the compiler said of both files; empty where it compiled one without a word.
  public struct Verdict {
    public var offending: String
    public var allowed: String
  }

  /// Compiles `template` twice, with each of the two lines in the place of `«line»`.
  public static func verdict(on template: String, offending: String, allowed: String) -> Verdict {
    Verdict(offending: diagnostics(of: template, with: offending), allowed: diagnostics(of: template, with: allowed))
  }

  /// `-emit-sil`, since `-typecheck` doesn't run the checks of regions.
  private static func diagnostics(of template: String, with line: String) -> String {
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
    if result.status != 0, result.output.isEmpty { return "exit status \(result.status)" }
    return result.output
  }

  /// The modules that this test program was built with lie beside it.
  private static var modules: String {
    var parts = programPath().split(separator: "/", omittingEmptySubsequences: false).dropLast()
    // On Darwin the program is a bundle's.
    while let last = parts.last, last == "MacOS" || last == "Contents" || last.hasSuffix(".xctest") { parts.removeLast() }
    return parts.joined(separator: "/") + "/Modules"
  }

  private static var sources: String {
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Sources"
  }
}
