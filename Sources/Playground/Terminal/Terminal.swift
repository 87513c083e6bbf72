// SPDX-License-Identifier: Apache-2.0

/// What is known of the terminal, from the environment alone: nothing is ever asked of it, since a reply that comes late
/// would land in the user's shell.
struct Terminal: Sendable, Equatable {
  /// Whether standard input is a terminal.
  var isInput: Bool
  /// Whether standard output is a terminal.
  var isOutput: Bool
  /// `TERM`; empty if it isn't set.
  var kind: String
  /// Whether the locale speaks UTF-8.
  var isUTF8: Bool
  /// Whether the environment asks for colours, forbids them, or says nothing.
  var wantsColor: Bool?
  /// Whether `ACCESSIBLE` asks for output that a screen reader can follow.
  var isAccessible: Bool

  /// The terminal of this process.
  static func detect() -> Terminal {
    Terminal(
      isInput: Descriptors.isTerminal(0), isOutput: Descriptors.isTerminal(1), variable: ProcessFacts.variable)
  }

  /// What an environment says, for tests.
  init(isInput: Bool, isOutput: Bool, variable: (String) -> String?) {
    func isSet(_ name: String) -> Bool {
      guard let value = variable(name) else { return false }
      return !value.isEmpty && value != "0"
    }
    self.isInput = isInput
    self.isOutput = isOutput
    kind = variable("TERM") ?? ""
    // The first of them that is set decides, even over a better one.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(variable).first { !$0.isEmpty } ?? ""
    isUTF8 = ["utf8", "utf-8"].contains { locale.lowercased().contains($0) }
    if let noColor = variable("NO_COLOR"), !noColor.isEmpty {
      wantsColor = false
    } else if isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR") {
      wantsColor = true
    }
    isAccessible = isSet("ACCESSIBLE")
  }

  /// Whether no escape sequence may be sent, whatever is asked for.
  var isDumb: Bool { kind.isEmpty || kind == "dumb" }

  /// Whether boxes and blocks must be drawn with ASCII.
  var needsASCII: Bool { !isUTF8 || kind == "linux" || kind.hasPrefix("vt") }

  /// Whether people sit on both ends.
  var isInteractive: Bool { isInput && isOutput }

  /// Whether to use colours, given what the command line says.
  func usesColor(_ choice: Options.ColorChoice) -> Bool {
    switch choice {
    case .always: true
    case .never: false
    case .auto: wantsColor ?? (isOutput && !isDumb && !isAccessible)
    }
  }
}
