import Concurrency
import Foundation

func listen(_ loop: EventLoop) throws {
  let pipe = Pipe()
  let (input, output) = (pipe.fileHandleForReading, pipe.fileHandleForWriting)

  let watch = try loop.watch(input.fileDescriptor, for: .readable) { _ in
    let bytes = input.availableData
    if bytes.isEmpty {
      print("the input has ended")
      loop.stop()
    } else {
      print("read \"\(String(decoding: bytes, as: UTF8.self))\"")
      Signal.user1.raise()
      print("raised a signal")
    }
  }
  watch.interest = []

  loop.onSignal(.user1) {
    print("heard the signal")
    try? output.close()
  }
  output.write(Data("hello".utf8))
  loop.addTimer(after: .milliseconds(10)) {
    print("nobody has asked for it yet")
    watch.interest = .readable
  }
}

try EventLoop.run { loop in try listen(loop) }
