/*
 * Preloaded into a process: the system calls that change files below FAIL_BELOW are counted, and the FAIL_AT-th fails with the
 * number FAIL_ERRNO. Where FAIL_ON is set, all writes after it fail too, as on a disk that stays full. When the process ends, the
 * count, and the name of the call that failed first, are written to FAIL_COUNT. Nothing is counted until the file FAIL_WHEN is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int calls;
static const char* failed = "none";

static int below(const char* path) {
  const char* folder = getenv("FAIL_BELOW");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int of_descriptor(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return below(path);
}

/* Whether this call is to fail; errno is set then. */
static int fails_at(const char* name, int writes) {
  const char* when = getenv("FAIL_WHEN");
  if (!when || access(when, F_OK) != 0) return 0;
  const int at = atoi(getenv("FAIL_AT"));
  const int number = atomic_fetch_add(&calls, 1) + 1;
  if (number != at && !(writes && getenv("FAIL_ON") && number > at && at > 0)) return 0;
  if (number == at) failed = name;
  errno = atoi(getenv("FAIL_ERRNO"));
  return 1;
}

__attribute__((destructor)) static void report(void) {
  const char* path = getenv("FAIL_COUNT");
  FILE* out = path ? fopen(path, "w") : NULL;
  if (!out) return;
  fprintf(out, "%d %s\n", atomic_load(&calls), failed);
  fclose(out);
}

#define fails(writes) fails_at(__func__, writes)
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void* bytes, size_t count) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(write)(fd, bytes, count);
}
ssize_t writev(int fd, const struct iovec* parts, int count) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(writev)(fd, parts, count);
}
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t at) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(pwrite)(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t at) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(pwrite64)(fd, bytes, count, at);
}
ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(pwritev)(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec* parts, int count, off64_t at) {
  return of_descriptor(fd) && fails(1) ? -1 : NEXT(pwritev64)(fd, parts, count, at);
}
int ftruncate(int fd, off_t length) { return of_descriptor(fd) && fails(1) ? -1 : NEXT(ftruncate)(fd, length); }
int ftruncate64(int fd, off64_t length) { return of_descriptor(fd) && fails(1) ? -1 : NEXT(ftruncate64)(fd, length); }
int fsync(int fd) { return of_descriptor(fd) && fails(1) ? -1 : NEXT(fsync)(fd); }
int fdatasync(int fd) { return of_descriptor(fd) && fails(1) ? -1 : NEXT(fdatasync)(fd); }
int mkdir(const char* path, mode_t mode) { return below(path) && fails(1) ? -1 : NEXT(mkdir)(path, mode); }
int link(const char* from, const char* to) { return below(to) && fails(1) ? -1 : NEXT(link)(from, to); }
int rename(const char* from, const char* to) { return below(to) && fails(0) ? -1 : NEXT(rename)(from, to); }
int renameat2(int a, const char* from, int b, const char* to, unsigned flags) {
  return below(to) && fails(0) ? -1 : NEXT(renameat2)(a, from, b, to, flags);
}

static int made(const char* path, int flags) { return (flags & O_CREAT) && below(path) && fails(1); }

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return made(path, flags) ? -1 : NEXT(open)(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
  va_end(more);
  return made(path, flags) ? -1 : NEXT(open64)(path, flags, mode);
}
