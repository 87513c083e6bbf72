// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on Asio (the standalone library, or Boost's where that is what is installed).
// Usage: bench WORK [N [K]] [name=value ...]
//
// Options: reactor=0 (tick_chain, tick_batch, spawn_pingpong) never start Asio's reactor: nothing is polled
//          reuse=1   (timer_add_cancel, timer_add_cancel_live) start and cancel timer objects that exist already
//          threads=T (defer_*) size of the thread pool, 4 if not given
//
// Where the work is not quite the same:
// - Asio polls between callbacks only once something has started its reactor; this program does, by a timer
//   object. With reactor=0 a chain of callbacks polls nothing.
// - Destroying a timer cancels it and frees its memory; its handler is then called with an error in the next
//   turn, which is counted and checked.
// - Periodic timers are the tutorial's `expiry() + interval`: they catch up every missed tick.
// - The context is an io_context(1), as Asio advises for one thread; it still takes its lock, so other threads
//   may post to it.
// - There is no deferrable: deferred, deferred_chain and mem_deferred are not done.
#if __has_include(<asio.hpp>)
#include <asio.hpp>
using asio_error = asio::error_code;
#else
#include <boost/asio.hpp>
namespace asio = boost::asio;
using asio_error = boost::system::error_code;
#define ASIO_VERSION BOOST_ASIO_VERSION
#endif

#include <fcntl.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using std::chrono::milliseconds;
using Timer = asio::steady_timer;

// MARK: The harness

struct Region {
  double seconds = 0, cpu_seconds = 0;
  std::string extra;  // further JSON fields, each with a comma before it

  static double read(clockid_t clock) {
    timespec t;
    clock_gettime(clock, &t);
    return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
  }
  // A region may be begun and ended several times; it adds up.
  void begin() {
    cpu_seconds -= read(CLOCK_PROCESS_CPUTIME_ID);
    seconds -= read(CLOCK_MONOTONIC);
  }
  void end() {
    seconds += read(CLOCK_MONOTONIC);
    cpu_seconds += read(CLOCK_PROCESS_CPUTIME_ID);
  }
  template <class... Values> void add(const char *format, Values... values) {
    char text[320];
    snprintf(text, sizeof text, format, values...);
    extra += text;
  }
};

static bool reuse = false, reactor = true;
static long threads = 4;
static asio::io_context context(1);

static void check(bool holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "asio: %s\n", what);
  exit(1);
}

static void run_until_empty() {
  context.restart();
  context.run();
}

static void turn_once() {
  context.restart();
  context.poll();
}

static uint32_t random_state;

static uint32_t random_next() {
  uint32_t x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}

// The next `n` delays: base + x % span.
static std::vector<milliseconds> draw(long n, uint32_t base, uint32_t span) {
  std::vector<milliseconds> delays;
  delays.reserve(size_t(n));
  for (long i = 0; i < n; i++) delays.emplace_back(base + random_next() % span);
  return delays;
}

static long rss_bytes() {
  char text[128] = {0};
  int file = open("/proc/self/statm", O_RDONLY);
  if (file < 0) exit(3);  // not on this system
  check(read(file, text, sizeof text - 1) > 0, "cannot read statm");
  close(file);
  long pages = 0;
  sscanf(text, "%*s %ld", &pages);
  return pages * sysconf(_SC_PAGESIZE);
}

// MARK: 1, 2, 7: ticks

struct Countdown {
  long left;
  Region &region;
};

struct ChainTick {
  Countdown *c;
  void operator()() const {
    if (--c->left > 0) asio::post(context, *this);
    else c->region.end();
  }
};

static void tick_chain(long n, double, Region &r) {
  Countdown c{n, r};
  r.begin();
  asio::post(context, ChainTick{&c});
  run_until_empty();
  check(c.left == 0, "tick_chain lost a callback");
}

static void tick_batch(long n, double, Region &r) {
  Countdown c{n, r};
  r.begin();
  for (long i = 0; i < n; i++)
    asio::post(context, [&c] {
      if (--c.left == 0) c.region.end();
    });
  run_until_empty();
  check(c.left == 0, "tick_batch lost a callback");
}

// An object with a mailbox; each message asks for one call.
struct Process {
  Process *other = nullptr;
  long *received;
  Region &region;
  std::deque<long> mail;

  void notify(long message) {
    mail.push_back(message);
    asio::post(context, [this] { receive(); });
  }
  void receive() {
    long message = mail.front();
    mail.pop_front();
    ++*received;
    if (message > 1) other->notify(message - 1);
    else region.end();
  }
};

static void spawn_pingpong(long n, double, Region &r) {
  long received = 0;
  Process ping{nullptr, &received, r, {}}, pong{&ping, &received, r, {}};
  ping.other = &pong;
  r.begin();
  ping.notify(n);
  run_until_empty();
  check(received == n, "spawn_pingpong lost a message");
}

// MARK: 3: timers added and cancelled

struct Outcomes {
  long fired = 0, cancelled = 0;
};

static void start_timer(Timer &timer, milliseconds delay, Outcomes &outcomes) {
  timer.expires_after(delay);
  timer.async_wait([&outcomes](asio_error error) { ++(error ? outcomes.cancelled : outcomes.fired); });
}

static std::unique_ptr<Timer> add_timer(milliseconds delay, Outcomes &outcomes) {
  auto timer = std::make_unique<Timer>(context);
  start_timer(*timer, delay, outcomes);
  return timer;
}

static void timer_add_cancel(long n, double, Region &r) {
  Outcomes outcomes;
  auto delays = draw(n, 1000, 59001);
  std::vector<std::unique_ptr<Timer>> timers{size_t(n)};
  if (reuse)
    for (auto &timer : timers) timer = std::make_unique<Timer>(context);
  r.begin();
  double start = Region::read(CLOCK_MONOTONIC);
  if (reuse)
    for (long i = 0; i < n; i++) start_timer(*timers[i], delays[i], outcomes);
  else
    for (long i = 0; i < n; i++) timers[i] = add_timer(delays[i], outcomes);
  double added = Region::read(CLOCK_MONOTONIC);
  if (reuse)
    for (auto &timer : timers) timer->cancel();
  else
    for (auto &timer : timers) timer.reset();
  turn_once();
  double cancelled = Region::read(CLOCK_MONOTONIC);
  r.end();
  check(outcomes.fired + outcomes.cancelled == n, "timer_add_cancel lost a handler");
  r.add(",\"add_ns\":%.1f,\"cancel_ns\":%.1f,\"fired\":%ld", (added - start) * 1e9 / double(n),
        (cancelled - added) * 1e9 / double(n), outcomes.fired);
}

static void timer_add_cancel_live(long n, double k, Region &r) {
  Outcomes outcomes;
  long live = long(k);
  auto live_delays = draw(live, 30000, 60001), delays = draw(n, 30000, 60001);
  std::vector<std::unique_ptr<Timer>> timers;
  for (auto delay : live_delays) timers.push_back(add_timer(delay, outcomes));
  Timer reused(context);
  double turns = 0;
  for (long first = 0; first < n; first += 1000) {
    long past = std::min(first + 1000, n);
    r.begin();
    if (reuse)
      for (long i = first; i < past; i++) {
        start_timer(reused, delays[i], outcomes);
        reused.cancel();
      }
    else
      for (long i = first; i < past; i++) add_timer(delays[i], outcomes).reset();
    r.end();
    turns -= Region::read(CLOCK_MONOTONIC);
    turn_once();
    turns += Region::read(CLOCK_MONOTONIC);
  }
  timers.clear();
  turn_once();
  check(outcomes.fired == 0 && outcomes.cancelled == n + live, "timer_add_cancel_live lost a handler");
  r.add(",\"live\":%ld,\"turn_ns\":%.1f", live, turns * 1e9 / double(n));
}

// MARK: 4, 5: timers that fire

static double percentile(const std::vector<double> &sorted, size_t percent) {  // nearest rank
  size_t rank = (percent * sorted.size() + 99) / 100;
  return sorted[rank < 1 ? 0 : rank - 1];
}

static void timer_fire(long n, double, Region &r) {
  using Clock = std::chrono::steady_clock;
  auto delays = draw(n, 0, 101);
  std::vector<std::unique_ptr<Timer>> timers{size_t(n)};
  std::vector<double> late_ms(static_cast<size_t>(n));
  long fired = 0;
  r.begin();
  for (long i = 0; i < n; i++) {
    auto due = Clock::now() + delays[i];
    timers[i] = std::make_unique<Timer>(context, delays[i]);
    timers[i]->async_wait([&, i, due](asio_error error) {
      check(!error, "a timer failed");
      late_ms[fired++] = std::chrono::duration<double, std::milli>(Clock::now() - due).count();
      timers[i].reset();
      if (fired == n) r.end();
    });
  }
  run_until_empty();
  check(fired == n, "timer_fire lost a timer");
  std::sort(late_ms.begin(), late_ms.end());
  r.add(",\"late_max_ms\":%.3f,\"late_p99_ms\":%.3f,\"late_p50_ms\":%.3f,\"late_min_ms\":%.3f",
        late_ms.back(), percentile(late_ms, 99), percentile(late_ms, 50), late_ms.front());
}

struct Ticks {
  long count = 0;
  bool stopped = false;  // a handler that was ready when its timer was cancelled still runs
};

struct Metronome {
  Timer timer{context, milliseconds(1)};
  Ticks &ticks;

  explicit Metronome(Ticks &counter) : ticks(counter) { wait(); }
  void wait() {
    timer.async_wait([this](asio_error error) {
      if (error || ticks.stopped) return;
      ++ticks.count;
      timer.expires_at(timer.expiry() + milliseconds(1));
      wait();
    });
  }
};

static void periodic(long n, double k, Region &r) {
  Ticks ticks;
  std::vector<std::unique_ptr<Metronome>> timers{size_t(n)};
  r.begin();
  for (auto &timer : timers) timer = std::make_unique<Metronome>(ticks);
  Timer last(context, milliseconds(long(k * 1000)));
  last.async_wait([&](asio_error) {
    r.end();
    ticks.stopped = true;
    for (auto &timer : timers) timer->timer.cancel();
  });
  run_until_empty();
  r.add(",\"ticks\":%ld,\"ideal\":%.0f,\"fired_ratio\":%.4f", ticks.count, double(n) * k * 1000,
        double(ticks.count) / (double(n) * r.seconds * 1000));
}

// MARK: 8: the thread pool

using Guard = asio::executor_work_guard<asio::io_context::executor_type>;

struct PoolWork {
  asio::thread_pool &pool;
  long n;
  Region &region;
  Guard guard = asio::make_work_guard(context);  // the context runs on while jobs are away
  long sent = 0, received = 0, sum = 0, expected = 0;

  template <class Received> void send(Received back) {
    long value = sent++;
    expected += value + 1;
    asio::post(pool, [this, value, back] {
      long result = value + 1;
      asio::post(context, [this, result, back] {
        sum += result;
        back();
      });
    });
  }
  void finish() {
    region.end();
    guard.reset();
  }
  void roundtrip() {
    send([this] { ++received < n ? roundtrip() : finish(); });
  }
  void throughput() {
    send([this] {
      if (++received == n) finish();
    });
  }
};

// The pool, like the loop, serves the warm-up and the measured region.
static asio::thread_pool &pool() {
  static asio::thread_pool made{size_t(threads)};
  return made;
}

static void defer_roundtrip(long n, double, Region &r) {
  PoolWork w{pool(), n, r};
  r.begin();
  w.roundtrip();
  run_until_empty();
  check(w.received == n && w.sum == w.expected, "defer_roundtrip lost a job");
  r.add(",\"threads\":%ld", threads);
}

static void defer_throughput(long n, double, Region &r) {
  PoolWork w{pool(), n, r};
  r.begin();
  for (long i = 0; i < n; i++) w.throughput();
  run_until_empty();
  check(w.received == n && w.sum == w.expected, "defer_throughput lost a job");
  r.add(",\"threads\":%ld", threads);
}

// MARK: 9: another thread

static void wakeup(long n, double, Region &r) {
  Guard guard = asio::make_work_guard(context);
  long count = 0;
  sem_t ran;
  sem_init(&ran, 0, 0);
  std::thread other([&] {
    r.begin();
    for (long i = 0; i < n; i++) {
      asio::post(context, [&] {
        count++;
        sem_post(&ran);
      });
      while (sem_wait(&ran) != 0) continue;
    }
    r.end();
    asio::post(context, [&] { guard.reset(); });
  });
  run_until_empty();
  other.join();
  check(count == n, "a wake-up was lost");
}

static void wakeup_flood(long n, double, Region &r) {
  Guard guard = asio::make_work_guard(context);
  long count = 0;
  std::thread other([&] {
    r.begin();
    for (long i = 0; i < n; i++)
      asio::post(context, [&] {
        if (++count < n) return;
        r.end();
        guard.reset();
      });
  });
  run_until_empty();
  other.join();
  check(count == n, "a wake-up was lost");
}

// MARK: 11: memory

static void mem_timer(long n, double, Region &r) {
  Outcomes outcomes;
  std::vector<std::unique_ptr<Timer>> timers{size_t(n)};  // filled with nulls, so its pages are there
  long before = rss_bytes();
  r.begin();
  for (auto &timer : timers) timer = add_timer(milliseconds(600000 + random_next() % 600001), outcomes);
  r.end();
  r.add(",\"rss_bytes_per_op\":%.1f", double(rss_bytes() - before) / double(n));
  timers.clear();
  turn_once();
}

// MARK: The command line

struct Work {
  const char *name;
  void (*run)(long n, double k, Region &r);
  long n;
  double k;
};

static const Work works[] = {
  {"tick_chain", tick_chain, 1000000, 0},
  {"tick_batch", tick_batch, 1000000, 0},
  {"timer_add_cancel", timer_add_cancel, 100000, 0},
  {"timer_add_cancel_live", timer_add_cancel_live, 1000000, 100000},
  {"timer_fire", timer_fire, 100000, 0},
  {"periodic", periodic, 1000, 2},
  {"spawn_pingpong", spawn_pingpong, 1000000, 0},
  {"defer_roundtrip", defer_roundtrip, 50000, 0},
  {"defer_throughput", defer_throughput, 200000, 0},
  {"wakeup", wakeup, 50000, 0},
  {"wakeup_flood", wakeup_flood, 1000000, 0},
  {"mem_timer", mem_timer, 100000, 0},
};

int main(int count, char **arguments) {
  check(count >= 2, "usage: bench WORK [N [K]] [name=value ...]");
  std::string name = arguments[1];
  if (name == "version") {
    printf("{\"peer\":\"asio\",\"version\":\"%d.%d.%d\"}\n", ASIO_VERSION / 100000, ASIO_VERSION / 100 % 1000,
           ASIO_VERSION % 100);
    return 0;
  }
  const Work *work = std::find_if(std::begin(works), std::end(works), [&](auto &w) { return name == w.name; });
  if (work == std::end(works)) return 3;
  long n = work->n;
  double k = work->k;
  for (int i = 2, place = 0; i < count; i++) {
    std::string argument = arguments[i];
    auto equals = argument.find('=');
    if (equals != std::string::npos) {
      long value = atol(argument.c_str() + equals + 1);
      std::string option = argument.substr(0, equals);
      if (option == "reactor") reactor = value != 0;
      else if (option == "reuse") reuse = value != 0;
      else if (option == "threads") threads = value;
    } else if (place++ == 0) n = atol(argument.c_str());
    else k = atof(argument.c_str());
  }
  check(n >= 1 && k >= 0 && threads >= 1, "N must be at least 1, K not negative");
  if (reuse && name.rfind("timer_add_cancel", 0) != 0) return 3;
  if (!reactor && name.rfind("tick_", 0) != 0 && name != "spawn_pingpong") return 3;
  std::unique_ptr<Timer> starts_reactor;
  if (reactor) starts_reactor = std::make_unique<Timer>(context);
  if (name.rfind("mem_", 0) != 0) {
    Region warm_up;
    random_state = 42;
    work->run(std::max(1L, n / 10), name == "periodic" ? k / 10 : k, warm_up);
  }
  Region r;
  random_state = 42;
  work->run(n, k, r);
  printf("{\"peer\":\"asio%s\",\"work\":\"%s\",\"n\":%ld,\"seconds\":%.9f,\"ns_per_op\":%.2f,\"cpu_seconds\":%.6f%s}\n",
         reuse ? "-reuse" : reactor ? "" : "-noreactor", work->name, n, r.seconds, r.seconds * 1e9 / double(n),
         r.cpu_seconds, r.extra.c_str());
  return 0;
}
