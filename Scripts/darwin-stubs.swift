// SPDX-License-Identifier: Apache-2.0

// What Apple's Swift overlay adds to Darwin's C headers, and what the embedded standard library lacks, as far as this
// package uses it. Only `check-darwin` reads this file: it is compiled into the module that is checked, never run.

import Darwin

var errno: CInt {
  get { __error().pointee }
  set { __error().pointee = newValue }
}

func fcntl(_ descriptor: CInt, _ command: CInt) -> CInt { 0 }
func fcntl(_ descriptor: CInt, _ command: CInt, _ value: CInt) -> CInt { 0 }
func fcntl(_ descriptor: CInt, _ command: CInt, _ pointer: UnsafeMutableRawPointer) -> CInt { 0 }
func ioctl(_ descriptor: CInt, _ request: UInt, _ value: CInt) -> CInt { 0 }
func ioctl(_ descriptor: CInt, _ request: UInt, _ pointer: UnsafeMutableRawPointer) -> CInt { 0 }
func open(_ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt { 0 }
func open(_ path: UnsafePointer<CChar>, _ flags: CInt, _ mode: mode_t) -> CInt { 0 }

var CLOCK_REALTIME: clockid_t { _CLOCK_REALTIME }
var CLOCK_MONOTONIC: clockid_t { _CLOCK_MONOTONIC }
var CLOCK_MONOTONIC_RAW: clockid_t { _CLOCK_MONOTONIC_RAW }
var CLOCK_UPTIME_RAW: clockid_t { _CLOCK_UPTIME_RAW }

var S_IFMT: mode_t { 0o170000 }
var S_IFIFO: mode_t { 0o010000 }
var S_IFCHR: mode_t { 0o020000 }
var S_IFDIR: mode_t { 0o040000 }
var S_IFREG: mode_t { 0o100000 }
var S_IFSOCK: mode_t { 0o140000 }

var SIG_DFL: (@convention(c) (CInt) -> Void)? { nil }
var SIG_IGN: (@convention(c) (CInt) -> Void)? { nil }
var TIOCGWINSZ: UInt { 0x4008_7468 }
var MAP_FAILED: UnsafeMutableRawPointer? { nil }
