import Concurrency

try EventLoop.run { loop in
  loop.addTimer(after: .milliseconds(500)) {
    print("BOOM")
    loop.stop()
  }
  print("armed")
}
print("the loop is gone")
