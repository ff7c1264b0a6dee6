/* Unix sockets in the folder of the container: where a runtime sends the terminal, and where a later owner comes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "keeper.h"

enum { BACKLOG = 8, TERMINAL_MS = 5000 };

/* `name` is relative to the folder: a whole path may be longer than an address. */
int socket_listen(const char *name) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(name) >= sizeof address.sun_path) return -ENAMETOOLONG;
  strcpy(address.sun_path, name);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  unlink(name);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}

/* The runtime has sent the master side before it said that it is done. */
int socket_take_terminal(int listener) {
  struct pollfd wait = {.fd = listener, .events = POLLIN};
  if (poll(&wait, 1, TERMINAL_MS) != 1) return -ETIMEDOUT;
  int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd < 0) return -errno;
  char name[4096];
  union {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int) * 8)];
  } control;
  struct iovec part = {.iov_base = name, .iov_len = sizeof name};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  wait.fd = fd;
  int master = -EBADMSG;
  if (poll(&wait, 1, TERMINAL_MS) == 1 && recvmsg(fd, &message, MSG_CMSG_CLOEXEC) >= 0) {
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) memcpy(&master, CMSG_DATA(head), sizeof master);
  }
  close(fd);
  return master;
}

int64_t peer_pid(int fd) {
  struct ucred peer = {0};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ? 0 : peer.pid;
}
