// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Where reports go that nobody asked for.
enum StandardError {
  /// Writes `text` in one call, so that lines of several threads stay whole.
  ///
  /// What can't be written is dropped.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      #if canImport(Darwin)
      _ = Darwin.write(2, bytes.baseAddress, bytes.count)
      #elseif canImport(Musl)
      _ = Musl.write(2, bytes.baseAddress, bytes.count)
      #else
      _ = Glibc.write(2, bytes.baseAddress, bytes.count)
      #endif
    }
  }
}
