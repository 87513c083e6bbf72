# SPDX-License-Identifier: Apache-2.0
# frozen_string_literal: true
#
# The benchmark's works on Ruby's EventMachine. Usage: ruby bench.rb WORK [N [K]] [name=value ...]
#
# Options: threads=T (defer_*) size of the thread pool, 20 if not given
#
# Where the work is not quite the same:
# - A next tick is four system calls: a write to the loopbreak pipe, ppoll, epoll_wait and a read.
# - cancel_timer only drops the block. The timer itself stays in the reactor's map until it is due, so its memory and
#   map work are put off. The limit of 100,000 timers had to be raised, and what the warm-up cancelled is still there.
# - Timers have whole milliseconds.
# - A periodic timer arms a one-shot timer again after each tick, so it drifts.
# - Threads share the interpreter's lock. A Thread::Queue stands in for the semaphore.
# - The mem_* works collect before and after, but their figures contain slack of the heap.

require "etc"
require "eventmachine"
require "json"

def check(holds, what)
  abort "eventmachine: #{what}" unless holds
end

# MARK: The harness

# What is measured. It may be begun and ended several times; it adds up.
class Region
  attr_reader :seconds, :cpu_seconds
  attr_accessor :extra

  def initialize
    @seconds = @cpu_seconds = 0.0
    @extra = {}
  end

  def self.clock = Process.clock_gettime(Process::CLOCK_MONOTONIC)

  def begin
    @cpu = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID)
    @start = Region.clock
  end

  def end
    @seconds += Region.clock - @start
    @cpu_seconds += Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID) - @cpu
  end
end

# xorshift32, seed 42
class Random32
  def initialize = @x = 42

  def next
    x = @x
    x ^= (x << 13) & 0xFFFFFFFF
    x ^= x >> 17
    x ^= (x << 5) & 0xFFFFFFFF
    @x = x
  end

  # The next n delays in seconds: base + x % span milliseconds.
  def delays(n, base, span) = Array.new(n) { (base + self.next % span) / 1000.0 }
end

def rss_bytes
  GC.start
  exit! 3 unless File.exist?("/proc/self/statm") # not on this system
  File.read("/proc/self/statm").split[1].to_i * Etc.sysconf(Etc::SC_PAGESIZE)
end

# Each work runs on the reactor's thread and calls `done` when it has ended.
module Works
  module_function

  # MARK: 1, 2, 7: ticks

  def tick_chain(n, _k, r, &done)
    count = 0
    tick = lambda do
      count += 1
      if count < n
        EM.next_tick(&tick)
      else
        r.end
        done.call
      end
    end
    r.begin
    EM.next_tick(&tick)
  end

  def tick_batch(n, _k, r, &done)
    count = 0
    last = lambda do
      r.end
      done.call
    end
    r.begin
    n.times { EM.next_tick { last.call if (count += 1) == n } }
  end

  def spawn_pingpong(n, _k, r, &done)
    received = 0
    ping = pong = nil
    finish = lambda do
      r.end
      check(received == n, "spawn_pingpong lost a message")
      done.call
    end
    ping = EM.spawn do |message|
      received += 1
      message > 1 ? pong.notify(message - 1) : finish.call
    end
    pong = EM.spawn do |message|
      received += 1
      message > 1 ? ping.notify(message - 1) : finish.call
    end
    r.begin
    ping.notify(n)
  end

  # MARK: 3: timers added and cancelled

  def timer_add_cancel(n, _k, r, &done)
    delays = Random32.new.delays(n, 1000, 59_001)
    timers = Array.new(n)
    fired = 0
    EM.next_tick do # the drawing made the loop's time old
      r.begin
      start = Region.clock
      n.times { |i| timers[i] = EM.add_timer(delays[i]) { fired += 1 } }
      added = Region.clock
      timers.each { |timer| EM.cancel_timer(timer) }
      EM.next_tick do
        cancelled = Region.clock
        r.end
        r.extra = { add_ns: (added - start) * 1e9 / n, cancel_ns: (cancelled - added) * 1e9 / n, fired: fired }
        done.call
      end
    end
  end

  def timer_add_cancel_live(n, k, r, &done)
    live = k.to_i
    random = Random32.new
    live_delays = random.delays(live, 30_000, 60_001)
    delays = random.delays(n, 30_000, 60_001)
    fired = 0
    turns = 0.0
    timers = nil
    block = lambda do |first|
      past = [first + 1000, n].min
      r.begin
      i = first
      while i < past
        EM.cancel_timer(EM.add_timer(delays[i]) { fired += 1 })
        i += 1
      end
      r.end
      turned = Region.clock
      EM.next_tick do
        turns += Region.clock - turned
        next block.call(past) if past < n

        timers.each { |timer| EM.cancel_timer(timer) }
        check(fired.zero?, "timer_add_cancel_live: a timer fired")
        r.extra = { live: live, turn_ns: turns * 1e9 / n }
        done.call
      end
    end
    EM.next_tick do
      timers = live_delays.map { |delay| EM.add_timer(delay) { fired += 1 } }
      block.call(0)
    end
  end

  # MARK: 4, 5: timers that fire

  def timer_fire(n, _k, r, &done)
    delays = Random32.new.delays(n, 0, 101)
    late = []
    last = lambda do
      r.end
      late.sort!
      percentile = ->(percent) { late[[1, (percent * n / 100.0).ceil].max - 1] } # nearest rank
      r.extra = { late_max_ms: late.last, late_p99_ms: percentile.call(99),
                  late_p50_ms: percentile.call(50), late_min_ms: late.first }
      done.call
    end
    EM.next_tick do
      r.begin
      delays.each do |delay|
        due = Region.clock + delay
        EM.add_timer(delay) do
          late << (Region.clock - due) * 1000
          last.call if late.size == n
        end
      end
    end
  end

  def periodic(n, k, r, &done)
    ticks = 0
    EM.next_tick do
      r.begin
      timers = Array.new(n) { EM.add_periodic_timer(0.001) { ticks += 1 } }
      EM.add_timer(k) do
        r.end
        timers.each(&:cancel)
        r.extra = { ticks: ticks, ideal: n * k * 1000, fired_ratio: ticks / (n * r.seconds * 1000) }
        done.call
      end
    end
  end

  # MARK: 6: deferreds

  def deferred(n, _k, r)
    count = failed = 0
    r.begin
    i = 0
    while i < n
      i += 1
      deferrable = EM::DefaultDeferrable.new
      deferrable.callback { count += 1 }
      deferrable.errback { failed += 1 }
      deferrable.succeed(i)
    end
    r.end
    check(count == n && failed.zero?, "deferred lost a callback")
    yield
  end

  def deferred_chain(n, _k, r)
    count = 0
    rounds = [1, n / 100].max
    r.begin
    rounds.times do |i|
      deferrable = EM::DefaultDeferrable.new
      100.times { deferrable.callback { count += 1 } }
      deferrable.succeed(i)
    end
    r.end
    check(count == rounds * 100, "deferred_chain lost a callback")
    yield
  end

  # MARK: 8: the thread pool

  def defer_roundtrip(n, _k, r, &done)
    received = sum = 0
    send = lambda do
      value = received
      EM.defer(-> { value + 1 }, lambda do |result|
        sum += result
        received += 1
        next send.call if received < n

        r.end
        check(sum == n * (n + 1) / 2, "defer_roundtrip lost a job")
        done.call
      end)
    end
    r.extra = { threads: EM.threadpool_size }
    r.begin
    send.call
  end

  def defer_throughput(n, _k, r, &done)
    received = sum = 0
    last = lambda do
      r.end
      check(sum == n * (n + 1) / 2, "defer_throughput lost a job")
      done.call
    end
    r.extra = { threads: EM.threadpool_size }
    r.begin
    n.times do |i|
      EM.defer(-> { i + 1 }, lambda do |result|
        sum += result
        last.call if (received += 1) == n
      end)
    end
  end

  # MARK: 9: another thread

  def wakeup(n, _k, r, &done)
    ran = Queue.new
    count = 0
    Thread.new do
      r.begin
      n.times do
        EM.next_tick do
          count += 1
          ran << nil
        end
        ran.pop
      end
      r.end
      EM.next_tick do
        check(count == n, "a wake-up was lost")
        done.call
      end
    end
  end

  def wakeup_flood(n, _k, r, &done)
    count = 0
    last = lambda do
      r.end
      done.call
    end
    Thread.new do
      r.begin
      n.times { EM.next_tick { last.call if (count += 1) == n } }
    end
  end

  # MARK: 11: memory

  def mem_timer(n, _k, r)
    random = Random32.new
    timers = Array.new(n, 0)
    fired = 0
    before = rss_bytes
    r.begin
    n.times { |i| timers[i] = EM.add_timer((600_000 + random.next % 600_001) / 1000.0) { fired += 1 } }
    r.end
    r.extra = { rss_bytes_per_op: (rss_bytes - before) / n.to_f }
    check(timers.size == n && fired.zero?, "mem_timer: a timer fired")
    yield
  end

  def mem_deferred(n, _k, r)
    pending = Array.new(n, 0)
    count = 0
    before = rss_bytes
    r.begin
    n.times do |i|
      pending[i] = deferrable = EM::DefaultDeferrable.new
      deferrable.callback { count += 1 }
      deferrable.errback { count -= 1 }
    end
    r.end
    r.extra = { rss_bytes_per_op: (rss_bytes - before) / n.to_f }
    check(pending.size == n && count.zero?, "mem_deferred called back")
    yield
  end
end

# MARK: The command line

DEFAULTS = {
  "tick_chain" => [1_000_000], "tick_batch" => [1_000_000], "timer_add_cancel" => [100_000],
  "timer_add_cancel_live" => [1_000_000, 100_000], "timer_fire" => [100_000], "periodic" => [1000, 2],
  "deferred" => [1_000_000], "deferred_chain" => [1_000_000], "spawn_pingpong" => [1_000_000],
  "defer_roundtrip" => [20_000], "defer_throughput" => [200_000], "wakeup" => [20_000],
  "wakeup_flood" => [1_000_000], "mem_timer" => [100_000], "mem_deferred" => [100_000]
}.freeze

name, *rest = ARGV
check(name, "usage: bench.rb WORK [N [K]] [name=value ...]")
if name == "version"
  puts JSON.generate(peer: "eventmachine", version: "#{EM::VERSION} on Ruby #{RUBY_VERSION}")
  exit
end
exit 3 unless DEFAULTS.key?(name)
options, numbers = rest.partition { |argument| argument.include?("=") }
options = options.to_h { |option| option.split("=", 2) }
n = (numbers[0] || DEFAULTS[name][0]).to_i
k = (numbers[1] || DEFAULTS[name][1] || 0).to_f
check(n >= 1 && !k.negative?, "N must be at least 1, K not negative")

Thread.abort_on_exception = true
EM.epoll
EM.set_max_timers(4 * (n + k.to_i) + 1000)
EM.threadpool_size = Integer(options["threads"]) if options["threads"]
result = nil
EM.run do
  measure = lambda do
    r = Region.new
    Works.public_send(name, n, k, r) do
      result = r
      EM.stop
    end
  end
  next measure.call if name.start_with?("mem_")

  Works.public_send(name, [1, n / 10].max, name == "periodic" ? k / 10 : k, Region.new) { EM.next_tick(&measure) }
end
check(result, "the loop stopped before the work was done")
puts JSON.generate({ peer: "eventmachine", work: name, n: n, seconds: result.seconds,
                     ns_per_op: result.seconds * 1e9 / n, cpu_seconds: result.cpu_seconds }.merge(result.extra))
