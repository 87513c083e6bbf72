// The kernel headers and calls that the C library's Swift module lacks. Header only: no C is compiled.
#ifndef CREACTOR_H
#define CREACTOR_H

#if defined(__linux__)

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

/// epoll_wait with a timeout in nanoseconds; null waits for as long as it takes. ENOSYS before Linux 5.11.
static inline int creactor_epoll_pwait2(int descriptor, struct epoll_event *events, int count,
                                        const struct timespec *timeout) {
  return (int)syscall(SYS_epoll_pwait2, descriptor, events, count, timeout, (void *)0, 0);
}

/// poll with a timeout in nanoseconds; null waits for as long as it takes. Changes `*timeout`.
static inline int creactor_ppoll(void *entries, unsigned long count, struct timespec *timeout) {
  return (int)syscall(SYS_ppoll, entries, count, timeout, (void *)0, 8);
}

/// Names the calling thread, in at most 15 bytes.
static inline void creactor_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

/// Tells the processor that this thread only looks and looks again: it leaves more to the one beside it.
static inline void creactor_relax(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ volatile("yield");
#endif
}

/// Asks the processor for the memory at `place`; any address will do.
static inline void creactor_prefetch(const void *place) { __builtin_prefetch(place); }

/// What `epoll_event.data` carries: the number that the descriptor was registered with.
static inline uint64_t creactor_epoll_token(const struct epoll_event *event) { return event->data.u64; }

#endif
#endif
