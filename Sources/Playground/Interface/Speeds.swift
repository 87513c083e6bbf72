// SPDX-License-Identifier: Apache-2.0

/// The speeds that [ and ] go through.
enum Speeds {
  private static let all: [Double] = [0.1, 0.25, 0.5, 1, 2, 4, 10, .infinity]

  /// The next one that is slower; the same if there is none.
  static func slower(than speed: Double) -> Double { all.last { $0 < speed } ?? speed }

  /// The next one that is faster and not above `most`; the same if there is none.
  static func faster(than speed: Double, atMost most: Double = .infinity) -> Double {
    all.first { $0 > speed && $0 <= most } ?? speed
  }
}
