import Concurrency

struct NoSuchPage: Error {}

func load(_ page: Int) throws -> String {
  try DeferPool.sleep(for: .seconds(page))
  if page == 3 { throw NoSuchPage() }
  return "the text of page \(page)"
}

func loadPages(_ loop: EventLoop) {
  func say(_ text: String) { print("\(loop.now - Instant.zero): \(text)") }
  let pool = DeferPool(threads: 2, name: "disk", queueLimit: 1)

  for page in 1...4 {
    loop.defer(on: pool) {
      try load(page)
    } callback: { text in
      say(text)
    } errback: { error in
      say("no page \(page): \(error)")
    }
  }
  say("four jobs are on their way")
}

let loop = EventLoop.virtual()
loadPages(loop)
try loop.run(until: .idle)
