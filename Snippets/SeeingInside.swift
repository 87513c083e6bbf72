import Concurrency

extension LoopEvent.Kind {
  static let mark = LoopEvent.Kind("mark", .point, .notes)
}

final class Printer: LoopObserver {
  let interest: LoopInterest = [.runs, .arming, .times, .notes]

  func observe(_ event: LoopEvent) {
    let label = event.label.map { " \($0)" } ?? ""
    print("\(event.time): \(event.kind) #\(event.id), caused by #\(event.cause)\(label)")
  }
}

func lookInside(_ loop: EventLoop) throws {
  loop.observer = Printer()
  loop.addTimer(after: .seconds(1)) {
    loop.nextTick { EventLoop.note(LoopEvent(.mark, label: "a word of the program's own")) }
    loop.block(for: .seconds(2))
  }.label("slow")

  print("kept from idle by \(loop.statistics.keptFromIdleBy)")
  try loop.run(until: .idle)
  print("the longest callback took \(loop.statistics.longestCallback)")
}

try lookInside(EventLoop.virtual())
