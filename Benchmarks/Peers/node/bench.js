// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on Node's own loop. Usage: node bench.js WORK [N [K]] [name=value ...]
//
// Options: nexttick=1 (tick_chain, tick_batch, spawn_pingpong) process.nextTick in place of setImmediate: the
//          loop does not poll between such callbacks, so a chain of them keeps sockets and timers waiting
//
// Where the work is not quite the same:
// - Timers have whole milliseconds, at least 1, and count from the loop's cached time, so they can fire early.
//   Node keeps one list for each distinct delay: up to 60,001 lists here.
// - Periodic timers count from when the tick ran, so they drift.
// - A promise calls back later, from the microtask queue: the loop turns once per 1,000 promises (deferred_chain:
//   per 10), so that the queue stays short. Callback and errback are the two arguments of one `then`.
// - No JavaScript closure runs on libuv's pool, and a second thread sends messages, not closures: defer_* and
//   wakeup* are not done.
// - The mem_* works collect before and after, but their figures contain slack of the heap.
'use strict';
const fs = require('fs');
const v8 = require('v8');
const vm = require('vm');

const options = {};
let later = setImmediate;

function check(holds, what) {
  if (!holds) throw new Error(what);
}

// MARK: The harness

// A region may be begun and ended several times; it adds up.
class Region {
  seconds = 0;
  cpu_seconds = 0;
  extra = {};
  begin() {
    this.cpu = process.cpuUsage();
    this.start = process.hrtime.bigint();
  }
  end() {
    this.seconds += Number(process.hrtime.bigint() - this.start) / 1e9;
    const { user, system } = process.cpuUsage(this.cpu);
    this.cpu_seconds += (user + system) / 1e6;
  }
}

let randomState;

function random() {
  let x = randomState;
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  return (randomState = x >>> 0);
}

// The next `n` delays in milliseconds: base + x % span.
function draw(n, base, span) {
  const delays = new Uint32Array(n);
  for (let i = 0; i < n; i++) delays[i] = base + (random() % span);
  return delays;
}

const nextTurn = () => new Promise(setImmediate);
const milliseconds = () => Number(process.hrtime.bigint()) / 1e6;

let collect = null;

function rssBytes() {
  if (!fs.existsSync('/proc/self/statm')) process.exit(3); // not on this system
  if (!collect) {
    v8.setFlagsFromString('--expose-gc');
    collect = vm.runInNewContext('gc');
  }
  collect();
  collect();
  return process.memoryUsage.rss();
}

// MARK: 1, 2, 7: ticks

function tickChain(n, k, r) {
  return new Promise((done) => {
    let count = 0;
    function tick() {
      if (++count < n) return later(tick);
      r.end();
      done();
    }
    r.begin();
    later(tick);
  });
}

function tickBatch(n, k, r) {
  return new Promise((done) => {
    let count = 0;
    function last() {
      r.end();
      done();
    }
    r.begin();
    for (let i = 0; i < n; i++) later(() => { if (++count === n) last(); });
  });
}

// An object with a mailbox; each message asks for one call.
class Process {
  mail = [];
  constructor(receive) {
    this.receive = receive;
  }
  notify(message) {
    this.mail.push(message);
    later(() => this.receive(this.mail.shift()));
  }
}

function spawnPingpong(n, k, r) {
  return new Promise((done) => {
    let received = 0;
    function finish() {
      r.end();
      check(received === n, 'spawn_pingpong lost a message');
      done();
    }
    const ping = new Process((message) => {
      received++;
      if (message > 1) pong.notify(message - 1);
      else finish();
    });
    const pong = new Process((message) => {
      received++;
      if (message > 1) ping.notify(message - 1);
      else finish();
    });
    r.begin();
    ping.notify(n);
  });
}

// MARK: 3: timers added and cancelled

async function timerAddCancel(n, k, r) {
  let fired = 0;
  const delays = draw(n, 1000, 59001);
  const timers = new Array(n);
  await nextTurn(); // the drawing made the loop's time old
  r.begin();
  const start = milliseconds();
  for (let i = 0; i < n; i++) timers[i] = setTimeout(() => { fired++; }, delays[i]);
  const added = milliseconds();
  for (let i = 0; i < n; i++) clearTimeout(timers[i]);
  await nextTurn();
  const cancelled = milliseconds();
  r.end();
  r.extra = { add_ns: ((added - start) * 1e6) / n, cancel_ns: ((cancelled - added) * 1e6) / n, fired };
}

async function timerAddCancelLive(n, live, r) {
  let fired = 0;
  const liveDelays = draw(live, 30000, 60001);
  const delays = draw(n, 30000, 60001);
  await nextTurn();
  const timers = Array.from(liveDelays, (delay) => setTimeout(() => { fired++; }, delay));
  let turns = 0;
  for (let first = 0; first < n; first += 1000) {
    const past = Math.min(first + 1000, n);
    r.begin();
    for (let i = first; i < past; i++) clearTimeout(setTimeout(() => { fired++; }, delays[i]));
    r.end();
    const start = milliseconds();
    await nextTurn();
    turns += milliseconds() - start;
  }
  for (const timer of timers) clearTimeout(timer);
  check(fired === 0, 'timer_add_cancel_live: a timer fired');
  r.extra = { live, turn_ns: (turns * 1e6) / n };
}

// MARK: 4, 5: timers that fire

async function timerFire(n, k, r) {
  const delays = draw(n, 0, 101);
  const late = new Float64Array(n);
  let fired = 0;
  await nextTurn();
  await new Promise((done) => {
    r.begin();
    for (let i = 0; i < n; i++) {
      const due = milliseconds() + delays[i];
      setTimeout(() => {
        late[fired++] = milliseconds() - due;
        if (fired < n) return;
        r.end();
        done();
      }, delays[i]);
    }
  });
  late.sort();
  const percentile = (percent) => late[Math.max(1, Math.ceil((percent * n) / 100)) - 1]; // nearest rank
  r.extra = {
    late_max_ms: late[n - 1], late_p99_ms: percentile(99), late_p50_ms: percentile(50), late_min_ms: late[0],
  };
}

async function periodic(n, k, r) {
  let ticks = 0;
  const timers = new Array(n);
  await nextTurn();
  await new Promise((done) => {
    r.begin();
    for (let i = 0; i < n; i++) timers[i] = setInterval(() => { ticks++; }, 1);
    setTimeout(() => {
      r.end();
      for (const timer of timers) clearInterval(timer);
      done();
    }, k * 1000);
  });
  r.extra = { ticks, ideal: n * k * 1000, fired_ratio: ticks / (n * r.seconds * 1000) };
}

// MARK: 6: deferreds

async function deferred(n, k, r) {
  let count = 0, failed = 0;
  r.begin();
  for (let i = 1; i <= n; i++) {
    let succeed;
    new Promise((resolve) => { succeed = resolve; }).then(() => { count++; }, () => { failed++; });
    succeed(i);
    if (i % 1000 === 0 || i === n) await nextTurn();
  }
  r.end();
  check(count === n && failed === 0, 'deferred lost a callback');
}

async function deferredChain(n, k, r) {
  let count = 0;
  const rounds = Math.max(1, Math.floor(n / 100));
  r.begin();
  for (let i = 1; i <= rounds; i++) {
    let succeed;
    const promise = new Promise((resolve) => { succeed = resolve; });
    for (let j = 0; j < 100; j++) promise.then(() => { count++; });
    succeed(i);
    if (i % 10 === 0 || i === rounds) await nextTurn();
  }
  r.end();
  check(count === rounds * 100, 'deferred_chain lost a callback');
}

// MARK: 11: memory

async function memTimer(n, k, r) {
  let fired = 0;
  const timers = new Array(n).fill(null);
  const before = rssBytes();
  r.begin();
  for (let i = 0; i < n; i++) timers[i] = setTimeout(() => { fired++; }, 600000 + (random() % 600001));
  r.end();
  r.extra = { rss_bytes_per_op: (rssBytes() - before) / n };
  for (const timer of timers) clearTimeout(timer);
}

async function memDeferred(n, k, r) {
  let count = 0;
  const pending = new Array(n).fill(null);
  const before = rssBytes();
  r.begin();
  for (let i = 0; i < n; i++) {
    new Promise((resolve) => { pending[i] = resolve; }).then(() => { count++; }, () => { count--; });
  }
  r.end();
  r.extra = { rss_bytes_per_op: (rssBytes() - before) / n };
  check(pending.length === n && count === 0, 'mem_deferred called back');
}

// MARK: The command line

const works = {
  tick_chain: [tickChain, 1000000],
  tick_batch: [tickBatch, 1000000],
  timer_add_cancel: [timerAddCancel, 100000],
  timer_add_cancel_live: [timerAddCancelLive, 1000000, 100000],
  timer_fire: [timerFire, 100000],
  periodic: [periodic, 1000, 2],
  deferred: [deferred, 1000000],
  deferred_chain: [deferredChain, 1000000],
  spawn_pingpong: [spawnPingpong, 1000000],
  mem_timer: [memTimer, 100000],
  mem_deferred: [memDeferred, 100000],
};

async function main() {
  const [name, ...rest] = process.argv.slice(2);
  if (name === 'version') return console.log(JSON.stringify({ peer: 'node', version: process.versions.node }));
  if (!Object.hasOwn(works, name)) process.exit(3);
  const numbers = [];
  for (const argument of rest) {
    const [option, value] = argument.split('=');
    if (value === undefined) numbers.push(Number(argument));
    else options[option] = value;
  }
  const [run, defaultN, defaultK] = works[name];
  const [n = defaultN, k = defaultK] = numbers;
  check(n >= 1, 'N must be at least 1');
  const ticks = options.nexttick === '1';
  if (ticks && !['tick_chain', 'tick_batch', 'spawn_pingpong'].includes(name)) process.exit(3);
  if (ticks) later = process.nextTick;
  process.exitCode = 1; // what stands if a callback is lost and the loop runs empty
  if (!name.startsWith('mem_')) {
    randomState = 42;
    await run(Math.max(1, Math.floor(n / 10)), name === 'periodic' ? k / 10 : k, new Region());
  }
  const r = new Region();
  randomState = 42;
  await run(n, k, r);
  process.exitCode = 0;
  console.log(JSON.stringify({
    peer: ticks ? 'node-nextTick' : 'node', work: name, n,
    seconds: r.seconds, ns_per_op: (r.seconds * 1e9) / n, cpu_seconds: r.cpu_seconds, ...r.extra,
  }));
}

main().catch((error) => {
  console.error(`node: ${error.stack}`);
  process.exit(1);
});
