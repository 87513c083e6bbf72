// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "swift-reactor",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Reactor", targets: ["Reactor"]),
    .library(name: "Concurrency", targets: ["Concurrency"]),
    .executable(name: "playground", targets: ["playground"]),
  ],
  targets: [
    .systemLibrary(name: "CReactor"),
    .target(name: "Reactor", dependencies: ["CReactor"], swiftSettings: settings),
    .target(name: "Concurrency", dependencies: ["Reactor"], swiftSettings: settings),
    .target(name: "Lessons", dependencies: ["Concurrency"], swiftSettings: settings),
    .executableTarget(
      name: "playground",
      dependencies: ["Concurrency", "Lessons"],
      path: "Sources/Playground",
      resources: [.embedInCode("LessonText")],
      swiftSettings: settings),
    // What the test targets share.
    .target(
      name: "TestSupport", dependencies: ["Reactor"], path: "Tests/Support", exclude: ["README.md"],
      swiftSettings: settings),
    .testTarget(name: "ReactorTests", dependencies: ["Reactor", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "ConcurrencyTests", dependencies: ["Concurrency", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "PlaygroundTests", dependencies: ["playground", "Lessons"], exclude: ["Screens"], swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6]
)
