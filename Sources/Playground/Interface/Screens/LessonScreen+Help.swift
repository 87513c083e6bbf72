// SPDX-License-Identifier: Apache-2.0

extension LessonScreen {
  /// What keys do here.
  var help: HelpScreen {
    HelpScreen(
      app, title: LessonHints.title(card),
      sections: [
        ("This lesson", LessonHints.lessonKeys(card)),
        (
          "Time",
          [
            .init("Space", "pause, run"), .init(".", "one turn"), .init(">", "one callback"),
            .init(",", "one event back; . and > go forward again"), .init("[ ]", "slower, faster: 0.1x to 10x, max"),
            .init("r", "start again"),
          ]
        ),
        (
          "Look",
          [
            .init("Tab", "log, objects, text"), .init("z", "the scope alone, and what is under its cursor"),
            .init("+ -", "the scale of the scope, where the lesson has no such keys"), .init("↑ ↓", "scroll the code"),
            .init("T", "colours on, off"), .init("Ctrl-L", "draw everything anew"),
          ]
        ),
        (
          "Keep",
          [
            .init("w", "save the trace, for ui.perfetto.dev"), .init("y", "what you did, as a command line"),
            .init(":", "a command of the sandbox, on this loop"),
          ]
        ),
        ("Go", [.init("n p", "next, previous lesson"), .init("q", "leave"), .init("Ctrl-C", "quit at once")]),
        HelpScreen.legend,
      ])
  }
}
