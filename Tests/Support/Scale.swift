// SPDX-License-Identifier: Apache-2.0

/// A heavy count, scaled down where the tests run under a sanitizer: `REACTOR_TEST_SCALE` is a percentage, 100 unless
/// said, never below 1.
public func scaled(_ count: Int) -> Int {
  max(1, count / 100 * scale + count % 100 * scale / 100)
}

/// Whether nothing slows the tests down: what measures times is left out under a sanitizer, which changes them.
public var isFullSpeed: Bool { scale == 100 }

private let scale: Int = {
  let text = environment("REACTOR_TEST_SCALE") ?? "100"
  guard let percent = Int(text) else { fatalError("REACTOR_TEST_SCALE is a whole percentage, not \(text)") }
  return min(100, max(1, percent))
}()
