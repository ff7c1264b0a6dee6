/* The three descriptors of the process: made here, handed to Node by their numbers in this process, or connected to each other here. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "keeper.h"

/* For the tool; for Node, which opens them by /proc; and for the copies of this process. -1: none. */
static int theirs[3] = {-1, -1, -1}, ours[3] = {-1, -1, -1};
static int master = -1;

int *stdio_for_tool(void) {
  return theirs;
}

int stdio_for_node(int number) {
  return ours[number];
}

static int new_pipe(int number, const struct plan *plan) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  bool input = number == 0;
  theirs[number] = ends[input ? 0 : 1];
  ours[number] = ends[input ? 1 : 0];
  /* so that it can be opened again as /dev/stdout by a user that is not root */
  if (plan->owner >= 0 && fchown(theirs[number], (uid_t)plan->owner, (gid_t)-1) < 0 && errno != EPERM && errno != EINVAL) return -errno;
  return 0;
}

/* A pipe of its own for what is ignored, never the host's null device: root in a container could change its mode. */
static int new_ignored(int number, const struct plan *plan) {
  int result = new_pipe(number, plan);
  if (result < 0) return result;
  if (number > 0) result = copy_to_nothing(ours[number], false);
  else close(ours[number]);
  ours[number] = -1;
  return result;
}

static int new_terminal_way(int number) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  ours[number] = ends[number == 0 ? 1 : 0];
  return ends[number == 0 ? 0 : 1];
}

/* For the tool alone: the process gets the terminal. */
static int new_nothing(int number) {
  theirs[number] = open("/dev/null", O_RDWR | O_CLOEXEC);
  return theirs[number] < 0 ? -errno : 0;
}

static int terminal_ends[2] = {-1, -1};

static int prepare_one(int number, const struct plan *plan) {
  const struct stdio_plan *stdio = &plan->stdio[number];
  int result;
  switch (stdio->kind) {
    case STDIO_PIPE: return new_pipe(number, plan);
    case STDIO_IGNORE: return new_ignored(number, plan);
    case STDIO_FD: theirs[number] = stdio->fd; return fcntl(stdio->fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
    case STDIO_ROTATE:
      result = new_pipe(number, plan);
      if (result == 0) result = copy_to_file(ours[number], stdio);
      ours[number] = -1;
      return result;
    case STDIO_UNSEEN: return new_nothing(number);
    case STDIO_TERMINAL:
      result = new_terminal_way(number);
      if (result < 0) return result;
      terminal_ends[number] = result;
      return new_nothing(number);
  }
  return -EINVAL;
}

int stdio_prepare(const struct plan *plan) {
  int result = 0;
  for (int number = 0; number < 3 && result == 0; number++) result = prepare_one(number, plan);
  return result;
}

void stdio_node_has_them(void) {
  for (int number = 0; number < 3; number++) close_fd(&ours[number]);
}

void stdio_tool_has_them(void) {
  for (int number = 0; number < 3; number++) close_fd(&theirs[number]);
}

int stdio_resize(int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  if (master < 0) return -ENOTTY;
  return ioctl(master, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

static int copy_of_master(void) {
  int fd = fcntl(master, F_DUPFD_CLOEXEC, CONTROL);
  return fd < 0 ? -errno : fd;
}

/* Connects the terminal that the runtime has sent. */
int stdio_connect(int terminal, const struct plan *plan) {
  master = terminal;
  int result = plan->rows > 0 ? stdio_resize(plan->rows, plan->columns) : 0;
  int out = result < 0 ? result : copy_of_master();
  if (out < 0) return out;
  result = terminal_ends[1] >= 0 ? copy_to_fd(out, terminal_ends[1], true) : copy_to_nothing(out, true);
  if (result < 0 || terminal_ends[0] < 0) return result;
  int in = copy_of_master();
  return in < 0 ? in : copy_to_fd(terminal_ends[0], in, false);
}

/* Nobody reads it any more, or nobody is left on it. */
void stdio_hang_up(void) {
  copy_input_over();
  close_fd(&master);
}

bool stdio_has_terminal(const struct plan *plan) {
  return plan->stdio[1].kind == STDIO_TERMINAL || plan->stdio[1].kind == STDIO_UNSEEN;
}
