/* The end of a tree of processes that has neither a cgroup nor a pid namespace of its own. The init of the tree is the reaper
   of its orphans (PR_SET_CHILD_SUBREAPER), so whoever loses its parent comes within reach: as a child of ours it can be killed
   by its pid, which is its own until we reap it. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "helper.h"
#include "sys.h"

enum { PID_LIMIT = 4 << 20, FIRST_PID = 2, ONE_PID = 1, RARELY = 16, AHEAD = 1024, PAUSE_NS = 5000000 }; /* PID_MAX_LIMIT, P_PID */

/* Ended or not. Needs no procfs, which in a container may be covered, or not be the kernel's. */
static bool is_child(pid_t pid) {
  return syscall(SYS_waitid, ONE_PID, pid, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) == 0;
}

static int kill_range(pid_t from, pid_t to) {
  int found = 0;
  for (pid_t pid = from; pid < to; pid++) {
    if (!is_child(pid)) continue;
    kill(pid, SIGKILL);
    found++;
  }
  return found;
}

/* Pids are given in ascending order, and from the lowest again after the highest, so the one of a new process says how far
   it has come. 0 when none can be made. */
static pid_t next_pid(void) {
  pid_t pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  if (pid < 0) return 0;
  while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR) continue;
  return pid;
}

/* The tree was made after its command, and may be making more of itself right now. A turn of all pids since then, or a pid that
   was chosen (clone3's set_tid), shows as children that are not found there. */
static int kill_since(pid_t command) {
  pid_t next = next_pid();
  if (next == 0) return 0;
  pid_t to = next + AHEAD;
  return next > command ? kill_range(command, to) : kill_range(command, PID_LIMIT) + kill_range(FIRST_PID, to);
}

/* Each turn kills our children; theirs become ours, until there are none. `status` is set if the command is reaped here. */
int end_children(pid_t command, int *status) {
  static const uint64_t child_ended = UINT64_C(1) << (SIGCHLD - 1);
  static const struct timespec pause = {.tv_nsec = PAUSE_NS};
  int64_t end = now_ms() + END_TREE_MS;
  for (unsigned turn = 1;; turn++) {
    pid_t pid;
    for (int one; (pid = waitpid(-1, &one, WNOHANG | __WALL)) > 0;) {
      if (pid == command) *status = one;
    }
    if (pid < 0) return errno == ECHILD ? 0 : -errno;
    if (now_ms() > end) return -ETIMEDOUT;
    bool now_and_then = turn >= RARELY && (turn & (turn - 1)) == 0;
    if (kill_since(command) == 0 || now_and_then) kill_range(FIRST_PID, PID_LIMIT);
    syscall(SYS_rt_sigtimedwait, &child_ended, NULL, &pause, sizeof child_ended);
  }
}
