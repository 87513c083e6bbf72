# SPDX-License-Identifier: Apache-2.0
"""The benchmark's works on asyncio and uvloop. Usage: bench.py WORK [N [K]] [name=value ...]

Options: loop=uvloop  run on uvloop (from PyPI) in place of asyncio's own loop
         threads=T    (defer_*) size of the thread pool, 20 if not given

Where the work is not quite the same:
- asyncio marks a cancelled timer and rebuilds its heap when over half are cancelled; uvloop closes a libuv timer.
- uvloop's timers have whole milliseconds and count from the loop's cached time, so they can fire early.
- There is no periodic timer: a one-shot timer is armed again, counting from when the tick ran, so it drifts.
- A future has no errback: deferred and mem_deferred attach two done-callbacks that look at exception(). They run
  later, so the loop turns once per 1,000 futures (deferred_chain: per 10). uvloop uses asyncio's C future.
- defer_throughput queues N concurrent.futures objects, which contend for the interpreter's lock; so do the two
  threads of wakeup and wakeup_flood.
- The mem_* works collect before and after, but their figures contain slack of the heap.
"""

import asyncio
import collections
import concurrent.futures
import gc
import json
import math
import os
import platform
import sys
import threading
import time

options = {}


def check(holds, what):
    if not holds:
        sys.exit(f"asyncio: {what}")


# MARK: The harness


class Region:
    """What is measured. It may be begun and ended several times; it adds up."""

    def __init__(self):
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self.extra = {}

    def begin(self):
        self._cpu = time.process_time()
        self._start = time.perf_counter()

    def end(self):
        self.seconds += time.perf_counter() - self._start
        self.cpu_seconds += time.process_time() - self._cpu


class Random:
    """xorshift32, seed 42."""

    def __init__(self):
        self.x = 42

    def __call__(self):
        x = self.x
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.x = x
        return x

    def delays(self, n, base, span):
        """The next n delays in seconds: base + x % span milliseconds."""
        return [(base + self() % span) / 1000 for _ in range(n)]


def rss_bytes():
    gc.collect()
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
    except FileNotFoundError:
        sys.exit(3)  # not on this system


# MARK: 1, 2, 7: ticks


async def tick_chain(n, k, r):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    count = 0

    def tick():
        nonlocal count
        count += 1
        if count < n:
            loop.call_soon(tick)
        else:
            r.end()
            done.set_result(None)

    r.begin()
    loop.call_soon(tick)
    await done


async def tick_batch(n, k, r):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    count = 0

    def last():
        r.end()
        done.set_result(None)

    r.begin()
    for _ in range(n):

        def tick():
            nonlocal count
            count += 1
            if count == n:
                last()

        loop.call_soon(tick)
    await done


class Process:
    """An object with a mailbox; each message asks for one call."""

    def __init__(self, loop, receive):
        self.loop = loop
        self.receive = receive
        self.mail = collections.deque()

    def notify(self, message):
        self.mail.append(message)
        self.loop.call_soon(self.deliver)

    def deliver(self):
        self.receive(self.mail.popleft())


async def spawn_pingpong(n, k, r):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    received = 0

    def finish():
        r.end()
        done.set_result(None)

    def receive_ping(message):
        nonlocal received
        received += 1
        if message > 1:
            pong.notify(message - 1)
        else:
            finish()

    def receive_pong(message):
        nonlocal received
        received += 1
        if message > 1:
            ping.notify(message - 1)
        else:
            finish()

    ping = Process(loop, receive_ping)
    pong = Process(loop, receive_pong)
    r.begin()
    ping.notify(n)
    await done
    check(received == n, "spawn_pingpong lost a message")


# MARK: 3: timers added and cancelled


async def timer_add_cancel(n, k, r):
    loop = asyncio.get_running_loop()
    delays = Random().delays(n, 1000, 59001)
    timers = [None] * n
    fired = 0
    await asyncio.sleep(0)  # the drawing made the loop's time old
    r.begin()
    start = time.perf_counter()
    for i in range(n):

        def fire():
            nonlocal fired
            fired += 1

        timers[i] = loop.call_later(delays[i], fire)
    added = time.perf_counter()
    for timer in timers:
        timer.cancel()
    await asyncio.sleep(0)
    cancelled = time.perf_counter()
    r.end()
    r.extra = {
        "add_ns": (added - start) * 1e9 / n,
        "cancel_ns": (cancelled - added) * 1e9 / n,
        "fired": fired,
    }


async def timer_add_cancel_live(n, k, r):
    loop = asyncio.get_running_loop()
    live = int(k)
    random = Random()
    live_delays = random.delays(live, 30000, 60001)
    delays = random.delays(n, 30000, 60001)
    fired = 0
    turns = 0.0

    def add(delay):
        def fire():
            nonlocal fired
            fired += 1

        return loop.call_later(delay, fire)

    await asyncio.sleep(0)
    timers = [add(delay) for delay in live_delays]
    for first in range(0, n, 1000):
        block = delays[first : first + 1000]
        r.begin()
        for delay in block:

            def fire():
                nonlocal fired
                fired += 1

            loop.call_later(delay, fire).cancel()
        r.end()
        start = time.perf_counter()
        await asyncio.sleep(0)
        turns += time.perf_counter() - start
    for timer in timers:
        timer.cancel()
    await asyncio.sleep(0)
    check(fired == 0, "timer_add_cancel_live: a timer fired")
    r.extra = {"live": live, "turn_ns": turns * 1e9 / n}


# MARK: 4, 5: timers that fire


async def timer_fire(n, k, r):
    loop = asyncio.get_running_loop()
    delays = Random().delays(n, 0, 101)
    late = []
    done = loop.create_future()

    def last():
        r.end()
        done.set_result(None)

    await asyncio.sleep(0)
    r.begin()
    for delay in delays:
        due = time.monotonic() + delay

        def fire(due=due):
            late.append((time.monotonic() - due) * 1000)
            if len(late) == n:
                last()

        loop.call_later(delay, fire)
    await done
    late.sort()

    def percentile(percent):  # nearest rank
        return late[max(1, math.ceil(percent * n / 100)) - 1]

    r.extra = {
        "late_max_ms": late[-1],
        "late_p99_ms": percentile(99),
        "late_p50_ms": percentile(50),
        "late_min_ms": late[0],
    }


class Metronome:
    """A timer of 1 ms that is armed again from its own callback."""

    def __init__(self, loop, body):
        self.loop = loop
        self.body = body
        self.timer = loop.call_later(0.001, self.tick)

    def tick(self):
        self.timer = self.loop.call_later(0.001, self.tick)
        self.body()

    def cancel(self):
        self.timer.cancel()


async def periodic(n, k, r):
    loop = asyncio.get_running_loop()
    ticks = 0
    done = loop.create_future()

    def tick():
        nonlocal ticks
        ticks += 1

    def last():
        r.end()
        for timer in timers:
            timer.cancel()
        done.set_result(ticks)

    await asyncio.sleep(0)
    r.begin()
    timers = [Metronome(loop, tick) for _ in range(n)]
    loop.call_later(k, last)
    counted = await done
    r.extra = {
        "ticks": counted,
        "ideal": n * k * 1000,
        "fired_ratio": counted / (n * r.seconds * 1000),
    }


# MARK: 6: deferreds


async def deferred(n, k, r):
    loop = asyncio.get_running_loop()
    count = failed = 0
    r.begin()
    for i in range(1, n + 1):

        def callback(future):
            nonlocal count
            if future.exception() is None:
                count += 1

        def errback(future):
            nonlocal failed
            if future.exception() is not None:
                failed += 1

        future = loop.create_future()
        future.add_done_callback(callback)
        future.add_done_callback(errback)
        future.set_result(i)
        if i % 1000 == 0 or i == n:
            await asyncio.sleep(0)
    r.end()
    check(count == n and failed == 0, "deferred lost a callback")


async def deferred_chain(n, k, r):
    loop = asyncio.get_running_loop()
    count = 0
    rounds = max(1, n // 100)
    r.begin()
    for i in range(1, rounds + 1):
        future = loop.create_future()
        for _ in range(100):

            def callback(future):
                nonlocal count
                count += 1

            future.add_done_callback(callback)
        future.set_result(i)
        if i % 10 == 0 or i == rounds:
            await asyncio.sleep(0)
    r.end()
    check(count == rounds * 100, "deferred_chain lost a callback")


# MARK: 8: the thread pool

# The pool, like the loop, serves the warm-up and the measured region.
pool = None


def shared_pool():
    global pool
    pool = pool or concurrent.futures.ThreadPoolExecutor(int(options.get("threads", 20)))
    return pool


async def defer_roundtrip(n, k, r):
    loop = asyncio.get_running_loop()
    pool = shared_pool()
    done = loop.create_future()
    received = total = 0

    def send():
        value = received
        loop.run_in_executor(pool, lambda: value + 1).add_done_callback(back)

    def back(future):
        nonlocal received, total
        total += future.result()
        received += 1
        if received < n:
            send()
        else:
            r.end()
            done.set_result(None)

    r.begin()
    send()
    await done
    check(total == n * (n + 1) // 2, "defer_roundtrip lost a job")
    r.extra = {"threads": pool._max_workers}


async def defer_throughput(n, k, r):
    loop = asyncio.get_running_loop()
    pool = shared_pool()
    done = loop.create_future()
    received = total = 0

    def last():
        r.end()
        done.set_result(None)

    r.begin()
    for i in range(n):

        def back(future):
            nonlocal received, total
            total += future.result()
            received += 1
            if received == n:
                last()

        loop.run_in_executor(pool, lambda i=i: i + 1).add_done_callback(back)
    await done
    check(total == n * (n + 1) // 2, "defer_throughput lost a job")
    r.extra = {"threads": pool._max_workers}


# MARK: 9: another thread


async def wakeup(n, k, r):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    ran = threading.Semaphore(0)
    count = 0

    def other():
        r.begin()
        for _ in range(n):

            def call():
                nonlocal count
                count += 1
                ran.release()

            loop.call_soon_threadsafe(call)
            ran.acquire()
        r.end()
        loop.call_soon_threadsafe(done.set_result, None)

    thread = threading.Thread(target=other)
    thread.start()
    await done
    thread.join()
    check(count == n, "a wake-up was lost")


async def wakeup_flood(n, k, r):
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    count = 0

    def last():
        r.end()
        done.set_result(None)

    def other():
        r.begin()
        for _ in range(n):

            def call():
                nonlocal count
                count += 1
                if count == n:
                    last()

            loop.call_soon_threadsafe(call)

    thread = threading.Thread(target=other)
    thread.start()
    await done
    thread.join()
    check(count == n, "a wake-up was lost")


# MARK: 11: memory


async def mem_timer(n, k, r):
    loop = asyncio.get_running_loop()
    random = Random()
    timers = [None] * n
    fired = 0
    before = rss_bytes()
    r.begin()
    for i in range(n):

        def fire():
            nonlocal fired
            fired += 1

        timers[i] = loop.call_later((600000 + random() % 600001) / 1000, fire)
    r.end()
    r.extra = {"rss_bytes_per_op": (rss_bytes() - before) / n}
    for timer in timers:
        timer.cancel()


async def mem_deferred(n, k, r):
    loop = asyncio.get_running_loop()
    pending = [None] * n
    count = failed = 0
    before = rss_bytes()
    r.begin()
    for i in range(n):

        def callback(future):
            nonlocal count
            if future.exception() is None:
                count += 1

        def errback(future):
            nonlocal failed
            if future.exception() is not None:
                failed += 1

        pending[i] = future = loop.create_future()
        future.add_done_callback(callback)
        future.add_done_callback(errback)
    r.end()
    r.extra = {"rss_bytes_per_op": (rss_bytes() - before) / n}
    check(count == 0 and failed == 0, "mem_deferred called back")


# MARK: The command line

WORKS = {
    "tick_chain": (tick_chain, 1_000_000, 0),
    "tick_batch": (tick_batch, 1_000_000, 0),
    "timer_add_cancel": (timer_add_cancel, 100_000, 0),
    "timer_add_cancel_live": (timer_add_cancel_live, 1_000_000, 100_000),
    "timer_fire": (timer_fire, 100_000, 0),
    "periodic": (periodic, 1000, 2),
    "deferred": (deferred, 1_000_000, 0),
    "deferred_chain": (deferred_chain, 1_000_000, 0),
    "spawn_pingpong": (spawn_pingpong, 1_000_000, 0),
    "defer_roundtrip": (defer_roundtrip, 20_000, 0),
    "defer_throughput": (defer_throughput, 200_000, 0),
    "wakeup": (wakeup, 20_000, 0),
    "wakeup_flood": (wakeup_flood, 1_000_000, 0),
    "mem_timer": (mem_timer, 100_000, 0),
    "mem_deferred": (mem_deferred, 100_000, 0),
}


def main():
    check(len(sys.argv) >= 2, "usage: bench.py WORK [N [K]] [name=value ...]")
    name = sys.argv[1]
    numbers = []
    for argument in sys.argv[2:]:
        option, equals, value = argument.partition("=")
        if equals:
            options[option] = value
        else:
            numbers.append(float(argument))
    peer, loop_factory = "asyncio", asyncio.new_event_loop
    version = platform.python_version()
    if options.get("loop") == "uvloop":
        import uvloop

        peer, loop_factory = "uvloop", uvloop.new_event_loop
        version = f"{uvloop.__version__} on Python {version}"
    if name == "version":
        print(json.dumps({"peer": peer, "version": version}))
        return
    if name not in WORKS:
        sys.exit(3)
    run, n, k = WORKS[name]
    n = int(numbers[0]) if numbers else n
    k = numbers[1] if len(numbers) > 1 else k
    check(n >= 1 and k >= 0, "N must be at least 1, K not negative")
    loop = loop_factory()
    if not name.startswith("mem_"):
        loop.run_until_complete(run(max(1, n // 10), k / 10 if name == "periodic" else k, Region()))
    r = Region()
    loop.run_until_complete(run(n, k, r))
    print(
        json.dumps(
            {
                "peer": peer,
                "work": name,
                "n": n,
                "seconds": r.seconds,
                "ns_per_op": r.seconds * 1e9 / n,
                "cpu_seconds": r.cpu_seconds,
                **r.extra,
            }
        )
    )


main()
