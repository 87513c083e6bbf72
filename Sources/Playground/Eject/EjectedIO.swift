// SPDX-License-Identifier: Apache-2.0

/// What an ejected lesson has in the place of the playground: keys that are typed, a pool, and a log that is printed.
enum EjectedIO {
  static let text = """
    import Concurrency

    #if canImport(Darwin)
    import Darwin
    #elseif canImport(Musl)
    import Musl
    #else
    import Glibc
    #endif

    /// Runs a lesson on a loop of its own, while what is typed presses its keys.
    ///
    /// `runsItself` is for a lesson that calls `run`.
    func play(runsItself: Bool = false, _ lesson: (EventLoop, LessonIO) throws -> Void) throws {
      let loop = try EventLoop()
      let io = LessonIO()
      try loop.watch(0, for: .readable) { _ in io.typed(on: loop) }
      if runsItself {
        try lesson(loop, io)
      } else {
        try loop.run { loop in try lesson(loop, io) }
      }
    }

    // Unchecked is right: keys are touched on the loop's thread only, and printing is for any thread.

    /// What a lesson does beside the loop.
    final class LessonIO: @unchecked Sendable {
      let pool = DeferPool(threads: 2, name: "pool")
      private var keys: [(name: String, action: () -> Void)] = []

      /// Prints a line at once, also where nobody looks on.
      func log(_ text: String) {
        print(text)
        fflush(nil)
      }

      /// Lets a key do something; the last action that it was given is the one that it does.
      func onKey(_ key: String, _ action: @escaping () -> Void) {
        keys.removeAll { $0.name == key }
        keys.append((key, action))
      }

      /// Raises a signal.
      func raise(_ signal: Signal) { signal.raise() }

      /// Does what a key does.
      func press(_ key: String) {
        guard let known = keys.first(where: { $0.name == key }) else {
          return log("there is no key \\(key), but \\(keys.map(\\.name).joined(separator: " ")), and q to end")
        }
        known.action()
      }

      /// Reads what was typed: every letter is a key, and the end of the input is as q.
      func typed(on loop: EventLoop) {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = read(0, &bytes, bytes.count)
        guard count > 0 else { return loop.stop() }
        for key in String(decoding: bytes.prefix(count), as: UTF8.self) where !key.isWhitespace {
          if key == "q" { return loop.stop() }
          press(String(key))
        }
      }
    }

    """
}
