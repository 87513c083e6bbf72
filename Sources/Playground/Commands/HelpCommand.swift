// SPDX-License-Identifier: Apache-2.0

/// `playground help`, `--version`.
enum HelpCommand {
  static let version = "playground 0.1.0 (swift-reactor)"

  static let text = """
    playground: short programs that show how a reactor works, and a sandbox.

      playground [OPTION...]        in a terminal: the course, full screen; with
                                    --plain, or ACCESSIBLE=1: the same as lines
      playground list [--json]      the lessons, one a line
      playground show ID            the code of a lesson; --numbers adds the lines
      playground run ID... [OPTION...]
                                    play lessons, and check what they say
      playground run --all          play all of them: what CI does
      playground run --watch DIR    build and run what eject made, at each save
      playground sandbox [FILE | -c "COMMANDS"] [OPTION...]
                                    timers, processes, deferrables by typing
      playground screen ID          a lesson's full screen as text; --at TIME,
                                    --size 120x36, --pane log | objects | read
      playground replay FILE        a run that --record wrote down: in a terminal to
                                    walk about in, full screen; else as its log
                                    (--for, --turns, --trace, --format as below)
      playground eject ID DIR       a lesson as a package of its own, to change;
                                    --package-path PATH is a clone to depend on
      playground doctor             what was found out about this terminal
      playground reset              puts a terminal right that a crash left odd
      playground reset --progress   all lessons are new again
      playground help, --version

    Options, of run and sandbox above all; they may stand before the command, too:
      --speed 0.1 ... 10 | max      how fast time passes; max jumps from event to
                                    event (the default where no terminal looks on)
      --do KEY@TIME                 press a lesson's key then; again for more
      --for TIME                    end then; TIME is 2.5, 250ms or 1m
      --turns N                     end after N turns of the loop
      --trace FILE                  write a trace for ui.perfetto.dev; - is stdout
      --record FILE                 write every event as a line of JSON, for replay
      --format text | jsonl         the log for people, or every event as JSON
      --quiet                       the verdict only
      --verbose                     also waits, what is armed, wall time, backend
      --pool N                      how many threads the pool has
      --seed N                      for what is random
      --color auto | always | never
      --ascii                       ASCII only
      --plain                       lines only: no full screen, no escapes
      --size 80x24                  what to take the terminal for

    PLAYGROUND_OPTS holds options that are put first. Which lessons are done is kept
    in $XDG_STATE_HOME/reactor-playground/progress (~/.local/state).

    Exit codes: 0 all checks held; 1 one did not; 2 the command line is wrong;
    3 the environment can't do it; 4 still alive at the guard time of 60 s;
    130, 143 ended by SIGINT, SIGTERM.
    """

  static func run(_ output: Output) -> ExitCode {
    output.print(text)
    return .success
  }
}
