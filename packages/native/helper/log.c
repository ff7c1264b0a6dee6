/* Outputs that go to files of a limited size: each has a pipe and a writer of its own. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include "log.h"
#include "monitor.h"
#include "sys.h"

enum { FINISH_MS = 10000, RESTARTS_MAX = 100, FIRST_FREE = TERMINAL_FD + 1 };

static struct log logs[LOGS_MAX];
static unsigned count;

/* A writer holds nothing but what it writes with: not the control socket, not the other's pipe, not the container's. */
static void keep_only(const struct log *log, int link) {
  int kept[] = {log->dir, log->in, log->file, link};
  for (int fd = 0; fd < FIRST_FREE; fd++) close(fd);
  for (unsigned from = FIRST_FREE, next = 0; next != ~0U; from = next + 1) {
    next = ~0U;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
      if (kept[i] >= (int)from && (unsigned)kept[i] < next) next = (unsigned)kept[i];
    }
    if (next > from) sys_close_range(from, next == ~0U ? next : next - 1);
  }
}

static int start_writer(struct log *log) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  pid_t pid = (pid_t)syscall(SYS_clone, (long)SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) {
    keep_only(log, pair[1]);
    log->link = pair[1];
    log_writer(log);
  }
  int error = pid < 0 ? -errno : 0;
  close(pair[1]);
  close_fd(&log->file);
  log->link = pair[0];
  if (error < 0) close_fd(&log->link);
  return error;
}

static int own_number(int fd) {
  return fd < 0 ? fd : rc(fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE));
}

/* The pipe becomes the monitor's own descriptor, which the child inherits; the monitor lets go of it when the child exists. The
   reading end stays here too, so that a writer that was killed can be followed by another. */
static int open_pipe(struct log *log, const struct step *s) {
  int ends[2], result = 0;
  int64_t uid = step_int(s, 5), gid = step_int(s, 6);
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  log->in = ends[0];
  if (uid >= 0) result = rc(fchown(ends[1], (uid_t)uid, (gid_t)gid));
  for (int fd = 1; fd <= 2 && result >= 0; fd++) {
    if (step_int(s, 0) >> fd & 1) result = rc(dup2(ends[1], fd));
  }
  close(ends[1]);
  return result < 0 ? result : 0;
}

int step_log(const struct step *s) {
  struct log *log = &logs[count];
  const char *name = step_string(s, 0);
  size_t length = strlen(name);
  int64_t size;
  if (length == 0 || length > LOG_NAME_MAX || strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) return -EINVAL;
  *log = (struct log){.index = s->index, .size_max = step_int(s, 2), .files_max = step_int(s, 3), .link = -1, .in = -1, .file = -1};
  memcpy(log->name, name, length + 1);
  log->dir = own_number(slot_fd(step_int(s, 1)));
  if (log->dir < 0) return log->dir;
  log->file = log_open(log, step_int(s, 4) == 0, &size);
  if (log->file < 0) return log->file;
  int error = open_pipe(log, s);
  count++;
  return error < 0 ? error : start_writer(log);
}

unsigned log_poll(struct pollfd *fds) {
  for (unsigned i = 0; i < count; i++) fds[i] = (struct pollfd){.fd = logs[i].link, .events = POLLIN};
  return count;
}

/* A writer speaks before it ends only when nobody can write any more. One that was killed may have taken some output with it. */
void log_serve(const struct pollfd *fds) {
  for (unsigned i = 0; i < count; i++) {
    struct log *log = &logs[i];
    int32_t error;
    if (fds[i].revents == 0) continue;
    ssize_t n = read(log->link, &error, sizeof error);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    close_fd(&log->link);
    if (n != sizeof error) error = EPIPE;
    if (log->error == 0) log->error = error;
    if (n != sizeof error && log->restarts++ < RESTARTS_MAX) start_writer(log);
    if (log->link < 0) close_fd(&log->in);
  }
}

/* All of the container is gone: its output is to be whole before that is told. */
void log_finish(void (*report)(int index, int error)) {
  int64_t end = now_ms() + FINISH_MS;
  struct pollfd fds[LOGS_MAX];
  for (unsigned i = 0; i < count; i++) {
    logs[i].restarts = RESTARTS_MAX;
    if (logs[i].link >= 0) send(logs[i].link, "f", 1, MSG_NOSIGNAL);
  }
  for (unsigned i = 0; i < count; i++) {
    for (int64_t left = 1; logs[i].link >= 0 && left > 0;) {
      left = end - now_ms();
      log_poll(fds);
      if (poll(fds, count, left > 0 ? (int)left : 0) > 0) log_serve(fds);
    }
    if (logs[i].link >= 0 && logs[i].error == 0) logs[i].error = ETIMEDOUT;
    if (logs[i].error != 0) report(logs[i].index, -logs[i].error);
  }
  count = 0;
}
