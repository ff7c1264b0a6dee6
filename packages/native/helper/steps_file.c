/* Files of the host: cgroups, namespaces, /proc of the child. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "helper.h"
#include "sys.h"

int step_open(const struct step *s) {
  int fd = open_below(step_int(s, 1), step_string(s, 0), (int)step_int(s, 2));
  if (fd < 0) return fd;
  struct stat st;
  mode_t type = (mode_t)step_int(s, 3);
  if (type != 0 && (fstat(fd, &st) < 0 || (st.st_mode & S_IFMT) != type)) {
    close(fd);
    return type == S_IFDIR ? -ENOTDIR : -EINVAL;
  }
  return slot_put(step_int(s, 0), fd);
}

/* mkdirat follows symlinks on the way, so below a directory the name is one component. */
int step_mkdir(const struct step *s) {
  int64_t dir = step_int(s, 0);
  const char *name = step_string(s, 0);
  if ((dir < 0) != (name[0] == '/') || (dir >= 0 && strchr(name, '/') != NULL)) return -EINVAL;
  int result = rc(mkdirat(dir < 0 ? AT_FDCWD : slot_fd(dir), name, (mode_t)step_int(s, 1)));
  return result == -EEXIST && step_int(s, 2) != 0 ? 0 : result;
}

static int write_file(int fd, const struct step *s) {
  if (fd < 0) return fd;
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  next_string(&strings, NULL);
  const char *data = next_string(&strings, &length);
  int result = write_once(fd, data, length);
  close(fd);
  return result;
}

int step_write(const struct step *s) {
  return write_file(open_below(step_int(s, 0), step_string(s, 0), O_WRONLY | O_NOFOLLOW), s);
}

int step_writefd(const struct step *s) {
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  const char *data = next_string(&strings, &length);
  return write_once(slot_fd(step_int(s, 0)), data, length);
}

/* The monitor has not reaped the child, so its pid is still its own. */
int step_writechild(const struct step *s) {
  char pid[16];
  snprintf(pid, sizeof pid, "%d", (int)state.child);
  int dir = rc(openat(state.proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (dir < 0) return dir;
  int fd = open2(dir, step_string(s, 0), O_WRONLY, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS);
  close(dir);
  return write_file(fd, s);
}

/* A pid alone may have been given to another process; a pidfd whose process has the expected start time is the right one,
   because the stat is read after the pidfd pins the process: were it gone, the pid could not be both open and reused. */
int step_pidfd(const struct step *s) {
  int64_t pid = step_int(s, 1);
  if (pid <= 0 || pid > INT32_MAX) return -ESRCH;
  int fd = rc(syscall(NR_pidfd_open, (pid_t)pid, 0));
  if (fd < 0) return fd;
  uint64_t flags, start;
  int result = process_stat(state.proc, (pid_t)pid, &flags, &start);
  if (result < 0 || start != (uint64_t)step_int(s, 2)) {
    close(fd);
    return -ESRCH;
  }
  return slot_put(step_int(s, 0), fd);
}

/* Joining a mount namespace sets root and working directory to that namespace's, so a "/" opened before is the old one. */
int step_setns(const struct step *s) {
  int result = rc(setns(slot_fd(step_int(s, 0)), (int)step_int(s, 1)));
  if (result < 0) return result;
  if (state.root_is_slash) close_fd(&state.root);
  undumpable();
  return 0;
}

int step_read(const struct step *s, void *data, size_t size) {
  int fd = open_below(step_int(s, 0), step_string(s, 0), O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return fd;
  size_t got = 0;
  int error = 0;
  while (got < size) {
    ssize_t n = read(fd, (char *)data + got, size - got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) error = -errno;
    if (n <= 0) break;
    got += (size_t)n;
  }
  close(fd);
  return error < 0 ? error : (int)got;
}

/* The status of a detached container. A reader must see all of it or nothing: written aside, then renamed. */
int step_save(const struct step *s, const void *data, size_t size) {
  const char *name = step_string(s, 0);
  char aside[512];
  int64_t dir = step_int(s, 0);
  int at = dir < 0 ? AT_FDCWD : slot_fd(dir);
  if ((dir < 0) != (name[0] == '/') || (dir >= 0 && strchr(name, '/') != NULL)) return -EINVAL;
  int length = snprintf(aside, sizeof aside, "%s.new", name);
  if (length < 0 || (size_t)length >= sizeof aside) return -ENAMETOOLONG;
  unlinkat(at, aside, 0);
  int fd = rc(openat(at, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (fd < 0) return fd;
  int result = write_all(fd, data, size);
  close(fd);
  return result < 0 ? result : rc(renameat(at, aside, at, name));
}
