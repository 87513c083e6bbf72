// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a command, written for the person who typed it.
struct Complaint: Error, Equatable {
  var message: String

  init(_ message: String) { self.message = message }
}
