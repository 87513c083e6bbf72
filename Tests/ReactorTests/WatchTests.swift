// SPDX-License-Identifier: Apache-2.0

import Reactor
import TestSupport
import Testing

/// Every test runs on each poller of this system; `withRealLoop` checks which one waits.
@Suite struct `A watch` {
  typealias Poller = EventLoop.PollerKind

  @Test(arguments: Poller.available)
  func `AT-01 AT-04 tells that a pipe is readable`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.readEnd, for: .readable) { readiness in
        history.append("\(readiness) \(pipe.receive())")
        loop.stop()
      }
      loop.nextTick { pipe.send("hello") }
    }
    #expect(history == ["[readable] hello"])
  }

  @Test(arguments: Poller.available)
  func `AT-01 tells that a socket is writable, or both`(_ poller: Poller) throws {
    var history: [String] = []
    let sockets = DescriptorPair.sockets()
    sockets.send()
    let other = DescriptorPair.sockets()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(sockets.readEnd, for: [.readable, .writable]) { history.append("both: \($0)") }
      try loop.watch(other.readEnd, for: [.readable, .writable]) { history.append("empty: \($0)") }
      try loop.watch(sockets.writeEnd, for: .writable) { history.append("writable: \($0)") }
      loop.atEndOfTurn { loop.stop() }
    }
    #expect(history.sorted() == ["both: [readable, writable]", "empty: [writable]", "writable: [writable]"])
  }

  @Test(arguments: Poller.available)
  func `tells nothing of a full pipe until there is room`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.fill()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.writeEnd, for: .writable) { _ in
        history.append("room")
        loop.stop()
      }
      loop.addTimer(after: .milliseconds(2)) {
        history.append("reading")
        _ = pipe.receive()
      }
    }
    #expect(history == ["reading", "room"])
  }

  @Test(arguments: Poller.available)
  func `A1-api-30 is level-triggered: what isn't read is told again`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send("abc")
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.readEnd, for: .readable) { _ in
        history.append("ready")
        guard history.count == 3 else { return }
        history.append(pipe.receive())
        loop.stopSoon()
      }
    }
    #expect(history == ["ready", "ready", "ready", "abc"])
  }

  @Test(arguments: Poller.available)
  func `AT-05 A1-api-18 A1-api-30 can be switched off and on, and tells then what became ready meanwhile`(
    _ poller: Poller
  ) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    try withRealLoop(poller: poller) { loop in
      let watch = try loop.watch(pipe.readEnd, for: []) { _ in
        history.append(pipe.receive())
        loop.stop()
      }
      history.append("\(watch.interest)")
      watch.interest = .readable
      history.append("\(watch.interest)")
      watch.interest = []
      history.append("\(watch.interest)")
      pipe.send("meanwhile")
      loop.addTimer(after: .milliseconds(5)) {
        history.append("on")
        watch.interest = .readable
      }
    }
    #expect(history == ["[]", "[readable]", "[]", "on", "meanwhile"])
  }

  @Test(arguments: Poller.available)
  func `A1-api-18 with no interest hears no hang-up and costs no turns`(_ poller: Poller) throws {
    var history: [String] = []
    var turns = 0
    let pipe = DescriptorPair.pipe()
    try withRealLoop(poller: poller) { loop in
      let off = try loop.watch(pipe.readEnd, for: .readable) { history.append("\($0)") }
      off.interest = []
      pipe.closeWriteEnd()
      let before = loop.statistics.turns
      loop.addTimer(after: .milliseconds(10)) {
        turns = loop.statistics.turns - before
        history.append("timer")
        off.interest = .readable
        loop.stopSoon()
      }
    }
    #expect(history.first == "timer")
    #expect(history.contains("[readable]"))
    #expect(turns < 5)
  }

  @Test(arguments: Poller.available)
  func `changes its interest from one to the other`(_ poller: Poller) throws {
    var history: [String] = []
    let sockets = DescriptorPair.sockets()
    sockets.send("x")
    try withRealLoop(poller: poller) { loop in
      let watch = try loop.watch(sockets.readEnd, for: .readable) { history.append("\($0)") }
      let changes: [Interest] = [.writable, [], [.readable, .writable], .readable]
      func next(_ number: Int) {
        guard number < changes.count else { return loop.stop() }
        watch.interest = changes[number]
        history.append("set \(changes[number])")
        loop.nextTick { loop.atEndOfTurn { next(number + 1) } }
      }
      loop.atEndOfTurn { next(0) }
    }
    // How often it is told between two changes depends on the turns that pass a look over.
    var distinct: [String] = []
    for entry in history where entry != distinct.last { distinct.append(entry) }
    #expect(
      distinct.filter { $0.hasPrefix("set") }
        == ["set [writable]", "set []", "set [readable, writable]", "set [readable]"])
    for (entry, next) in zip(distinct, distinct.dropFirst()) where entry.hasPrefix("set") && !next.hasPrefix("set") {
      #expect(entry == "set \(next)")
    }
  }

  @Test(arguments: Poller.available)
  func `A1-watch-1 of a descriptor that is watched already throws EEXIST, and harms nothing`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send()
    try withRealLoop(poller: poller) { loop in
      let first = try loop.watch(pipe.readEnd, for: .readable) { _ in
        history.append("first")
        loop.stop()
      }
      let error = #expect(throws: SystemError.self) {
        try loop.watch(pipe.readEnd, for: .writable) { _ in history.append("second") }
      }
      #expect(error?.errno == ErrorNumber.exists)
      #expect(error?.subject == "descriptor \(pipe.readEnd)")
      #expect(first.interest == .readable)
      #expect(loop.statistics.watches == 1)
    }
    #expect(history == ["first"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-1 with no interest still has its descriptor`(_ poller: Poller) throws {
    let pipe = DescriptorPair.pipe()
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    let first = try loop.watch(pipe.readEnd, for: []) { _ in }
    #expect(throws: SystemError.self) { try loop.watch(pipe.readEnd, for: .readable) { _ in } }
    first.cancel()
    #expect(throws: Never.self) { try loop.watch(pipe.readEnd, for: .readable) { _ in } }
    loop.stop()
  }

  @Test(arguments: Poller.available)
  func `A1-watch-2 of a bad descriptor throws what the kernel says`(_ poller: Poller) throws {
    let loop = try EventLoop(EventLoop.Configuration(poller: poller))
    for descriptor in [-1, 1_000_000] as [CInt] {
      for interest in [Interest.readable, []] {
        let error = #expect(throws: SystemError.self) { try loop.watch(descriptor, for: interest) { _ in } }
        #expect(error?.errno == ErrorNumber.badDescriptor)
      }
    }
    #expect(loop.statistics.watches == 0)
    try watched(loop) { try loop.run(until: .idle) }
  }

  @Test(arguments: Poller.available)
  func `A1-watch-3 hears a hang-up as readable`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.closeWriteEnd()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.readEnd, for: .readable) { readiness in
        history.append("\(readiness) '\(pipe.receive())'")
        loop.stop()
      }
    }
    #expect(history == ["[readable] ''"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-3 hears an error, where nobody reads any more, as writable`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.fill()
    pipe.closeReadEnd()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.writeEnd, for: .writable) { readiness in
        history.append("\(readiness)")
        loop.stop()
      }
    }
    #expect(history == ["[writable]"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-3 hears a hang-up as both, where it wants both`(_ poller: Poller) throws {
    var history: [String] = []
    let sockets = DescriptorPair.sockets()
    sockets.closeWriteEnd()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(sockets.readEnd, for: [.readable, .writable]) { readiness in
        history.append("\(readiness)")
        loop.stop()
      }
    }
    #expect(history == ["[readable, writable]"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-4 of a regular file is always ready, for what it wants`(_ poller: Poller) throws {
    var history: [String] = []
    let file = openTemporaryFile()
    try withRealLoop(poller: poller) { loop in
      var watch: Watch?
      let changes: [Interest] = [.writable, [.readable, .writable], []]
      watch = try loop.watch(file, for: .readable) { readiness in
        history.append("\(readiness)")
        watch?.interest = changes[history.count - 1]
        if history.count == 3 { loop.addTimer(after: .milliseconds(2)) { loop.stop() } }
      }
    }
    closeFile(file)
    #expect(history == ["[readable]", "[writable]", "[readable, writable]"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-4 of the null device is always ready`(_ poller: Poller) throws {
    var history: [String] = []
    let null = openFile("/dev/null")
    try withRealLoop(poller: poller) { loop in
      var watch: Watch?
      watch = try loop.watch(null, for: .readable) { readiness in
        history.append("\(readiness)")
        if history.count < 3 { return }
        watch?.cancel()
        loop.stop()
      }
    }
    closeFile(null)
    #expect(history == ["[readable]", "[readable]", "[readable]"])
  }

  @Test(arguments: Poller.available)
  func `A1-watch-4 of a regular file beside others starves nobody`(_ poller: Poller) throws {
    var history: Set<String> = []
    let file = openTemporaryFile()
    let pipe = DescriptorPair.pipe()
    pipe.send()
    try withRealLoop(poller: poller) { loop in
      try loop.watch(file, for: .readable) { _ in history.insert("file") }
      try loop.watch(pipe.readEnd, for: .readable) { _ in
        history.insert(pipe.receive())
        loop.addTimer(after: .milliseconds(2)) {
          history.insert("timer")
          loop.stop()
        }
      }
    }
    closeFile(file)
    #expect(history == ["file", "x", "timer"])
  }

  /// Virtual, since there a program's whole history is the same in every run: an order that depends on the process would
  /// show only when two of them are compared.
  @Test(arguments: Poller.available)
  func `A1-watch-4 A1-virtual-6 of a regular file is told in the order of watching, changed or not`(
    _ poller: Poller
  ) throws {
    var history: [Int] = []
    let files = (0..<16).map { _ in openTemporaryFile() }
    let loop = EventLoop.virtual(EventLoop.Configuration(poller: poller))
    try loop.run { loop in
      // Neither the order of the descriptors nor its reverse.
      let order = [5, 12, 0, 9, 15, 3, 7, 1, 14, 8, 2, 11, 6, 13, 4, 10]
      var watches: [Int: Watch] = [:]
      for number in order {
        watches[number] = try loop.watch(files[number], for: .readable) { _ in history.append(number) }
      }
      for number in [9, 4, 5] { watches[number]?.interest = [] }
      for number in [5, 4, 9] { watches[number]?.interest = .writable }
      watches[10]?.cancel()
      watches[13]?.interest = []
      loop.atEndOfTurn { loop.stop() }
    }
    files.forEach { closeFile($0) }
    #expect(history == [5, 12, 0, 9, 15, 3, 7, 1, 14, 8, 2, 11, 6, 4])
    #expect(loop.pollerKind == poller)
  }

  @Test(arguments: Poller.available)
  func `EP-03 may be cancelled in the turn that made it, and the descriptor stays open and usable`(
    _ poller: Poller
  ) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send("kept")
    try withRealLoop(poller: poller) { loop in
      loop.nextTick {
        do {
          let watch = try loop.watch(pipe.readEnd, for: .readable) { _ in history.append("told") }
          watch.cancel()
          watch.cancel()
          history.append("\(watch.isActive) \(watch.interest)")
        } catch {
          history.append("\(error)")
        }
        loop.addTimer(after: .milliseconds(2)) { loop.stop() }
      }
    }
    #expect(history == ["false []"])
    #expect(pipe.receive() == "kept")
  }

  @Test(arguments: Poller.available)
  func `A1-api-30 A1-own-3 may be cancelled in its own callback, which finishes, and is released then`(
    _ poller: Poller
  ) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send()
    try withRealLoop(poller: poller) { loop in
      var watch: Watch?
      do {
        let canary = Canary { history.append("released") }
        watch = try loop.watch(pipe.readEnd, for: .readable) { _ in
          history.append("begins")
          watch?.cancel()
          history.append("ends \(watch?.isActive == false)")
          withExtendedLifetime(canary) {}
        }
      }
      loop.stopSoon { history.append("timer") }
    }
    #expect(history == ["begins", "ends true", "released", "timer"])
    #expect(isOpen(pipe.readEnd))
  }

  @Test(arguments: Poller.available)
  func `cancelled by another one of the same turn is not told`(_ poller: Poller) throws {
    var history: [String] = []
    let pipes = [DescriptorPair.pipe(), .pipe()]
    pipes.forEach { $0.send() }
    try withRealLoop(poller: poller) { loop in
      var watches: [Watch] = []
      watches = try pipes.enumerated().map { number, pipe in
        try loop.watch(pipe.readEnd, for: .readable) { _ in
          history.append("told")
          watches[1 - number].cancel()
          _ = pipe.receive()
        }
      }
      loop.stopSoon()
    }
    #expect(history == ["told"])
  }

  @Test(arguments: Poller.available)
  func `CW-01 switched off by another one of the same turn is not told`(_ poller: Poller) throws {
    var history: [String] = []
    let pairs = [DescriptorPair.sockets(), .sockets()]
    try withRealLoop(poller: poller) { loop in
      var watches: [Watch] = []
      watches = try pairs.enumerated().map { number, pair in
        try loop.watch(pair.writeEnd, for: .writable) { _ in
          history.append("told")
          watches[1 - number].interest = []
          watches[number].interest = []
        }
      }
      loop.stopSoon()
    }
    #expect(history == ["told"])
  }

  @Test(arguments: Poller.available)
  func `whose descriptor got another file in the same turn hears nothing of the old one`(_ poller: Poller) throws {
    var history: [String] = []
    let old = [DescriptorPair.pipe(), .pipe()]
    let quiet = [DescriptorPair.pipe(), .pipe()]
    old.forEach { $0.send() }
    try withRealLoop(poller: poller) { loop in
      var watches: [Watch] = []
      // Whichever is told first cancels the other one, closes its descriptor and watches a quiet pipe by that number.
      watches = try (0..<2).map { number in
        try loop.watch(old[number].readEnd, for: .readable) { _ in
          history.append("told")
          let other = 1 - number
          watches[number].cancel()
          watches[other].cancel()
          replace(old[other].readEnd, by: quiet[other].readEnd)
          do {
            try loop.watch(old[other].readEnd, for: .readable) { _ in
              history.append("the new one: \(receiveText(old[other].readEnd))")
              loop.stop()
            }
          } catch {
            history.append("\(error)")
          }
          loop.addTimer(after: .milliseconds(5)) {
            history.append("sent")
            quiet[other].send("new")
          }
        }
      }
    }
    #expect(history == ["told", "sent", "the new one: new"])
  }

  @Test func `of a number that was closed and opened again behind its back gives way, with epoll`() throws {
    guard Poller.available.contains(.epoll) else { return }
    var history: [String] = []
    let old = DescriptorPair.pipe()
    let new = DescriptorPair.pipe()
    try withRealLoop(poller: .epoll) { loop in
      try loop.watch(old.readEnd, for: .readable) { _ in history.append("old") }
      replace(old.readEnd, by: new.readEnd)
      try loop.watch(old.readEnd, for: .readable) { _ in
        history.append("new")
        loop.stop()
      }
      new.send()
      #expect(loop.statistics.watches == 1)
    }
    #expect(history == ["new"])
  }

  @Test(arguments: Poller.available)
  func `A1-own-1 A1-own-2 that nobody holds is told`(_ poller: Poller) throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    try withRealLoop(poller: poller) { loop in
      do {
        _ = try loop.watch(pipe.readEnd, for: .readable) { _ in
          history.append("told")
          loop.stop()
        }
      }
      pipe.send()
    }
    #expect(history == ["told"])
  }

  @Test(arguments: Poller.available)
  func `among five hundred hears its own descriptor only`(_ poller: Poller) throws {
    let pipes = (0..<500).map { _ in DescriptorPair.pipe() }
    var heard: [Int] = []
    let some = stride(from: 3, to: 500, by: 7)
    try withRealLoop(poller: poller) { loop in
      var watches: [Watch] = []
      for (number, pipe) in pipes.enumerated() {
        watches.append(
          try loop.watch(pipe.readEnd, for: .readable) { _ in
            heard.append(number)
            _ = pipe.receive()
            if heard.count == some.underestimatedCount { loop.stop() }
          })
      }
      // Taking every other silent one out moves those behind it in the table of poll(2).
      for number in stride(from: 0, to: 500, by: 2) where (number - 3) % 7 != 0 { watches[number].cancel() }
      for number in some { pipes[number].send() }
    }
    #expect(heard.sorted() == Array(some))
  }

  @Test(arguments: Poller.available)
  func `serves more ready descriptors than the kernel tells at once`(_ poller: Poller) throws {
    let pipes = (0..<400).map { _ in DescriptorPair.pipe() }
    var heard: Set<Int> = []
    try withRealLoop(poller: poller) { loop in
      for (number, pipe) in pipes.enumerated() {
        pipe.send()
        // Nobody reads: each stays ready.
        try loop.watch(pipe.readEnd, for: .readable) { _ in
          heard.insert(number)
          if heard.count == 400 { loop.stop() }
        }
      }
    }
    #expect(heard.count == 400)
  }

  @Test(arguments: Poller.available)
  func `AT-07 leaves the descriptor's data alone`(_ poller: Poller) throws {
    let pipe = DescriptorPair.pipe()
    pipe.send("untouched")
    try withRealLoop(poller: poller) { loop in
      try loop.watch(pipe.readEnd, for: .readable) { _ in loop.stop() }
    }
    #expect(pipe.receive() == "untouched")
    #expect(isOpen(pipe.readEnd))
  }

  @Test func `does nothing once its loop is gone`() throws {
    let pipe = DescriptorPair.pipe()
    var loop: EventLoop? = EventLoop.virtual()
    let watch = try loop?.watch(pipe.readEnd, for: .readable) { _ in }
    loop = nil
    watch?.cancel()
    watch?.interest = .writable
    #expect(watch?.isActive == false)
    #expect(watch?.interest == [])
  }

  @Test func `A1-virtual-2 is real on a virtual loop: it is looked at before time jumps`() throws {
    var history: [String] = []
    let pipe = DescriptorPair.pipe()
    pipe.send("there")
    let loop = EventLoop.virtual()
    var watch: Watch?
    watch = try loop.watch(pipe.readEnd, for: .readable) { _ in
      history.append("\(pipe.receive()) at \(loop.now)")
      watch?.cancel()
    }
    loop.addTimer(after: .seconds(1)) { history.append("timer") }
    try loop.run(until: .idle)
    #expect(history == ["there at 0.000000000 s", "timer"])
  }
}
