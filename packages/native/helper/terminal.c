/* The terminal of a container that outlives Node: its master stays with the monitor, which reads what nobody wants so that the
   program is not held up. A slave is kept open too: without one the master would say "hung up" all the time. */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "monitor.h"
#include "sys.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif

static int master = -1, slave = -1, from_child = -1;

/* Before the child is made: its descriptor 4 is the other end. */
int terminal_prepare(void) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  from_child = pair[0];
  int result = rc(dup2(pair[1], TERMINAL_FD));
  close(pair[1]);
  return result < 0 ? result : 0;
}

/* The command runs, so the child has sent the master before. */
void terminal_take(void) {
  char byte, room[CMSG_SPACE(sizeof(int))];
  struct iovec data = {.iov_base = &byte, .iov_len = 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (from_child < 0) return;
  if (recvmsg(from_child, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) == 1) {
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_type == SCM_RIGHTS) memcpy(&master, CMSG_DATA(header), sizeof master);
  }
  close_fd(&from_child);
  if (master < 0) return;
  fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK);
  slave = rc(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

struct pollfd terminal_poll(void) {
  return (struct pollfd){.fd = slave < 0 ? -1 : master, .events = POLLIN};
}

void terminal_drain(void) {
  char unwanted[4096];
  ssize_t size = read(master, unwanted, sizeof unwanted);
  if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) close_fd(&slave);
}

int terminal_resize(int rows, int columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  if (master < 0) return -ENOTTY;
  if (rows < 1 || rows > UINT16_MAX || columns < 1 || columns > UINT16_MAX) return -EINVAL;
  return rc(ioctl(master, TIOCSWINSZ, &size));
}
