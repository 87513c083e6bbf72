// SPDX-License-Identifier: Apache-2.0

/// How other threads notify a process: the process itself stays on its loop.
///
/// An address doesn't keep its process alive; a message to one that is gone is dropped. Two addresses are equal if they are
/// those of one process.
///
/// ```swift
/// let greeter = loop.spawn { (name: String) in print("Received \(name)") }
/// let address = greeter.address
/// try SystemThread.start(name: "caller") { address.notify("hello") }
/// ```
public struct ProcessAddress<each Argument: Sendable>: Sendable, Hashable {
  fileprivate let handle: LoopHandle
  fileprivate let number: Int

  /// Sends a message from any thread: the loop looks the process up (step 4) and notifies it, so it runs as a tick after.
  ///
  /// Messages of one thread arrive in the order in which they were sent.
  ///
  /// - Returns: false while the loop closes and once it is gone.
  @discardableResult
  public func notify(_ arguments: repeat each Argument) -> Bool {
    let number = number
    return handle.schedule { loop in
      AddressBook.of(loop).process(number, as: SpawnedProcess<repeat each Argument>.self)?
        .notify(repeat each arguments)
    }
  }
}

extension SpawnedProcess where repeat each Argument: Sendable {
  /// Where other threads notify this process.
  ///
  /// The same for the life of the process.
  public var address: ProcessAddress<repeat each Argument> {
    if addressNumber == 0 { addressNumber = AddressBook.of(loop).add(self) }
    return ProcessAddress(handle: loop.handle, number: addressNumber)
  }
}

/// The processes of one loop that have an address, by number.
///
/// Looked up on the loop only: a weak reference that another thread loads could become the last one to hold the
/// process, and release it there.
final class AddressBook {
  // Unowned and unsafe is right: a process takes itself out in its deinit, on the loop's thread.
  private struct Entry {
    unowned(unsafe) let process: AnyObject
  }
  private var entries: [Int: Entry] = [:]
  private var last = 0

  static func of(_ loop: EventLoop) -> AddressBook { loop.local(AddressBook.self) { _ in AddressBook() } }

  func add(_ process: AnyObject) -> Int {
    last += 1
    entries[last] = Entry(process: process)
    return last
  }

  func remove(_ number: Int) { entries[number] = nil }

  func process<Process: AnyObject>(_ number: Int, as type: Process.Type) -> Process? {
    entries[number]?.process as? Process
  }
}
