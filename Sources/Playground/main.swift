// SPDX-License-Identifier: Apache-2.0

ProcessFacts.end(Playground.main(Array(CommandLine.arguments.dropFirst())))
