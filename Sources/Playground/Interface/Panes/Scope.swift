// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// The scope: what was due, what the loop and the workers did, and how late it was, over time.
///
/// Time runs to the right; a column is a fixed part of the loop's time, so that the picture moves by whole columns. Of
/// what falls into one column the letter of highest rank is shown.
struct Scope {
  /// How wide the names of the lanes are.
  static let gutter = 10
  /// How wide the number at the end of a lane is.
  private static let margin = 8

  let picture: Picture
  /// The time of a column, in nanoseconds.
  let column: Int64
  /// The number of columns.
  let columns: Int
  /// The number of the first column, counted from the loop's time 0.
  let first: Int

  /// A scope that ends now, or at another time.
  init(_ picture: Picture, column: Duration, width: Int, end: Instant? = nil) {
    self.picture = picture
    self.column = max(1, column.roundedNanoseconds)
    columns = max(1, width - Self.gutter - Self.margin)
    let last = Int((end ?? picture.now).nanoseconds / self.column)
    first = last - columns + 1
  }

  /// A lane: its name, its cells, and what stands behind it.
  struct Lane {
    var name: String
    var cells: [Cell]
    var value = ""
    var valueStyle = Style.aside
  }

  /// A character of a lane.
  struct Cell {
    var character: Character
    var style = Style.plain
    var letter: Letter?
  }

  /// The column of a time, from 0; outside of the scope if it is not in there.
  func position(_ time: Instant) -> Int {
    let number = time == .never ? Int.max / 2 : Int(time.nanoseconds / column)
    return number - first
  }

  // MARK: Lanes

  /// The lanes that have something to show, at most so many.
  func lanes(atMost limit: Int) -> [Lane] {
    let lanes = picture.history.lanes
    let workers = Array(1..<max(1, picture.moment.workers + 1))
    let hasTimers = (lanes.dues.first?.armed ?? .max) < picture.cursor
    let kept = hasTimers ? 1 : 0
    var result = hasTimers ? [due, loop] : [loop]
    // The lag is worth more than one worker of many.
    let room = limit - result.count - kept
    if picture.moment.workers > 0 {
      result += workers.count <= max(1, room) ? workers.map(worker) : [pool(workers)]
      if limit - result.count > kept { result.append(results) }
      if limit - result.count > kept, lanes.waiting.contains(where: { $0.value > 0 }) { result.append(waiting) }
    }
    if hasTimers { result.append(lag) }
    return Array(result.prefix(max(0, limit)))
  }

  private func blank() -> [Cell] {
    let last = position(picture.now)
    return (0..<columns).map {
      $0 + first < 0 || $0 > last ? Cell(character: " ") : Cell(character: "·", style: .frame)
    }
  }

  /// When timers should have run; what is late is drawn until it ran.
  var due: Lane {
    var cells = blank()
    for due in picture.history.lanes.dues where due.armed < picture.cursor {
      let isMet = due.met < picture.cursor
      if isMet, due.isCancelled { continue }
      let end = isMet ? due.came : picture.now
      guard due.due <= end, position(end) >= 0 else { continue }
      let isOverdue = !isMet && position(end) > position(due.due)
      for index in max(0, position(due.due) + 1)..<max(0, position(due.due) + 1, min(columns, position(end) + 1))
      where cells[index].letter == nil {
        cells[index] = Cell(character: "─", style: isOverdue ? .bad : .running)
      }
      mark(isOverdue ? .overdue : .timer, at: position(due.due), in: &cells)
    }
    return Lane(name: "due", cells: cells)
  }

  /// What the loop's thread did.
  var loop: Lane {
    var cells = blank()
    for span in spans(picture.history.lanes.loop) { draw(span, in: &cells) }
    return Lane(name: "reactor", cells: cells)
  }

  /// What a worker did.
  func worker(_ number: Int) -> Lane {
    var cells = blank()
    for span in spans(picture.history.lanes.workers[number] ?? []) { drawJob(span, in: &cells) }
    return Lane(name: "worker-\(number)", cells: cells)
  }

  /// How many of the workers had something to do.
  func pool(_ workers: [Int]) -> Lane {
    var counts = Array(repeating: 0, count: columns)
    for worker in workers {
      for span in spans(picture.history.lanes.workers[worker] ?? []) {
        for index in range(span) { counts[index] += 1 }
      }
    }
    let cells = zip(counts, blank()).map { count, blank in
      count == 0 ? blank : Cell(character: count > 9 ? "+" : Character("\(count)"), style: .aside)
    }
    return Lane(name: "workers", cells: cells)
  }

  /// Which results waited for the loop.
  var results: Lane {
    var cells = blank()
    for span in spans(picture.history.lanes.results) {
      for index in range(span) where cells[index].letter == nil { cells[index] = Cell(character: "─", style: .aside) }
      mark(.result, at: position(span.from), in: &cells)
    }
    return Lane(name: "results", cells: cells)
  }

  /// How many jobs waited for a thread.
  var waiting: Lane {
    var values = Array(repeating: 0, count: columns)
    let levels = picture.history.lanes.waiting.prefix { $0.event < picture.cursor }
    var end = min(columns, position(picture.now) + 1)
    for level in levels.reversed() {
      let begin = max(0, position(level.time))
      for index in begin..<max(begin, end) { values[index] = max(values[index], level.value) }
      end = min(end, max(0, position(level.time)))
      if end <= 0 { break }
    }
    return Lane(name: "waiting", cells: bars(values.map(Int64.init), scale: 4), value: "\(levels.last?.value ?? 0)")
  }

  /// How late the loop was.
  var lag: Lane {
    var values = Array(repeating: Int64(0), count: columns)
    for due in picture.history.lanes.dues where due.armed < picture.cursor {
      let isMet = due.met < picture.cursor
      if isMet, due.isCancelled { continue }
      let end = isMet ? due.came : picture.now
      guard due.due < end, position(end) >= 0 else { continue }
      for index in max(0, position(due.due))..<max(0, position(due.due), min(columns, position(end) + 1)) {
        let columnEnd = min(end.nanoseconds, Int64(index + first + 1) * column)
        values[index] = max(values[index], columnEnd - due.due.nanoseconds)
      }
    }
    let current = values[max(0, min(columns - 1, position(picture.now)))]
    let isLate = current > Lints.limit.roundedNanoseconds
    return Lane(
      name: "lag", cells: bars(values, scale: max(values.max() ?? 0, 100_000_000), least: 2_000_000),
      value: Amount.text(current),
      valueStyle: isLate ? .bad : .aside)
  }

  // MARK: Drawing

  /// The spans that reach into the scope and had begun by the moment.
  private func spans(_ all: [Span]) -> [Span] {
    var found: [Span] = []
    for index in stride(from: all.partitioned { $0.begin < picture.cursor } - 1, through: 0, by: -1) {
      var span = all[index]
      if span.end >= picture.cursor { span.to = .never }
      if span.to != .never, position(span.to) < 0 { break }
      found.append(span)
    }
    return found.reversed()
  }

  /// The columns of a span.
  private func range(_ span: Span) -> Range<Int> {
    let end = min(position(span.to == .never ? picture.now : span.to), columns - 1)
    let begin = max(0, position(span.from))
    return begin..<max(begin, end + 1)
  }

  private func draw(_ span: Span, in cells: inout [Cell]) {
    let end = span.to == .never ? picture.now : span.to
    let isLong = end - span.from > Lints.limit
    if end.nanoseconds - span.from.nanoseconds >= column / 2 {
      for index in range(span) where cells[index].letter == nil {
        cells[index] = Cell(character: "█", style: isLong ? .bad : .running)
      }
    }
    mark(span.letter, at: position(span.from), in: &cells)
  }

  private func drawJob(_ span: Span, in cells: inout [Cell]) {
    let isOver = span.to != .never
    let range = range(span)
    for index in range { cells[index] = Cell(character: "=", style: .running) }
    let begin = position(span.from)
    guard !range.isEmpty else { return }
    for (offset, character) in ("[" + span.name).enumerated() where offset < range.count || offset == 0 {
      let index = begin + offset
      if cells.indices.contains(index) { cells[index] = Cell(character: character, style: .running) }
    }
    guard isOver, range.count > 1, let last = range.last, position(span.to) == last else { return }
    cells[last] = Cell(character: span.hasFailed ? "x" : "]", style: span.hasFailed ? .bad : .good)
  }

  private func mark(_ letter: Letter, at index: Int, in cells: inout [Cell]) {
    guard cells.indices.contains(index) else { return }
    if let there = cells[index].letter, there > letter { return }
    let style: Style =
      switch letter {
      case .overdue, .errback: .bad
      case .key, .signal: .key
      default: .good
      }
    cells[index] = Cell(character: letter.rawValue, style: style, letter: letter)
  }

  private func bars(_ values: [Int64], scale: Int64, least: Int64 = 0) -> [Cell] {
    let steps: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return zip(values, blank()).map { value, blank in
      guard blank.character != " " else { return blank }
      guard value > least else { return Cell(character: "▁", style: .frame) }
      // Seven times a century is more nanoseconds than 64 bits hold.
      let step = min(7, Int((Int128(value) * 7 + Int128(scale) - 1) / Int128(scale)))
      return Cell(character: steps[step], style: value > Lints.limit.roundedNanoseconds ? .bad : .aside)
    }
  }
}
