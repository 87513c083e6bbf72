// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on libev. Usage: bench WORK [N [K]] [name=value ...]
//
// Options: reuse=1 (timer_add_cancel, timer_add_cancel_live) start and stop watchers that exist already
//          feed=1  (tick_chain, tick_batch, spawn_pingpong) ev_feed_event in place of ev_idle: the loop does not
//                  poll between such callbacks, so a chain of them keeps sockets and timers waiting
//
// Where the work is not quite the same:
// - libev has no queue of callbacks. tick_batch is one malloc'd idle watcher for each callback; tick_chain and
//   spawn_pingpong start one existing watcher again, so they allocate nothing.
// - Timers count from the loop's cached time, so they can fire early.
// - Only one ev_async exists and its signals merge, so wakeup and wakeup_flood bring their own queue.
// - Periodic timers keep their schedule unless they are over a period late.
// - There is no thread pool (defer_* are not done) and no deferrable (nor are deferred, deferred_chain, mem_deferred).
#define _GNU_SOURCE
#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// MARK: The harness

static struct ev_loop *loop;
static int reuse, feed;

typedef struct {
  double seconds, cpu_seconds;
  char extra[320];  // further JSON fields, each with a comma before it
} region;

static void fail(const char *what) {
  fprintf(stderr, "libev: %s\n", what);
  exit(1);
}

static void check(int holds, const char *what) {
  if (!holds) fail(what);
}

static void *make(size_t size) {
  void *memory = malloc(size);
  check(memory != NULL, "out of memory");
  return memory;
}

static double seconds_of(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

// A region may be begun and ended several times; it adds up.
static void begin(region *r) {
  r->cpu_seconds -= seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  r->seconds -= seconds_of(CLOCK_MONOTONIC);
}

static void end(region *r) {
  r->seconds += seconds_of(CLOCK_MONOTONIC);
  r->cpu_seconds += seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

static uint32_t random_state;

static uint32_t random_next(void) {
  uint32_t x = random_state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return random_state = x;
}

// The next `n` delays in milliseconds: base + x % span.
static uint32_t *draw(long n, uint32_t base, uint32_t span) {
  uint32_t *delays = make((size_t)n * sizeof *delays);
  for (long i = 0; i < n; i++) delays[i] = base + random_next() % span;
  return delays;
}

static long rss_bytes(void) {
  char text[128] = {0};
  int file = open("/proc/self/statm", O_RDONLY);
  if (file < 0) exit(3);  // not on this system
  check(read(file, text, sizeof text - 1) > 0, "cannot read statm");
  close(file);
  long pages = 0;
  sscanf(text, "%*s %ld", &pages);
  return pages * sysconf(_SC_PAGESIZE);
}

static void run_until_empty(void) { ev_run(loop, 0); }

// MARK: 1, 2, 7: ticks

typedef struct {
  long left;
  region *r;
} countdown;

// Asks for a call of the idle watcher in the next iteration, or (feed=1) in the same one.
static void ask(ev_idle *idle) {
  if (feed) ev_feed_event(loop, idle, EV_CUSTOM);
  else ev_idle_start(loop, idle);
}

static void asked(ev_idle *idle) {
  if (!feed) ev_idle_stop(loop, idle);
}

static void chain_tick(struct ev_loop *l, ev_idle *idle, int events) {
  (void)l, (void)events;
  countdown *c = idle->data;
  asked(idle);
  if (--c->left > 0) ask(idle);
  else end(c->r);
}

static void tick_chain(long n, double k, region *r) {
  (void)k;
  countdown c = {n, r};
  ev_idle idle;
  ev_idle_init(&idle, chain_tick);
  idle.data = &c;
  begin(r);
  ask(&idle);
  run_until_empty();
  check(c.left == 0, "tick_chain lost a callback");
}

static void batch_tick(struct ev_loop *l, ev_idle *idle, int events) {
  (void)l, (void)events;
  countdown *c = idle->data;
  asked(idle);
  free(idle);
  if (--c->left == 0) end(c->r);
}

static void tick_batch(long n, double k, region *r) {
  (void)k;
  countdown c = {n, r};
  begin(r);
  for (long i = 0; i < n; i++) {
    ev_idle *idle = make(sizeof *idle);
    ev_idle_init(idle, batch_tick);
    idle->data = &c;
    ask(idle);
  }
  run_until_empty();
  check(c.left == 0, "tick_batch lost a callback");
}

// An object with a mailbox: its idle watcher is active while there is mail.
typedef struct process {
  ev_idle idle;
  uint32_t head, tail;
  long mail[8];
  struct process *other;
  long *received;
  region *r;
} process;

static void notify(process *p, long message) {
  check(p->tail - p->head < 8, "mailbox overflow");
  if (p->tail == p->head) ask(&p->idle);
  p->mail[p->tail++ % 8] = message;
}

static void process_tick(struct ev_loop *l, ev_idle *idle, int events) {
  (void)l, (void)events;
  process *p = idle->data;
  long message = p->mail[p->head++ % 8];
  asked(idle);
  if (p->tail != p->head) ask(idle);
  ++*p->received;
  if (message > 1) notify(p->other, message - 1);
  else end(p->r);
}

static void spawn_pingpong(long n, double k, region *r) {
  (void)k;
  long received = 0;
  process pair[2] = {0};
  for (int i = 0; i < 2; i++) {
    ev_idle_init(&pair[i].idle, process_tick);
    pair[i].idle.data = &pair[i];
    pair[i].other = &pair[1 - i];
    pair[i].received = &received;
    pair[i].r = r;
  }
  begin(r);
  notify(&pair[0], n);
  run_until_empty();
  check(received == n, "spawn_pingpong lost a message");
}

// MARK: 3: timers added and cancelled

static void timer_counts(struct ev_loop *l, ev_timer *timer, int events) {
  (void)l, (void)events;
  ++*(long *)timer->data;
}

static ev_timer *make_timer(long *counter) {
  ev_timer *timer = make(sizeof *timer);
  ev_timer_init(timer, timer_counts, 0, 0);
  timer->data = counter;
  return timer;
}

static void start_timer(ev_timer *timer, uint32_t delay) {
  ev_timer_set(timer, delay / 1e3, 0);
  ev_timer_start(loop, timer);
}

static ev_timer *add_timer(uint32_t delay, long *counter) {
  ev_timer *timer = make_timer(counter);
  start_timer(timer, delay);
  return timer;
}

static void cancel_timer(ev_timer *timer) {
  ev_timer_stop(loop, timer);
  free(timer);
}

static void timer_add_cancel(long n, double k, region *r) {
  (void)k;
  long fired = 0;
  uint32_t *delays = draw(n, 1000, 59001);
  ev_timer **timers = make((size_t)n * sizeof *timers);
  if (reuse)
    for (long i = 0; i < n; i++) timers[i] = make_timer(&fired);
  ev_now_update(loop);  // as if a turn had just begun
  begin(r);
  double start = seconds_of(CLOCK_MONOTONIC);
  if (reuse)
    for (long i = 0; i < n; i++) start_timer(timers[i], delays[i]);
  else
    for (long i = 0; i < n; i++) timers[i] = add_timer(delays[i], &fired);
  double added = seconds_of(CLOCK_MONOTONIC);
  if (reuse)
    for (long i = 0; i < n; i++) ev_timer_stop(loop, timers[i]);
  else
    for (long i = 0; i < n; i++) cancel_timer(timers[i]);
  ev_run(loop, EVRUN_NOWAIT);
  double cancelled = seconds_of(CLOCK_MONOTONIC);
  end(r);
  if (reuse)
    for (long i = 0; i < n; i++) cancel_timer(timers[i]);
  run_until_empty();
  snprintf(r->extra, sizeof r->extra, ",\"add_ns\":%.1f,\"cancel_ns\":%.1f,\"fired\":%ld",
           (added - start) * 1e9 / (double)n, (cancelled - added) * 1e9 / (double)n, fired);
  free(timers);
  free(delays);
}

static void timer_add_cancel_live(long n, double k, region *r) {
  long fired = 0, live = (long)k;
  uint32_t *live_delays = draw(live, 30000, 60001), *delays = draw(n, 30000, 60001);
  ev_timer **timers = make((size_t)live * sizeof *timers);
  ev_now_update(loop);
  for (long i = 0; i < live; i++) timers[i] = add_timer(live_delays[i], &fired);
  ev_timer *reused = reuse ? make_timer(&fired) : NULL;
  double turns = 0;
  for (long first = 0; first < n; first += 1000) {
    long past = first + 1000 < n ? first + 1000 : n;
    begin(r);
    if (reuse)
      for (long i = first; i < past; i++) {
        start_timer(reused, delays[i]);
        ev_timer_stop(loop, reused);
      }
    else
      for (long i = first; i < past; i++) cancel_timer(add_timer(delays[i], &fired));
    end(r);
    turns -= seconds_of(CLOCK_MONOTONIC);
    ev_run(loop, EVRUN_NOWAIT);
    turns += seconds_of(CLOCK_MONOTONIC);
  }
  check(fired == 0, "timer_add_cancel_live: a timer fired");
  if (reused) cancel_timer(reused);
  for (long i = 0; i < live; i++) cancel_timer(timers[i]);
  run_until_empty();
  snprintf(r->extra, sizeof r->extra, ",\"live\":%ld,\"turn_ns\":%.1f", live, turns * 1e9 / (double)n);
  free(timers);
  free(live_delays);
  free(delays);
}

// MARK: 4, 5: timers that fire

typedef struct {
  long left, fired;
  double *late_ms;
  region *r;
} lateness;

typedef struct {
  ev_timer timer;
  int64_t due;
} due_timer;

static void timer_notes(struct ev_loop *l_, ev_timer *timer, int events) {
  (void)l_, (void)events;
  lateness *l = timer->data;
  l->late_ms[l->fired++] = (double)(now_ns() - ((due_timer *)timer)->due) / 1e6;
  free(timer);  // a one-shot timer has stopped by itself
  if (--l->left == 0) end(l->r);
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double percentile(const double *sorted, long n, long percent) {  // nearest rank
  long rank = (percent * n + 99) / 100;
  return sorted[rank < 1 ? 0 : rank - 1];
}

static void timer_fire(long n, double k, region *r) {
  (void)k;
  uint32_t *delays = draw(n, 0, 101);
  lateness l = {n, 0, make((size_t)n * sizeof(double)), r};
  ev_now_update(loop);
  begin(r);
  for (long i = 0; i < n; i++) {
    due_timer *d = make(sizeof *d);
    ev_timer_init(&d->timer, timer_notes, 0, 0);
    d->timer.data = &l;
    d->due = now_ns() + (int64_t)delays[i] * 1000000;
    start_timer(&d->timer, delays[i]);
  }
  run_until_empty();
  check(l.left == 0 && l.fired == n, "timer_fire lost a timer");
  qsort(l.late_ms, (size_t)n, sizeof(double), by_size);
  snprintf(r->extra, sizeof r->extra,
           ",\"late_max_ms\":%.3f,\"late_p99_ms\":%.3f,\"late_p50_ms\":%.3f,\"late_min_ms\":%.3f",
           l.late_ms[n - 1], percentile(l.late_ms, n, 99), percentile(l.late_ms, n, 50), l.late_ms[0]);
  free(l.late_ms);
  free(delays);
}

static void timer_stops(struct ev_loop *l, ev_timer *timer, int events) {
  (void)events;
  end(timer->data);
  ev_break(l, EVBREAK_ALL);
}

static void periodic(long n, double k, region *r) {
  long ticks = 0;
  ev_timer **timers = make((size_t)n * sizeof *timers);
  ev_timer *last = make(sizeof *last);
  ev_timer_init(last, timer_stops, k, 0);
  last->data = r;
  ev_now_update(loop);
  begin(r);
  for (long i = 0; i < n; i++) {
    timers[i] = make_timer(&ticks);
    ev_timer_set(timers[i], 1e-3, 1e-3);
    ev_timer_start(loop, timers[i]);
  }
  ev_timer_start(loop, last);
  run_until_empty();
  for (long i = 0; i < n; i++) cancel_timer(timers[i]);
  cancel_timer(last);
  run_until_empty();
  snprintf(r->extra, sizeof r->extra, ",\"ticks\":%ld,\"ideal\":%.0f,\"fired_ratio\":%.4f", ticks,
           (double)n * k * 1000, (double)ticks / ((double)n * r->seconds * 1000));
  free(timers);
}

// MARK: 9: another thread

typedef struct node {
  void (*call)(void *);
  void *argument;
  struct node *next;
} node;

typedef struct {
  pthread_mutex_t lock;
  node *first, **last;
  ev_async async;
  sem_t ran;
  long n, count;
  region *r;
} inbox;

static void inbox_add(inbox *b, void (*call)(void *)) {
  node *added = make(sizeof *added);
  *added = (node){call, b, NULL};
  pthread_mutex_lock(&b->lock);
  *b->last = added;
  b->last = &added->next;
  pthread_mutex_unlock(&b->lock);
  ev_async_send(loop, &b->async);
}

static void inbox_runs(struct ev_loop *l, ev_async *async, int events) {
  (void)l, (void)events;
  inbox *b = async->data;
  pthread_mutex_lock(&b->lock);
  node *each = b->first;
  b->first = NULL;
  b->last = &b->first;
  pthread_mutex_unlock(&b->lock);
  while (each) {
    node *next = each->next;
    each->call(each->argument);
    free(each);
    each = next;
  }
}

static void call_posts(void *argument) {
  inbox *b = argument;
  b->count++;
  sem_post(&b->ran);
}

static void call_closes(void *argument) { ev_async_stop(loop, &((inbox *)argument)->async); }

static void call_counts(void *argument) {
  inbox *b = argument;
  if (++b->count < b->n) return;
  end(b->r);
  call_closes(b);
}

static void *thread_wakes(void *argument) {
  inbox *b = argument;
  begin(b->r);
  for (long i = 0; i < b->n; i++) {
    inbox_add(b, call_posts);
    while (sem_wait(&b->ran) != 0) continue;
  }
  end(b->r);
  inbox_add(b, call_closes);
  return NULL;
}

static void *thread_floods(void *argument) {
  inbox *b = argument;
  begin(b->r);
  for (long i = 0; i < b->n; i++) inbox_add(b, call_counts);
  return NULL;
}

static void run_thread(long n, region *r, void *(*body)(void *)) {
  inbox b = {.n = n, .r = r};
  pthread_mutex_init(&b.lock, NULL);
  sem_init(&b.ran, 0, 0);
  b.last = &b.first;
  ev_async_init(&b.async, inbox_runs);
  b.async.data = &b;
  ev_async_start(loop, &b.async);
  pthread_t thread;
  check(pthread_create(&thread, NULL, body, &b) == 0, "no thread");
  run_until_empty();
  pthread_join(thread, NULL);
  check(b.count == n, "a wake-up was lost");
}

static void wakeup(long n, double k, region *r) {
  (void)k;
  run_thread(n, r, thread_wakes);
}

static void wakeup_flood(long n, double k, region *r) {
  (void)k;
  run_thread(n, r, thread_floods);
}

// MARK: 11: memory

static void mem_timer(long n, double k, region *r) {
  (void)k;
  static long fired;
  ev_timer **timers = make((size_t)n * sizeof *timers);
  memset(timers, 1, (size_t)n * sizeof *timers);
  long before = rss_bytes();
  begin(r);
  for (long i = 0; i < n; i++) timers[i] = add_timer(600000 + random_next() % 600001, &fired);
  end(r);
  snprintf(r->extra, sizeof r->extra, ",\"rss_bytes_per_op\":%.1f", (double)(rss_bytes() - before) / (double)n);
}

// MARK: The command line

static const struct {
  const char *name;
  void (*run)(long n, double k, region *r);
  long n;
  double k;
} works[] = {
  {"tick_chain", tick_chain, 1000000, 0},
  {"tick_batch", tick_batch, 1000000, 0},
  {"timer_add_cancel", timer_add_cancel, 100000, 0},
  {"timer_add_cancel_live", timer_add_cancel_live, 1000000, 100000},
  {"timer_fire", timer_fire, 100000, 0},
  {"periodic", periodic, 1000, 2},
  {"spawn_pingpong", spawn_pingpong, 1000000, 0},
  {"wakeup", wakeup, 50000, 0},
  {"wakeup_flood", wakeup_flood, 1000000, 0},
  {"mem_timer", mem_timer, 100000, 0},
};

int main(int count, char **arguments) {
  if (count < 2) fail("usage: bench WORK [N [K]] [name=value ...]");
  if (strcmp(arguments[1], "version") == 0) {
    printf("{\"peer\":\"libev\",\"version\":\"%d.%d\"}\n", ev_version_major(), ev_version_minor());
    return 0;
  }
  size_t w = 0;
  while (w < sizeof works / sizeof *works && strcmp(works[w].name, arguments[1]) != 0) w++;
  if (w == sizeof works / sizeof *works) return 3;
  long n = works[w].n;
  double k = works[w].k;
  for (int i = 2, place = 0; i < count; i++) {
    if (strncmp(arguments[i], "reuse=", 6) == 0) reuse = atoi(arguments[i] + 6);
    else if (strncmp(arguments[i], "feed=", 5) == 0) feed = atoi(arguments[i] + 5);
    else if (strchr(arguments[i], '=')) continue;
    else if (place++ == 0) n = atol(arguments[i]);
    else k = atof(arguments[i]);
  }
  check(n >= 1 && k >= 0, "N must be at least 1, K not negative");
  if (reuse && strncmp(works[w].name, "timer_add_cancel", 16) != 0) return 3;
  if (feed && strncmp(works[w].name, "tick_", 5) != 0 && works[w].run != spawn_pingpong) return 3;
  loop = ev_default_loop(EVFLAG_AUTO);
  if (strncmp(works[w].name, "mem_", 4) != 0) {
    region warm_up = {0};
    random_state = 42;
    works[w].run(n < 10 ? 1 : n / 10, works[w].run == periodic ? k / 10 : k, &warm_up);
  }
  region r = {0};
  random_state = 42;
  works[w].run(n, k, &r);
  const char *variant = reuse ? "-reuse" : feed ? "-feed" : "";
  printf("{\"peer\":\"libev%s\",\"work\":\"%s\",\"n\":%ld,\"seconds\":%.9f,", variant, works[w].name, n, r.seconds);
  printf("\"ns_per_op\":%.2f,\"cpu_seconds\":%.6f%s}\n", r.seconds * 1e9 / (double)n, r.cpu_seconds, r.extra);
  return 0;
}
