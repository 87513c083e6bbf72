// A session of the playground's sandbox. It is the main.swift of a package that depends on the product Concurrency;
// `playground eject` makes such a package.
import Concurrency

let loop = EventLoop.virtual()
let p = loop.spawn { (text: String) in print("p got \(text)") }
struct Oops: Error, CustomStringConvertible { let description: String }
let d = DefaultDeferrable<String, Oops>()
let t1 = loop.addPeriodicTimer(every: .seconds(1)) { print("tick") }
// For ten seconds more: t1 would go on for ever.
try loop.run(for: .seconds(10))
