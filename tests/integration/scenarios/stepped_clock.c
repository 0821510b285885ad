// Preloaded into a program: its CLOCK_REALTIME is the machine's plus the seconds
// (a double) in the file that ER_TEST_CLOCK names, which may change at any time.
// What waits until a moment of that clock waits as the kernel would have it wait
// if the clock had been set: forward ends the wait early, back makes it longer.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t kSecond = 1000000000;
static const int64_t kSlice = 20000000;
static const volatile double* stepped;

__attribute__((constructor)) static void Open(void) {
  const char* path = getenv("ER_TEST_CLOCK");
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void* mapped = mmap(NULL, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) stepped = mapped;
}

static int64_t Nanoseconds(const struct timespec* at) { return at->tv_sec * kSecond + at->tv_nsec; }

static struct timespec Timespec(int64_t nanoseconds) {
  struct timespec at = {nanoseconds / kSecond, nanoseconds % kSecond};
  return at;
}

static int64_t Now(clockid_t id) {
  struct timespec at;
  syscall(SYS_clock_gettime, id, &at);
  const int is_real = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
  return Nanoseconds(&at) + (is_real && stepped ? (int64_t)(*stepped * 1e9) : 0);
}

int clock_gettime(clockid_t id, struct timespec* at) {
  static int (*real)(clockid_t, struct timespec*);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) {
    *at = Timespec(Now(id));
    return 0;
  }
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  return real(id, at);
}

int gettimeofday(struct timeval* restrict at, void* restrict zone) {
  (void)zone;
  const struct timespec now = Timespec(Now(CLOCK_REALTIME));
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* at) {
  const time_t now = Now(CLOCK_REALTIME) / kSecond;
  if (at) *at = now;
  return now;
}

// The next moment of CLOCK_MONOTONIC to look at the stepped clock again; 0 if
// `deadline` has come.
static int64_t NextLook(int64_t deadline) {
  const int64_t left = deadline - Now(CLOCK_REALTIME);
  if (left <= 0) return 0;
  return Now(CLOCK_MONOTONIC) + (left < kSlice ? left : kSlice);
}

long syscall(long number, ...) {
  static long (*real)(long, ...);
  if (!real) real = dlsym(RTLD_NEXT, "syscall");
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; ++i) a[i] = va_arg(list, long);
  va_end(list);
  const struct timespec* until = (const struct timespec*)a[3];
  const int waits = number == SYS_futex && (a[1] & FUTEX_CLOCK_REALTIME) &&
                    (a[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET && until;
  if (!waits) return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  const int64_t deadline = Nanoseconds(until);
  for (;;) {
    const int64_t look = NextLook(deadline);
    if (look == 0) {
      errno = ETIMEDOUT;
      return -1;
    }
    const struct timespec slice = Timespec(look);
    const long done = real(number, a[0], a[1] & ~FUTEX_CLOCK_REALTIME, a[2], &slice, a[4], a[5]);
    if (done != -1 || errno != ETIMEDOUT) return done;
  }
}

int pthread_cond_timedwait(pthread_cond_t* restrict condition, pthread_mutex_t* restrict mutex,
                           const struct timespec* restrict until) {
  enum { kMonotonic = 2 };  // glibc's bit of a condition variable whose clock was set to it
  if (condition->__data.__wrefs & kMonotonic) {
    return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, until);
  }
  const int64_t deadline = Nanoseconds(until);
  for (;;) {
    const int64_t look = NextLook(deadline);
    if (look == 0) return ETIMEDOUT;
    const struct timespec slice = Timespec(look);
    const int done = pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &slice);
    if (done != ETIMEDOUT) return done;
  }
}
