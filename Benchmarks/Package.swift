// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A nested package that uses the library as anybody would: by its products, across module borders.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "bench", targets: ["bench"])],
  dependencies: [.package(name: "swift-reactor", path: "..")],
  targets: [
    .executableTarget(
      name: "bench",
      dependencies: [.product(name: "Concurrency", package: "swift-reactor")])
  ],
  swiftLanguageModes: [.v6]
)
