// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import playground

@Suite struct `Stopping and going on` {
  @Test func `B11 stops where no shell looks after it, and goes on with the screen`() throws {
    let sitting = atScreen()
    for round in 1...2 {
      sitting.type("\u{1A}")
      #expect(sitting.isStopped())
      #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
      sitting.send(try #require(SignalNumber.all["CONT"]))
      #expect(
        sitting.sees {
          $0.lines[3] == "events start" + String(repeating: " suspended resumed", count: round) + padding(round)
        })
      #expect(sitting.screen.modes.isSuperset(of: [1049, 2004]) && !sitting.hasModesOfBefore)
      sitting.type("a")
      #expect(sitting.sees("keys \(round):"))
    }
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore && sitting.screen.complaints.isEmpty)
  }

  private func padding(_ round: Int) -> String {
    String(repeating: " ", count: 79 - 12 - 18 * round) + "|"
  }

  @Test func `B11 stops at the signal as at the key`() throws {
    let sitting = atScreen()
    sitting.send(try #require(SignalNumber.all["TSTP"]))
    #expect(sitting.isStopped())
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
    sitting.send(try #require(SignalNumber.all["CONT"]))
    #expect(sitting.sees("suspended resumed"))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }

  @Test func `B12 draws anew after a stop that it didn't know of`() throws {
    let sitting = atScreen()
    sitting.send(try #require(SignalNumber.all["STOP"]))
    #expect(sitting.isStopped())
    let clears = sitting.screen.clears
    sitting.send(try #require(SignalNumber.all["CONT"]))
    #expect(sitting.sees { $0.clears == clears + 1 && !$0.modes.contains(2026) })
    sitting.type("a")
    #expect(sitting.sees("keys 1: a"))
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.isClean && sitting.hasModesOfBefore)
  }

  @Test func `B13 has the size that the terminal got meanwhile`() throws {
    let sitting = atScreen()
    sitting.type("\u{1A}")
    #expect(sitting.isStopped())
    sitting.resize(100, 30)
    sitting.send(try #require(SignalNumber.all["CONT"]))
    #expect(sitting.sees("size 100x30"))
    sitting.type("q")
    #expect(sitting.end() == 0)
    #expect(sitting.screen.complaints.isEmpty)
  }

  @Test func `B11 drops what was typed behind the key`() throws {
    let sitting = atScreen()
    sitting.type("\u{1A}q")
    #expect(sitting.isStopped())
    sitting.send(try #require(SignalNumber.all["CONT"]))
    #expect(sitting.sees("suspended resumed"))
    sitting.type("x")
    #expect(sitting.sees("keys 1: x"))
    sitting.type("q")
    #expect(sitting.end() == 0)
  }
}
