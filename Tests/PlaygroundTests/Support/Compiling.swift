// SPDX-License-Identifier: Apache-2.0

@testable import playground

/// Programs that depend on the modules that these tests were built with, without a package and its build.
enum Compiling {
  /// Runs lines of the shell that have two commands beside `$P`.
  ///
  /// `compile FILE...` makes `./program`, `check FILE...` only looks for errors. Both are silent if all is well, else they
  /// complain on standard error.
  static func shell(_ lines: String, _ environment: [String: String] = [:]) -> Built.Result {
    Built.shell(prelude + lines, ["HOME": "/tmp", "TERM": "dumb"].merging(environment) { $1 })
  }

  /// What defines them.
  static var prelude: String {
    let path = ProcessFacts.variable("PATH") ?? ""
    let build = Built.path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return """
      compiler() {
        PATH='\(path)' swiftc -swift-version 6 -warnings-as-errors -enable-upcoming-feature ExistentialAny \\
          -enable-upcoming-feature NonisolatedNonsendingByDefault -module-cache-path '\(build)/ModuleCache' \\
          -I '\(build)/Modules' -I '\(repository)/Sources/CReactor' "$@" > log 2>&1
      }
      # Not -typecheck, which leaves out what is checked of regions.
      check() { compiler -wmo -emit-sil "$@" -o /dev/null || cat log >&2; }
      compile() {
        objects="$(ls '\(build)'/Reactor.build/*.o '\(build)'/Concurrency.build/*.o)"
        # The tests may have been built with a sanitizer, whose runtime the program then needs, too.
        compiler "$@" $objects -o program || compiler -sanitize=thread "$@" $objects -o program \\
          || compiler -sanitize=address "$@" $objects -o program || cat log >&2
      }

      """
  }
}
