/* A user namespace that no process stays in, for mounts whose owners it maps (mount_setattr(2), "ID-mapped mounts"). */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "helper.h"
#include "sys.h"

static int write_map(int dir, const char *name, const char *map) {
  int fd = open2(dir, name, O_WRONLY, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS);
  if (fd < 0) return fd;
  int result = write_once(fd, map, strlen(map));
  close(fd);
  return result;
}

/* The process is ours and not reaped, so its pid is its own. */
static int open_namespace(pid_t pid, const struct step *s) {
  char path[16];
  snprintf(path, sizeof path, "%d", (int)pid);
  int dir = rc(openat(state.proc, path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (dir < 0) return dir;
  int result = write_map(dir, "uid_map", step_string(s, 0));
  if (result >= 0) result = write_map(dir, "gid_map", step_string(s, 1));
  if (result >= 0) result = rc(openat(dir, "ns/user", O_RDONLY | O_CLOEXEC));
  close(dir);
  return result;
}

/* A namespace lives as long as a descriptor of it. Whoever made it only waits to be killed. */
int step_userns(const struct step *s) {
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return -errno;
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) pause();
  }
  int fd = open_namespace(pid, s);
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
  return slot_put(step_int(s, 0), fd);
}
