// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "app",
  platforms: [.macOS(.v15)],
  dependencies: [.package(path: "../swift-reactor")],
  targets: [
    .executableTarget(
      name: "app",
      dependencies: [.product(name: "Concurrency", package: "swift-reactor")])
  ]
)
