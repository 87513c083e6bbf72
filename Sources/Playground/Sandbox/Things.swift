// SPDX-License-Identifier: Apache-2.0

import Concurrency

/// Something that a command made and that later ones speak of by its name.
protocol Thing: AnyObject {
  var name: String { get }
  /// What it is: `timer`, `deferrable`.
  var sort: String { get }
  /// How it stands, for `ps`.
  var state: String { get }
  /// Whether nothing will come of it any more.
  var isOver: Bool { get }
  /// Whether the loop can't become idle because of it.
  var keepsLoopAlive: Bool { get }
  /// Whether ``cancel()`` means anything.
  var isCancellable: Bool { get }
  func cancel()
}

extension Thing {
  var isCancellable: Bool { true }
}

/// A thing that has an outcome.
protocol Awaitable: Thing {
  func callback(_ text: String, in session: SandboxSession)
  func errback(_ text: String, in session: SandboxSession)
  func timeout(after delay: Duration, in session: SandboxSession)
}

/// All that a session made, by name and in order.
struct Things {
  private(set) var all: [any Thing] = []
  private var byName: [String: any Thing] = [:]
  private var lastNumbers: [String: Int] = [:]
  private var jobs: [any Thing] = []
  /// What new names begin with; something where other things have names of their own.
  var prefix = ""

  mutating func add(_ thing: any Thing) {
    all.append(thing)
    byName[thing.name] = thing
    if thing.sort == "job" { jobs.append(thing) }
  }

  func named(_ name: String) -> (any Thing)? { byName[name] }

  /// The next name of that letter: `t1`.
  mutating func newName(_ letter: String) -> String {
    while true {
      lastNumbers[letter, default: 0] += 1
      let name = "\(prefix)\(letter)\(lastNumbers[letter, default: 0])"
      if byName[name] == nil { return name }
    }
  }

  /// Whether a job has not come back yet.
  mutating func haveJobs() -> Bool {
    jobs.removeAll { $0.isOver }
    return !jobs.isEmpty
  }

  /// The name that somebody wants for a new thing, if it can be had; without one, the next of that letter.
  mutating func newName(_ wanted: String?, orElse letter: String) throws(Complaint) -> String {
    guard let wanted else { return newName(letter) }
    guard SwiftText.isName(wanted) else {
      throw Complaint("\"\(wanted)\" can't be a name: take up to 24 letters and digits, and no word of Swift's")
    }
    if let thing = named(wanted) {
      throw Complaint("\(wanted) is the name of a \(thing.sort) already: take another one")
    }
    return wanted
  }

  /// The thing of that name, if it is of that sort.
  func find<Sort>(_ name: String, _ sort: String, as type: Sort.Type) throws(Complaint) -> Sort {
    guard let thing = named(name) else {
      let names = all.map(\.name)
      if let near = Nearest.match(for: name, among: names), !names.isEmpty {
        throw Complaint("there is no \(sort) \"\(name)\". Did you mean: \(near)?")
      }
      throw Complaint("there is no \(sort) \"\(name)\". `ps` lists what there is")
    }
    guard let found = thing as? Sort else {
      throw Complaint("\(name) is a \(thing.sort), and this takes a \(sort)")
    }
    return found
  }
}
