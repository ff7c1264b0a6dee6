/* Small things that every part needs. Nothing here allocates but scratch(), and nothing uses stdio. */
#define _GNU_SOURCE
#include "helper.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>

#include "sys.h"

/* openat2. With RESOLVE_BENEATH or RESOLVE_IN_ROOT the kernel answers EAGAIN when a rename anywhere may have moved a ".."
   under it; that is common and harmless, but a hostile tree can keep it up, so there is an end. */
int open2(int dir, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how_v0 how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
  int fd = -EAGAIN;
  for (int tries = 0; tries < 1000 && (fd == -EAGAIN || fd == -EINTR); tries++) {
    fd = rc(syscall(NR_openat2, dir, path, &how, sizeof how));
  }
  return fd;
}

/* A path below the directory of a slot (no symlink, nothing above it), or for -1 an absolute path, whose last component
   is still not followed when the flags say so. */
int open_below(int64_t dir, const char *path, int flags) {
  if (dir >= 0) return open2(slot_fd(dir), path, (uint64_t)flags, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS);
  if (path[0] != '/') return -EINVAL;
  return rc(open(path, flags | O_CLOEXEC));
}

int slot_fd(int64_t slot) {
  return SLOT_BASE + (int)slot;
}

/* Takes the descriptor (or hands an error on) and gives it the number of the slot. */
int slot_put(int64_t slot, int fd) {
  if (fd < 0) return fd;
  state.released = false;
  if (fd == slot_fd(slot)) return 0;
  int result = rc(dup3(fd, slot_fd(slot), O_CLOEXEC));
  close(fd);
  if (result == -EBADF) return -EMFILE; /* the number is above RLIMIT_NOFILE */
  return result < 0 ? result : 0;
}

void close_fd(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

int write_all(int fd, const void *data, size_t size) {
  const char *at = data;
  while (size > 0) {
    ssize_t n = write(fd, at, size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    at += n;
    size -= (size_t)n;
  }
  return 0;
}

/* For files of the kernel, where one write is one request: a part of it is not a success. */
int write_once(int fd, const void *data, size_t size) {
  ssize_t n;
  do n = write(fd, data, size);
  while (n < 0 && errno == EINTR);
  if (n < 0) return -errno;
  return (size_t)n == size ? 0 : -EIO;
}

/* Zeroed memory that is never given back: for tables that live until exec or exit. */
void *scratch(size_t size) {
  void *memory = mmap(NULL, size == 0 ? 1 : size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

int fail_with(int error, int detail, const char *context) {
  state.detail = detail;
  state.context = context;
  return error;
}

int fail_at(int error, const char *context) {
  return fail_with(error, 0, context);
}

/* Not dumpable: the process cannot be traced, and its /proc files belong to root. The kernel undoes it (fs.suid_dumpable)
   whenever credentials change, so this is called again after each change. */
void undumpable(void) {
  if (!state.stay_dumpable) prctl(PR_SET_DUMPABLE, 0);
}

/* Fields 9 (flags) and 22 (start time) of /proc/<pid>/stat. The name in field 2 may hold blanks and parentheses: count from
   the last ')'. */
int process_stat(int proc, pid_t pid, uint64_t *flags, uint64_t *start) {
  char path[32], text[1024];
  char *digit = path + sizeof path - 6;
  memcpy(digit, "/stat", 6);
  for (uint32_t n = (uint32_t)pid; n > 0; n /= 10) *--digit = (char)('0' + n % 10);
  int fd = rc(openat(proc, digit, O_RDONLY | O_CLOEXEC));
  if (fd < 0) return fd;
  ssize_t size = read(fd, text, sizeof text - 1);
  int error = size < 0 ? -errno : 0;
  close(fd);
  if (error < 0) return error;
  text[size] = 0;
  const char *at = strrchr(text, ')');
  if (at == NULL) return -EBADMSG;
  uint64_t values[23] = {0};
  int field = 2;
  for (at++; *at != 0 && field < 22;) {
    at++;
    field++;
    for (; *at >= '0' && *at <= '9'; at++) values[field] = values[field] * 10 + (uint64_t)(*at - '0');
    while (*at != 0 && *at != ' ') at++;
  }
  if (field < 22) return -EBADMSG;
  *flags = values[9];
  *start = values[22];
  return 0;
}

int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void sleep_us(long us) {
  nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

/* Digits only, and below 2^32 - 1, which the kernel reserves for "no id". */
int text_to_u32(const char *text, size_t length, uint32_t *value) {
  uint64_t sum = 0;
  if (length == 0 || length > 10) return -EINVAL;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return -EINVAL;
    sum = sum * 10 + (uint64_t)(text[i] - '0');
  }
  if (sum >= UINT32_MAX) return -ERANGE;
  *value = (uint32_t)sum;
  return 0;
}

bool same_text(const char *text, size_t length, const char *other) {
  return strlen(other) == length && memcmp(text, other, length) == 0;
}
