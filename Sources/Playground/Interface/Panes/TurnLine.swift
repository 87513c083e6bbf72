// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The turn as a sentence, and the loop's numbers.
struct TurnLine {
  let picture: Picture

  /// `turn 43  wait > timers > [I/O: key b] > …`, in pieces; the one in brackets is where the loop is.
  var sentence: [(text: String, isCurrent: Bool)] {
    let moment = picture.moment
    switch moment.phase {
    case .before: return [("the loop has not begun", false)]
    case .ended: return [("the loop has ended after \(moment.turn) turns", false)]
    case .closing: return [("the loop closes: stop hooks run", true)]
    case .running: break
    }
    var pieces: [(String, Bool)] = moment.step == 0 ? [("[it begins]", true), (" > ", false)] : []
    for (index, step) in StepNames.all.enumerated() {
      if index > 0 { pieces.append((" > ", false)) }
      if moment.step == index + 1 {
        pieces.append(("[\(step)\(detail(index + 1))]", true))
      } else {
        pieces.append((step, false))
      }
    }
    return pieces
  }

  private func detail(_ step: Int) -> String {
    if step == 1 {
      if picture.moment.ticks > 0 { return ": not at all, ticks are queued" }
      return picture.next.map { " until \(Seconds.text(nanoseconds: $0.due))" } ?? ": nothing is due"
    }
    let run = picture.moment.stack.last { $0.place != nil && $0.subject != "block" }
    let words = run.flatMap(Moment.words) ?? ""
    return words.isEmpty ? "" : ": \(words)"
  }

  func draw(on canvas: inout Canvas, _ area: Area) {
    drawNumbers(on: &canvas, area)
    guard area.rows > 1 else { return }
    var column = canvas.put(" turn \(picture.moment.turn)   ", in: area, row: 1) - area.column
    for piece in sentence {
      column =
        canvas.put(
          piece.text, in: area, row: 1, column: column, style: piece.isCurrent ? .running : .aside) - area.column
    }
  }

  private func drawNumbers(on canvas: inout Canvas, _ area: Area) {
    let moment = picture.moment
    var column = 1
    func add(_ text: String, _ style: Style = .plain) {
      // Half a number would be a wrong one.
      guard column + text.count < area.columns else { return column = area.columns }
      column = canvas.put(text + "   ", in: area, row: 0, column: column, style: style) - area.column
    }
    let overdue = moment.deadlines.values.count { $0.due < picture.now.nanoseconds - 1_000_000 }
    add("timers \(moment.deadlines.count)" + (overdue > 0 ? ", \(overdue) overdue" : ""), overdue > 0 ? .bad : .plain)
    add("ticks \(moment.ticks)")
    add("results \(moment.arrivals.count)")
    if moment.workers > 0 || moment.items.waitingJobs > 0 {
      add("pool \(moment.items.runningJobs)/\(max(picture.threads, moment.workers))")
      if moment.items.waitingJobs > 0 { add("jobs waiting \(moment.items.waitingJobs)") }
    }
    add("busy \(picture.busy)")
    add("longest \(Amount.text(max(moment.longest, picture.running ?? .zero)))")
    if picture.history.dropped > 0 { add("dropped \(picture.history.dropped)") }
  }
}
