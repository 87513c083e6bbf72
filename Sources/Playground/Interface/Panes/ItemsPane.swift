// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The things of the program, the latest that are alive first.
struct ItemsPane {
  let picture: Picture

  func draw(on canvas: inout Canvas, _ area: Area) {
    let items = picture.moment.items.all
    let sorted = items.filter(\.isAlive) + items.filter { !$0.isAlive }.reversed()
    var row = 0
    for item in sorted where row < area.rows {
      for line in lines(item) {
        canvas.put(line.text, in: area, row: row, column: 1, style: line.style)
        row += 1
      }
    }
    if row == 0 { canvas.put("no timers, jobs or deferrables yet", in: area, row: 0, column: 1, style: .frame) }
  }

  /// What there is to say of a thing, a line for each.
  func lines(_ item: Item) -> [(text: String, style: Style)] {
    let head = "\(LogLine.padded(item.name, to: 4)) "
    let style = item.isAlive ? Style.plain : .frame
    switch item.kind {
    case .timer: return [(head + timer(item), style)]
    case .job: return [(head + job(item), style)] + entries(item)
    case .process:
      return [(head + "process       inbox \(item.messages)   ran \(item.runs)", style)]
    case .watch: return [(head + "descriptor    ran \(item.runs)", style)]
    case .signal: return [(head + "signal        heard \(item.runs)", style)]
    case .deferrable:
      let again = item.settings > 1 ? ", set \(item.settings) times" : " at \(Seconds.text(item.time))"
      let status: String
      switch item.state {
      case .succeeded: status = "succeeded\(again)"
      case .failed: status = "failed\(again)"
      default: status = "not settled"
      }
      return [(head + "deferrable    " + status, style)] + entries(item)
    }
  }

  private func timer(_ item: Item) -> String {
    var fired = item.runs > 0 ? "fired \(item.runs)" : ""
    if item.missed > 0 { fired += ", missed \(item.missed)" }
    switch item.state {
    case .waiting:
      let left = item.time.nanoseconds - picture.now.nanoseconds
      let due = left < -1_000_000 ? "\(Amount.text(-left)) late" : "due in \(Amount.text(max(0, left)))"
      let every = item.interval > 0 ? "every \(Amount.text(item.interval))" : "timer"
      return LogLine.padded(every, to: 14) + LogLine.padded(due, to: 15) + fired
    case .cancelled: return LogLine.padded("timer", to: 14) + "cancelled  \(fired)"
    default: return LogLine.padded("timer", to: 14) + fired
    }
  }

  private func job(_ item: Item) -> String {
    let word = LogLine.padded("job", to: 14)
    switch item.state {
    case .waiting: return word + "waits for a thread"
    case .running(let worker): return word + "on worker-\(worker), for \(Amount.text(picture.now - item.time))"
    case .ended: return word + "has run; its result waits"
    case .cancelled: return word + "cancelled"
    case .succeeded: return word + "succeeded"
    case .failed: return word + "failed"
    case .fired: return word
    }
  }

  private func entries(_ item: Item) -> [(text: String, style: Style)] {
    item.entries.suffix(6).map { entry in
      let word = entry.isErrback ? "errback " : "callback"
      // What a command of the sandbox made stands in no file.
      let line = entry.place.map { $0.file == "script" ? " of command \($0.line)" : " line \($0.line)" } ?? ""
      switch entry.state {
      case .waiting: return ("       \(word)\(line)  waits", .plain)
      case .running: return ("     > \(word)\(line)  runs", .running)
      case .ran: return ("       \(word)\(line)  has run", .frame)
      case .dropped: return ("       \(word)\(line)  dropped", .frame)
      }
    }
  }
}
