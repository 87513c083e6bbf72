// SPDX-License-Identifier: Apache-2.0

// The names that a `///` comment's code may use without saying where they come from. Scripts/check-comments compiles
// each fence as a method of `Names`, and this file beside it. Nothing here runs.

import Synchronization

#if REACTOR_ALONE
import Reactor

struct Names {
  let loop: EventLoop
}
#else
import Concurrency

/// What lives on a loop, and so can't be global.
struct Names {
  let loop: EventLoop
  let answer: DefaultDeferrable<String, LookUpError>
  let page: DefaultDeferrable<[UInt8], DownloadError>
  let cache: Cache
  let fast: DefaultDeferrable<String, Never>
  let slow: DefaultDeferrable<String, Never>
  let name: DefaultDeferrable<String, Never>
  let age: DefaultDeferrable<Int, Never>
}

enum LookUpError: Error { case timedOut, empty }
struct DownloadError: Error {}
enum ShopError: Error { case network(DownloadError) }

struct Page {}
struct Address {}
let addresses: [Address] = [], mirrors: [Address] = []
let address = Address(), mirror = Address(), origin = Address(), host = "localhost", files = [""]

final class Cache {
  func store(_ page: DefaultDeferrable<[UInt8], DownloadError>) -> DefaultDeferrable<Void, DownloadError> { .init() }
}

enum progressBar {
  static func hide() {}
}

func download(_ address: Address) -> DefaultDeferrable<Page, DownloadError> { .init() }
func lookUp(_ host: String) -> DefaultDeferrable<Address, DownloadError> { .init() }
func index(_ file: String) {}
func readAll(_ path: String) throws -> [UInt8] { [] }
func slowQuery() throws -> [String] { [] }
#endif

let flag = Atomic(false)
func sleepOverIt() {}
