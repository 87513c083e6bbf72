// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

/// A package that isn't one, and a compiler that only prints: what matters here is who is started when, and how it ends.
@Suite struct `A package that is watched` {
  private struct Place {
    let folder = Built.shell("printf %s $(mktemp -d)").output

    init(program: String) {
      _ = Built.shell(
        """
        mkdir -p \(folder)/made/.build; cd \(folder); echo > made/Package.swift; printf one > made/code
        printf '%s' "$FAKE" > swift; printf '%s' "$PROGRAM" > program; chmod +x swift program
        """,
        [
          "PROGRAM": "#!/bin/sh\necho pid $$\n\(program)\n",
          "FAKE": """
          #!/bin/sh
          code=$(cat "$3/code")
          case $1 in
            build) echo "BUILD $code"; if test "$code" = broken; then echo "main.swift:1: error: broken"; exit 1; fi ;;
            run) test "$4" = --skip-build && exec "$3/../program" "$code" ;;
          esac

          """,
        ])
    }

    func watch() -> Conversation {
      .shell("PATH=\(folder):$PATH; export PATH; exec $P run --watch \(folder)/made")
    }

    func save(_ code: String, as file: String = "code") {
      _ = Built.shell("printf '\(code)' > \(folder)/made/\(file)")
    }

    func remove() { _ = Built.shell("rm -r \(folder)") }
  }

  /// One that answers to its keyboard, and says when it is asked to end.
  private static let talker =
    "trap 'echo ENDED; exit 0' TERM; echo \"RUN $1\"; while read line; do echo \"GOT $line\"; done"

  @Test func `is built and run, and hears the keyboard`() {
    let place = Place(program: Self.talker)
    let watching = place.watch()
    #expect(watching.hears("# building \(place.folder)/made\nBUILD one\n# running; a save builds again, Ctrl-C ends\n"))
    #expect(watching.hears("RUN one\n"))
    watching.write("b\n")
    #expect(watching.hears("GOT b\n"))
    watching.raise("TERM")
    #expect(watching.end().status == 143)
    place.remove()
  }

  @Test func `is built again at each save, when the old program has ended`() {
    let place = Place(program: Self.talker)
    let watching = place.watch()
    #expect(watching.hears("RUN one\n"))
    place.save("three")
    #expect(watching.hears("# changed code\n"))
    #expect(watching.hears("ENDED\n# building \(place.folder)/made\nBUILD three\n"))
    #expect(watching.hears("RUN three\n"))
    // What the build itself writes is no save, nor is what an editor keeps for itself.
    place.save("x", as: ".build/output")
    place.save("x", as: ".code.swp")
    place.save("fivey", as: "other")
    #expect(watching.hears("# changed other\nENDED\n# building \(place.folder)/made\nBUILD three\n"))
    watching.raise("INT")
    let result = watching.end()
    #expect(result.status == 130)
    #expect(result.output.split(separator: "\n").filter { $0.hasPrefix("BUILD") }.count == 3)
    place.remove()
  }

  @Test func `that doesn't compile shows why, and waits for the save that mends it`() {
    let place = Place(program: Self.talker)
    place.save("broken")
    let watching = place.watch()
    #expect(watching.hears("main.swift:1: error: broken\n# the build failed; a save builds again, Ctrl-C ends\n"))
    place.save("mended again")
    #expect(watching.hears("RUN mended again\n"))
    watching.raise("INT")
    #expect(watching.end().status == 130)
    place.remove()
  }

  @Test func `that has ended tells its exit code, and runs again at a save`() {
    let place = Place(program: "echo \"RUN $1\"; exit 7")
    let watching = place.watch()
    #expect(watching.hears("RUN one\n# it ended with exit code 7; a save builds again, Ctrl-C ends\n"))
    place.save("three")
    #expect(watching.hears("RUN three\n"))
    #expect(watching.hears("exit code 7"))
    watching.raise("INT")
    #expect(watching.end().status == 130)
    place.remove()
  }

  @Test(arguments: [("INT", 130), ("TERM", 143)]) func `that won't end is ended all the same`(
    _ signal: String, _ status: Int
  ) {
    let place = Place(program: "trap '' TERM INT; echo \"RUN $1\"; while :; do read line || exec sleep 600; done")
    let watching = place.watch()
    #expect(watching.hears("RUN one\n"))
    watching.raise(signal)
    let result = watching.end()
    #expect(result.status == status)
    let child = result.output.split(separator: "\n").first { $0.hasPrefix("pid ") }?.dropFirst(4) ?? ""
    #expect(Built.shell("kill -0 \(child) 2> /dev/null").status != 0)
    place.remove()
  }

  @Test(arguments: [
    (
      "run --watch /nowhere", 2, "there is no folder /nowhere. 'playground eject ID /nowhere' makes a lesson's package."
    ),
    ("run --watch /dev", 2, "there is no Package.swift in /dev. --watch takes a folder that eject made."),
    ("run --watch", 2, "--watch needs a value"),
    ("run --watch \(repository) loop", 2, "--watch runs the package in \(repository), so 'loop' is one too many"),
  ]) func `that can't be is told`(_ command: String, _ status: Int, _ message: String) {
    #expect(Built.shell("$P \(command)") == .init(status: status, output: "", errors: "playground run: \(message)\n"))
  }

  @Test func `needs a swift to build it`() {
    let result = Built.shell("PATH=/nowhere; export PATH; $P run --watch \(repository)")
    #expect(result.status == 3)
    #expect(result.errors == "playground run: there is no swift in PATH, so nothing can be built\n")
  }
}

@Suite struct `What a look at files sees` {
  @Test func `is what was added, removed, or written, and by its length also what was written at once`() {
    let folder = Built.shell(
      "D=$(mktemp -d); mkdir -p $D/a/b $D/.build; echo 1 > $D/a/b/c; echo 1 > $D/d; printf %s $D"
    ).output
    let first = FileStamps(of: folder)
    #expect(FileStamps(of: folder).changes(since: first) == [])
    _ = Built.shell(
      "cd \(folder); echo 22 > a/b/c; rm d; echo 1 > e; echo 1 > .build/x; echo 1 > .h; echo 1 > e~; echo 1 > Package.resolved; ln -s . a/loop"
    )
    let second = FileStamps(of: folder)
    #expect(second.changes(since: first) == ["a/b/c", "a/loop", "d", "e"])
    #expect(FileStamps(of: "/nowhere").changes(since: FileStamps(of: "/nowhere/else")) == [])
    _ = Built.shell("rm -r \(folder)")
  }
}
