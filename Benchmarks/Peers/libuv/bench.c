// SPDX-License-Identifier: Apache-2.0
//
// The benchmark's works on libuv. Usage: bench WORK [N [K]] [name=value ...]
//
// Options: reuse=1   (timer_add_cancel, timer_add_cancel_live) start and stop handles that exist already
//          threads=T (defer_*) size of libuv's pool; its own default is 4
//
// Where the work is not quite the same:
// - libuv has no queue of callbacks. tick_batch is one malloc'd idle handle for each callback, run last in,
//   first out. tick_chain and spawn_pingpong start one existing idle handle again, so they allocate nothing.
// - Timers have whole milliseconds and count from the loop's cached time, so they can fire early.
// - Cancelling closes the handle; its memory is freed by the close callback in the next turn.
// - Only one uv_async_t exists and its signals merge, so wakeup and wakeup_flood bring their own queue.
// - Periodic timers count from when the tick ran, so they drift.
// - There is no deferrable: deferred, deferred_chain and mem_deferred are not done.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

// MARK: The harness

static uv_loop_t *loop;
static int reuse, threads = 4;

typedef struct {
  double seconds, cpu_seconds;
  char extra[320];  // further JSON fields, each with a comma before it
} region;

static void fail(const char *what) {
  fprintf(stderr, "libuv: %s\n", what);
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

static void run_until_empty(void) { uv_run(loop, UV_RUN_DEFAULT); }

static void free_handle(uv_handle_t *h) { free(h); }

// MARK: 1, 2, 7: ticks

typedef struct {
  long left;
  region *r;
} countdown;

static void chain_tick(uv_idle_t *idle) {
  countdown *c = idle->data;
  uv_idle_stop(idle);
  if (--c->left > 0) uv_idle_start(idle, chain_tick);
  else end(c->r);
}

static void tick_chain(long n, double k, region *r) {
  (void)k;
  countdown c = {n, r};
  uv_idle_t *idle = make(sizeof *idle);
  uv_idle_init(loop, idle);
  idle->data = &c;
  begin(r);
  uv_idle_start(idle, chain_tick);
  run_until_empty();
  check(c.left == 0, "tick_chain lost a callback");
  uv_close((uv_handle_t *)idle, free_handle);
  run_until_empty();
}

static void batch_tick(uv_idle_t *idle) {
  countdown *c = idle->data;
  uv_close((uv_handle_t *)idle, free_handle);
  if (--c->left == 0) end(c->r);
}

static void tick_batch(long n, double k, region *r) {
  (void)k;
  countdown c = {n, r};
  begin(r);
  for (long i = 0; i < n; i++) {
    uv_idle_t *idle = make(sizeof *idle);
    uv_idle_init(loop, idle);
    idle->data = &c;
    uv_idle_start(idle, batch_tick);
  }
  run_until_empty();
  check(c.left == 0, "tick_batch lost a callback");
}

// An object with a mailbox: its idle handle is active while there is mail.
typedef struct process {
  uv_idle_t idle;
  uint32_t head, tail;
  long mail[8];
  struct process *other;
  long *received;
  region *r;
} process;

static void process_tick(uv_idle_t *idle);

static void notify(process *p, long message) {
  check(p->tail - p->head < 8, "mailbox overflow");
  if (p->tail == p->head) uv_idle_start(&p->idle, process_tick);
  p->mail[p->tail++ % 8] = message;
}

static void process_tick(uv_idle_t *idle) {
  process *p = idle->data;
  long message = p->mail[p->head++ % 8];
  if (p->tail == p->head) uv_idle_stop(idle);
  ++*p->received;
  if (message > 1) notify(p->other, message - 1);
  else end(p->r);
}

static void spawn_pingpong(long n, double k, region *r) {
  (void)k;
  long received = 0;
  process *pair[2];
  for (int i = 0; i < 2; i++) {
    pair[i] = calloc(1, sizeof **pair);
    uv_idle_init(loop, &pair[i]->idle);
    pair[i]->idle.data = pair[i];
    pair[i]->received = &received;
    pair[i]->r = r;
  }
  pair[0]->other = pair[1];
  pair[1]->other = pair[0];
  begin(r);
  notify(pair[0], n);
  run_until_empty();
  check(received == n, "spawn_pingpong lost a message");
  for (int i = 0; i < 2; i++) uv_close((uv_handle_t *)&pair[i]->idle, free_handle);
  run_until_empty();
}

// MARK: 3: timers added and cancelled

static void timer_counts(uv_timer_t *timer) { ++*(long *)timer->data; }

static uv_timer_t *make_timer(long *counter) {
  uv_timer_t *timer = make(sizeof *timer);
  uv_timer_init(loop, timer);
  timer->data = counter;
  return timer;
}

static uv_timer_t *add_timer(uint32_t delay, long *counter) {
  uv_timer_t *timer = make_timer(counter);
  uv_timer_start(timer, timer_counts, delay, 0);
  return timer;
}

static void cancel_timer(uv_timer_t *timer) { uv_close((uv_handle_t *)timer, free_handle); }

static void timer_add_cancel(long n, double k, region *r) {
  (void)k;
  long fired = 0;
  uint32_t *delays = draw(n, 1000, 59001);
  uv_timer_t **timers = make((size_t)n * sizeof *timers);
  if (reuse)
    for (long i = 0; i < n; i++) timers[i] = make_timer(&fired);
  uv_update_time(loop);  // as if a turn had just begun
  begin(r);
  double start = seconds_of(CLOCK_MONOTONIC);
  if (reuse)
    for (long i = 0; i < n; i++) uv_timer_start(timers[i], timer_counts, delays[i], 0);
  else
    for (long i = 0; i < n; i++) timers[i] = add_timer(delays[i], &fired);
  double added = seconds_of(CLOCK_MONOTONIC);
  if (reuse)
    for (long i = 0; i < n; i++) uv_timer_stop(timers[i]);
  else
    for (long i = 0; i < n; i++) cancel_timer(timers[i]);
  uv_run(loop, UV_RUN_NOWAIT);
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
  uv_timer_t **timers = make((size_t)live * sizeof *timers);
  uv_update_time(loop);
  for (long i = 0; i < live; i++) timers[i] = add_timer(live_delays[i], &fired);
  uv_timer_t *reused = reuse ? make_timer(&fired) : NULL;
  double turns = 0;
  for (long first = 0; first < n; first += 1000) {
    long past = first + 1000 < n ? first + 1000 : n;
    begin(r);
    if (reuse)
      for (long i = first; i < past; i++) {
        uv_timer_start(reused, timer_counts, delays[i], 0);
        uv_timer_stop(reused);
      }
    else
      for (long i = first; i < past; i++) cancel_timer(add_timer(delays[i], &fired));
    end(r);
    turns -= seconds_of(CLOCK_MONOTONIC);
    uv_run(loop, UV_RUN_NOWAIT);
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
  uv_timer_t timer;
  int64_t due;
} due_timer;

static void timer_notes(uv_timer_t *timer) {
  lateness *l = timer->data;
  l->late_ms[l->fired++] = (double)(now_ns() - ((due_timer *)timer)->due) / 1e6;
  uv_close((uv_handle_t *)timer, free_handle);
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
  uv_update_time(loop);
  begin(r);
  for (long i = 0; i < n; i++) {
    due_timer *d = make(sizeof *d);
    uv_timer_init(loop, &d->timer);
    d->timer.data = &l;
    d->due = now_ns() + (int64_t)delays[i] * 1000000;
    uv_timer_start(&d->timer, timer_notes, delays[i], 0);
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

static void timer_stops(uv_timer_t *timer) {
  end(timer->data);
  uv_stop(loop);
}

static void periodic(long n, double k, region *r) {
  long ticks = 0;
  uv_timer_t **timers = make((size_t)n * sizeof *timers);
  uv_timer_t *last = make(sizeof *last);
  uv_timer_init(loop, last);
  last->data = r;
  uv_update_time(loop);
  begin(r);
  for (long i = 0; i < n; i++) {
    timers[i] = make_timer(&ticks);
    uv_timer_start(timers[i], timer_counts, 1, 1);
  }
  uv_timer_start(last, timer_stops, (uint64_t)(k * 1000), 0);
  run_until_empty();
  for (long i = 0; i < n; i++) cancel_timer(timers[i]);
  cancel_timer(last);
  run_until_empty();
  snprintf(r->extra, sizeof r->extra, ",\"ticks\":%ld,\"ideal\":%.0f,\"fired_ratio\":%.4f", ticks,
           (double)n * k * 1000, (double)ticks / ((double)n * r->seconds * 1000));
  free(timers);
}

// MARK: 8: the thread pool

typedef struct {
  long n, sent, received, sum, expected;
  region *r;
} pool_work;

typedef struct {
  uv_work_t request;
  long value;
} job;

static void send_job(pool_work *w, uv_after_work_cb received);

static void job_runs(uv_work_t *request) { ((job *)request)->value += 1; }

static void roundtrip_back(uv_work_t *request, int status) {
  pool_work *w = request->data;
  check(status == 0, "a job failed");
  w->sum += ((job *)request)->value;
  free(request);
  if (++w->received < w->n) send_job(w, roundtrip_back);
  else end(w->r);
}

static void throughput_back(uv_work_t *request, int status) {
  pool_work *w = request->data;
  check(status == 0, "a job failed");
  w->sum += ((job *)request)->value;
  free(request);
  if (++w->received == w->n) end(w->r);
}

static void send_job(pool_work *w, uv_after_work_cb received) {
  job *j = make(sizeof *j);
  j->request.data = w;
  j->value = w->sent++;
  w->expected += j->value + 1;
  uv_queue_work(loop, &j->request, job_runs, received);
}

static void defer_roundtrip(long n, double k, region *r) {
  (void)k;
  pool_work w = {.n = n, .r = r};
  begin(r);
  send_job(&w, roundtrip_back);
  run_until_empty();
  check(w.received == n && w.sum == w.expected, "defer_roundtrip lost a job");
  snprintf(r->extra, sizeof r->extra, ",\"threads\":%d", threads);
}

static void defer_throughput(long n, double k, region *r) {
  (void)k;
  pool_work w = {.n = n, .r = r};
  begin(r);
  for (long i = 0; i < n; i++) send_job(&w, throughput_back);
  run_until_empty();
  check(w.received == n && w.sum == w.expected, "defer_throughput lost a job");
  snprintf(r->extra, sizeof r->extra, ",\"threads\":%d", threads);
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
  uv_async_t async;
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
  uv_async_send(&b->async);
}

static void inbox_runs(uv_async_t *async) {
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

static void call_closes(void *argument) { uv_close((uv_handle_t *)&((inbox *)argument)->async, NULL); }

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
  uv_async_init(loop, &b.async, inbox_runs);
  b.async.data = &b;
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
  uv_timer_t **timers = make((size_t)n * sizeof *timers);
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
  {"defer_roundtrip", defer_roundtrip, 50000, 0},
  {"defer_throughput", defer_throughput, 200000, 0},
  {"wakeup", wakeup, 50000, 0},
  {"wakeup_flood", wakeup_flood, 1000000, 0},
  {"mem_timer", mem_timer, 100000, 0},
};

int main(int count, char **arguments) {
  if (count < 2) fail("usage: bench WORK [N [K]] [name=value ...]");
  if (strcmp(arguments[1], "version") == 0) {
    printf("{\"peer\":\"libuv\",\"version\":\"%s\"}\n", uv_version_string());
    return 0;
  }
  size_t w = 0;
  while (w < sizeof works / sizeof *works && strcmp(works[w].name, arguments[1]) != 0) w++;
  if (w == sizeof works / sizeof *works) return 3;
  long n = works[w].n;
  double k = works[w].k;
  for (int i = 2, place = 0; i < count; i++) {
    if (strncmp(arguments[i], "reuse=", 6) == 0) reuse = atoi(arguments[i] + 6);
    else if (strncmp(arguments[i], "threads=", 8) == 0) threads = atoi(arguments[i] + 8);
    else if (strchr(arguments[i], '=')) continue;
    else if (place++ == 0) n = atol(arguments[i]);
    else k = atof(arguments[i]);
  }
  check(n >= 1 && k >= 0, "N must be at least 1, K not negative");
  if (reuse && strncmp(works[w].name, "timer_add_cancel", 16) != 0) return 3;
  char size[16];
  snprintf(size, sizeof size, "%d", threads);
  setenv("UV_THREADPOOL_SIZE", size, 1);
  loop = uv_default_loop();
  if (strncmp(works[w].name, "mem_", 4) != 0) {
    region warm_up = {0};
    random_state = 42;
    works[w].run(n < 10 ? 1 : n / 10, works[w].run == periodic ? k / 10 : k, &warm_up);
  }
  region r = {0};
  random_state = 42;
  works[w].run(n, k, &r);
  const char *variant = reuse ? "-reuse" : "";
  printf("{\"peer\":\"libuv%s\",\"work\":\"%s\",\"n\":%ld,\"seconds\":%.9f,", variant, works[w].name, n, r.seconds);
  printf("\"ns_per_op\":%.2f,\"cpu_seconds\":%.6f%s}\n", r.seconds * 1e9 / (double)n, r.cpu_seconds, r.extra);
  return 0;
}
