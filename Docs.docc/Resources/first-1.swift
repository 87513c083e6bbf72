import Concurrency

try EventLoop.run { loop in
  print("the loop is there")
  loop.stop()
}
print("the loop is gone")
