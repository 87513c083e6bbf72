// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that neither the root package nor Benchmarks/ resolves SwiftNIO.
let package = Package(
  name: "bench-nio",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "bench-nio", targets: ["bench-nio"])],
  dependencies: [.package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")],
  targets: [
    .executableTarget(
      name: "bench-nio",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
