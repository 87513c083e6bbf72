// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "app",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../swift-reactor")],
  targets: [
    .target(
      name: "Sessions",
      dependencies: [.product(name: "Concurrency", package: "swift-reactor")]),
    .testTarget(name: "SessionsTests", dependencies: ["Sessions"]),
  ]
)
