// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody meant who mistyped a word.
enum Nearest {
  /// The candidate that takes the fewest changes to become `word`, if that is few enough to be a slip of the fingers.
  static func match(for word: String, among candidates: [String]) -> String? {
    let limit = max(1, word.count / 3)
    let ranked = candidates.map { (distance: distance(word, $0), candidate: $0) }.filter { $0.distance <= limit }
    return ranked.min { $0.distance < $1.distance }?.candidate
  }

  /// How many letters must be inserted, removed, replaced or swapped with their neighbour to make one word the other.
  static func distance(_ left: String, _ right: String) -> Int {
    let left = Array(left.lowercased())
    let right = Array(right.lowercased())
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    for row in 1...left.count {
      var this = [row] + [Int](repeating: 0, count: right.count)
      for column in 1...right.count {
        let change = left[row - 1] == right[column - 1] ? 0 : 1
        this[column] = min(last[column] + 1, this[column - 1] + 1, last[column - 1] + change)
        if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
          this[column] = min(this[column], beforeLast[column - 2] + 1)
        }
      }
      (beforeLast, last) = (last, this)
    }
    return last[right.count]
  }
}
