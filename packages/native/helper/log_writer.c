/* The writer of an output: a process of its own, so that neither a slow disk nor a flood of output holds the monitor up. The
   folder may be one that the container can write to: nothing in it is followed or taken for what it is not. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "helper.h"
#include "log.h"
#include "sys.h"

enum { CHUNK = 65536, FULL_WAIT_MS = 1000, FULL_LOOK_MS = 50 };

static struct {
  struct log log;
  int file;
  int64_t size, limit; /* of the newest file; what it may come to before it is rotated */
  bool line_begins;    /* what was written last ended a line */
  bool full;           /* the disk was full for a while: what does not fit is dropped at once */
} out;

static void note(int error) {
  if (out.log.error == 0) out.log.error = -error;
}

/* The name of the n-th file; 0 is the newest, which has no number. */
static const char *file_name(const struct log *log, int64_t n, char *text, size_t size) {
  if (n == 0) return log->name;
  snprintf(text, size, "%s.%d", log->name, (int)n);
  return text;
}

static int open_file(const struct log *log, int flags, struct stat *st) {
  int fd = rc(openat(log->dir, log->name, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags, 0600));
  if (fd < 0) return fd;
  int error = fstat(fd, st) < 0 ? -errno : !S_ISREG(st->st_mode) ? -EINVAL : 0;
  if (error == 0) return fd;
  close(fd);
  return error;
}

/* A fresh output leaves no older files of the same name, which would be read as the beginning of it. */
int log_open(const struct log *log, bool fresh, int64_t *size) {
  char text[LOG_NAME_MAX + 16];
  struct stat st;
  int fd = open_file(log, 0, &st);
  if (fd < 0) return fd;
  *size = st.st_size;
  if (!fresh) return fd;
  for (int64_t n = 1; n < LOG_FILES_MAX; n++) {
    if (unlinkat(log->dir, file_name(log, n, text, sizeof text), 0) < 0 && n >= log->files_max) break;
  }
  if (ftruncate(fd, 0) < 0) {
    int error = -errno;
    close(fd);
    return error;
  }
  *size = 0;
  return fd;
}

/* Where it fails the output goes on in the file that there is, and it is tried again when that has grown as much once more. */
static void rotate(void) {
  char from[LOG_NAME_MAX + 16], to[LOG_NAME_MAX + 16];
  const struct log *log = &out.log;
  struct stat st;
  int error = 0;
  out.limit = out.size + log->size_max;
  for (int64_t n = log->files_max - 1; n > 0 && error >= 0; n--) {
    error = rc(renameat(log->dir, file_name(log, n - 1, from, sizeof from), log->dir, file_name(log, n, to, sizeof to)));
    if (error == -ENOENT) error = 0;
  }
  int fd = error < 0 ? error : open_file(log, O_EXCL, &st);
  if (fd < 0) {
    note(fd);
    return;
  }
  close(out.file);
  out.file = fd;
  out.size = 0;
  out.limit = log->size_max;
}

/* How much of the data goes into the newest file: whole lines if there are any. 0: it begins in the next file. */
static size_t fitting(const uint8_t *data, size_t size) {
  size_t room = (size_t)(out.limit > out.size ? out.limit - out.size : 0);
  if (size <= room) return size;
  const uint8_t *line = memrchr(data, '\n', room);
  if (line != NULL) return (size_t)(line - data) + 1;
  return out.size > 0 && out.line_begins ? 0 : room;
}

/* A full disk is waited for, a second at most: meanwhile the pipe fills and the program waits. After that the output is dropped
   until some of it fits again, and the program goes on. */
static bool worth_waiting(int error, int64_t *until) {
  if (error != -ENOSPC && error != -EDQUOT) return false;
  if (out.full) return false;
  if (*until == 0) *until = now_ms() + FULL_WAIT_MS;
  if (now_ms() >= *until) {
    out.full = true;
    return false;
  }
  sleep_us(FULL_LOOK_MS * 1000);
  return true;
}

static void put(const uint8_t *data, size_t size) {
  int64_t until = 0;
  while (size > 0) {
    size_t part = fitting(data, size);
    if (part == 0) {
      rotate();
      continue;
    }
    ssize_t n = write(out.file, data, part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      int error = -errno;
      if (worth_waiting(error, &until)) continue;
      note(error);
      return;
    }
    out.full = false;
    out.size += n;
    out.line_begins = data[n - 1] == '\n';
    data += n;
    size -= (size_t)n;
    if (size > 0 && (size_t)n == part) rotate();
  }
}

/* Until nobody has the other end of the pipe; or, when the monitor says that all of the container is gone, until what was in the
   pipe at that moment is written: a stranger who was passed the other end is not waited for. */
static void copy(void) {
  static uint8_t data[CHUNK];
  bool told = false;
  int left = 0;
  struct pollfd fds[2] = {{.fd = out.log.in, .events = POLLIN}, {.fd = out.log.link, .events = POLLIN}};
  for (;;) {
    if (!told && poll(fds, 2, -1) < 0) continue;
    if (!told && fds[1].revents != 0) {
      char word;
      told = read(out.log.link, &word, 1) == 1;
      if (told && ioctl(out.log.in, FIONREAD, &left) < 0) left = 0;
      if (!told) fds[1].fd = -1; /* the monitor was killed: its container is about to end too */
    }
    if (told && left <= 0) return;
    if (!told && fds[0].revents == 0) continue;
    ssize_t n = read(out.log.in, data, told && left < CHUNK ? (size_t)left : CHUNK);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    put(data, (size_t)n);
    left -= (int)n;
  }
}

/* All signals are blocked here as in the monitor: a terminal's ^C is for Node to judge. */
_Noreturn void log_writer(const struct log *log) {
  prctl(PR_SET_NAME, "execd-log");
  prctl(PR_SET_DUMPABLE, 0);
  out.log = *log;
  out.file = log->file;
  if (out.file < 0) out.file = log_open(log, false, &out.size);
  else out.size = lseek(out.file, 0, SEEK_END);
  out.limit = log->size_max;
  out.line_begins = true;
  if (out.file < 0) note(out.file);
  copy();
  int32_t error = out.log.error;
  send(out.log.link, &error, sizeof error, MSG_NOSIGNAL);
  _exit(0);
}
