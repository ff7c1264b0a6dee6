/* Network devices, addresses and routes: messages that Node wrote, sent to the kernel from the right network namespace. */
#define _GNU_SOURCE
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "helper.h"
#include "sys.h"

enum { ROUTE_FAMILY = 0, HEADER_ERROR = 2 }; /* NETLINK_ROUTE, NLMSG_ERROR */

/* Interface ioctls work on a socket of any family, in the namespace that the socket was made in. */
static int index_of(int fd, const char *name) {
  struct ifreq request = {0};
  if (strlen(name) >= IFNAMSIZ) return -ENODEV;
  memcpy(request.ifr_name, name, strlen(name));
  int result = rc(syscall(SYS_ioctl, fd, (unsigned long)SIOCGIFINDEX, &request));
  return result < 0 ? fail_at(result, name) : request.ifr_ifindex;
}

/* What cannot be known before the plan runs: the number of an interface, the pid of the child. */
static int fill_in(const struct step *s, int fd, const char *name, uint8_t *message) {
  int64_t index_at = step_int(s, 0), child_at = step_int(s, 1);
  if (index_at >= 0) {
    int index = index_of(fd, name);
    if (index < 0) return index;
    memcpy(message + index_at, &index, sizeof index);
  }
  if (child_at >= 0) memcpy(message + child_at, &(int32_t){state.child}, sizeof(int32_t));
  return 0;
}

/* The kernel works on a request within the call that sends it, so its answer is there already: nothing waits. Of the answer
   only the errno is of use; the request that it repeats is cut off. */
static int exchange(int fd, const void *message, size_t length) {
  struct {
    uint32_t length;
    uint16_t type, flags;
    uint32_t sequence, port;
    int32_t error;
  } answer; /* struct nlmsghdr, then the beginning of struct nlmsgerr */
  if (send(fd, message, length, 0) < 0) return -errno;
  ssize_t n = recv(fd, &answer, sizeof answer, MSG_DONTWAIT);
  if (n < 0) return -errno;
  return n == sizeof answer && answer.type == HEADER_ERROR ? answer.error : -EPROTO;
}

/* In CLEANUP a device that is not there is what is wanted: it went with its namespace, or was never made. */
int step_netlink(const struct step *s) {
  _Alignas(uint32_t) uint8_t message[NETLINK_MAX];
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  const char *name = next_string(&strings, NULL);
  const char *data = next_string(&strings, &length);
  memcpy(message, data, length);
  int fd = rc(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, ROUTE_FAMILY));
  if (fd < 0) return fd;
  int result = fill_in(s, fd, name, message);
  if (result >= 0) result = exchange(fd, message, length);
  close(fd);
  return result == -ENODEV && s->phase == CLEANUP ? 0 : result;
}
