// SPDX-License-Identifier: Apache-2.0

/// Turns one look of text into another, in as few bytes as it takes.
enum StyleCodes {
  static func change(from old: Style, to new: Style) -> String {
    if old == new { return "" }
    let plain = [""]
    let anew = new == .plain ? plain : ["0"] + codes(.plain, new)
    let step = codes(old, new)
    let shorter = length(step) < length(anew) ? step : anew
    return "\u{1B}[\(shorter.joined(separator: ";"))m"
  }

  private static func length(_ codes: [String]) -> Int { codes.reduce(codes.count) { $0 + $1.utf8.count } }

  private static func codes(_ old: Style, _ new: Style) -> [String] {
    var codes: [String] = []
    // One code ends both.
    let endsWeight = old.bold && !new.bold || old.dim && !new.dim
    if endsWeight { codes.append("22") }
    if new.bold, !old.bold || endsWeight { codes.append("1") }
    if new.dim, !old.dim || endsWeight { codes.append("2") }
    if new.underline != old.underline { codes.append(new.underline ? "4" : "24") }
    if new.reverse != old.reverse { codes.append(new.reverse ? "7" : "27") }
    if new.color != old.color { codes.append(code(new.color)) }
    return codes
  }

  private static func code(_ color: Color) -> String {
    switch color.rawValue {
    case 0: "39"
    case 1...8: "\(29 + color.rawValue)"
    default: "\(81 + color.rawValue)"
    }
  }
}
