/* Sysctls, the loopback device, the terminal. */
#define _GNU_SOURCE
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "helper.h"
#include "sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

/* The C libraries do not agree on the type of the request. */
static int control(int fd, unsigned long request, void *argument) {
  return rc(syscall(SYS_ioctl, fd, request, argument));
}

int step_sysctl(const struct step *s) {
  char path[512];
  int proc = private_procfs();
  if (proc < 0) return proc;
  int length = snprintf(path, sizeof path, "sys/%s", step_string(s, 0));
  if (length < 0 || (size_t)length >= sizeof path) return -ENAMETOOLONG;
  int fd = open2(proc, path, O_WRONLY, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS | IN_NO_XDEV);
  if (fd < 0) return fd;
  const char *value = step_string(s, 1);
  int result = write_once(fd, value, strlen(value));
  close(fd);
  return result;
}

/* Interface ioctls work on a socket of any family; AF_UNIX is there even in a kernel without IPv4. */
int step_loopback(void) {
  struct ifreq request = {.ifr_name = "lo"};
  int fd = rc(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (fd < 0) return fd;
  int result = control(fd, SIOCGIFFLAGS, &request);
  request.ifr_flags |= IFF_UP;
  if (result >= 0) result = control(fd, SIOCSIFFLAGS, &request);
  close(fd);
  return result;
}

static int send_descriptor(int socket, int fd) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  char byte = 'p';
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  control.header.cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  ssize_t n;
  do n = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : 0;
}

/* TIOCGPTPEER opens the other end without a path, so nothing in the container can stand in for it. */
static int open_slave(int master, const struct step *s) {
  struct winsize size = {.ws_row = (unsigned short)step_int(s, 1), .ws_col = (unsigned short)step_int(s, 2)};
  int unlock = 0;
  int error = control(master, TIOCSPTLCK, &unlock);
  if (error >= 0) error = control(master, TIOCSWINSZ, &size);
  int slave = error < 0 ? error : rc(syscall(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (slave < 0) return slave;
  if (fchown(slave, (uid_t)step_int(s, 3), (gid_t)step_int(s, 4)) == 0 && fchmod(slave, 0620) == 0) return slave;
  error = -errno;
  close(slave);
  return error;
}

static int use_slave(int devpts, int master, int slave) {
  char name[16];
  int number = -1;
  int error = control(master, TIOCGPTN, &number);
  if (error < 0) return error;
  snprintf(name, sizeof name, "%d", number);
  state.console = rc(openat(devpts, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (state.console < 0) return state.console;
  int result = send_descriptor(TERMINAL_FD, master);
  for (int fd = 0; fd <= 2 && result >= 0; fd++) result = rc(dup2(slave, fd));
  return result;
}

int step_pty(const struct step *s) {
  int devpts = slot_fd(step_int(s, 0));
  int master = rc(openat(devpts, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (master < 0) return master;
  int slave = open_slave(master, s);
  int result = slave < 0 ? slave : use_slave(devpts, master, slave);
  close(master);
  if (slave >= 0) close(slave);
  close(TERMINAL_FD);
  return result < 0 ? result : 0;
}

int step_console(const struct step *s) {
  struct stat st;
  if (state.console < 0) return -ENOTTY;
  int at = open_in_root(step_string(s, 0), O_PATH, IN_NO_SYMLINKS);
  if (at < 0) return at;
  int result = fstat(at, &st) < 0 ? -errno : S_ISREG(st.st_mode) || S_ISCHR(st.st_mode) ? 0 : -EINVAL;
  int tree = result < 0 ? result : sys_open_tree(state.console, "", EMPTY_PATH | TREE_CLONE);
  if (tree >= 0) {
    result = sys_move_mount(tree, at);
    close(tree);
  } else {
    result = tree;
  }
  close(at);
  return result;
}

/* The host's null device as standard input or output is the host's inode, whose mode and owner root inside could change:
   the container's own takes its place, if it really is one. */
static int own_null(void) {
  struct stat st;
  for (int fd = 0; fd <= 2; fd++) {
    if (fstat(fd, &st) < 0) return -errno;
    if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) continue;
    int own = open_in_root("/dev/null", O_RDWR | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, IN_NO_SYMLINKS);
    if (own < 0) return fail_at(own, "/dev/null");
    int result = fstat(own, &st) < 0 ? -errno : !S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3) ? -ENODEV : rc(dup2(own, fd));
    close(own);
    if (result < 0) return fail_at(result, "/dev/null");
  }
  return 0;
}

/* A session of its own always: otherwise the command could type into the caller's terminal (TIOCSTI). */
int step_session(const struct step *s) {
  int result = own_null();
  if (result < 0) return result;
  if (setsid() < 0) return -errno;
  return step_int(s, 0) != 0 ? control(0, TIOCSCTTY, NULL) : 0;
}
