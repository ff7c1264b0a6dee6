/* Starts the helper with a terminal socket, takes the master that it sends, and relays it to standard input and output: what
   a test that cannot receive descriptors needs. relay HELPER, with the control socket as descriptor 3. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int receive(int socket) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  char byte = 0;
  struct iovec data = {&byte, 1};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  int fd = -1;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1 || byte != 'p' || CMSG_FIRSTHDR(&message) == NULL) return -1;
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  return fd;
}

static int copy(int from, int to) {
  char buffer[4096];
  ssize_t n = read(from, buffer, sizeof buffer);
  return n > 0 && write(to, buffer, (size_t)n) == n ? 0 : -1;
}

int main(int argc, char **argv) {
  int pair[2], master, open_input = 1;
  if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) return 2;
  if (fork() == 0) {
    if (pair[1] == 4) fcntl(4, F_SETFD, 0);
    else dup2(pair[1], 4);
    execv(argv[1], argv + 1);
    _exit(127);
  }
  close(pair[1]);
  close(3);
  master = receive(pair[0]);
  while (master >= 0) {
    struct pollfd fds[2] = {{.fd = master, .events = POLLIN}, {.fd = open_input ? 0 : -1, .events = POLLIN}};
    if (poll(fds, 2, -1) < 0) break;
    if (fds[0].revents != 0 && copy(master, 1) < 0) break;
    if (fds[1].revents != 0 && copy(0, master) < 0) open_input = 0;
  }
  while (wait(NULL) < 0 && errno == EINTR) continue;
  return master < 0;
}
