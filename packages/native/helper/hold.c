/* A child that is prepared up to where its command must be known. It waits for the rest of its plan, which comes from Node over a
   socket of its own, with the descriptors that the command is to have. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include "helper.h"
#include "sys.h"

enum { STDIO = 3 };

static struct plan rest;

/* The first bytes come with the descriptors, all in one message. Without them Node is gone, or has no use for us. */
static ssize_t receive_first(uint8_t *bytes, size_t size, int fds[STDIO]) {
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(STDIO * sizeof(int))];
  } control = {0};
  struct iovec data = {bytes, size};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  ssize_t n;
  do n = recvmsg(TERMINAL_FD, &message, MSG_CMSG_CLOEXEC);
  while (n < 0 && errno == EINTR);
  if (n <= 0) _exit(1);
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || message.msg_flags & MSG_CTRUNC || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
      header->cmsg_len != CMSG_LEN(STDIO * sizeof(int))) return -EBADMSG;
  memcpy(fds, CMSG_DATA(header), STDIO * sizeof(int));
  return n;
}

static int receive_all(uint8_t *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = recv(TERMINAL_FD, bytes, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    bytes += n;
    size -= (size_t)n;
  }
  return 0;
}

/* None of the received is 0, 1 or 2, which are open. */
static int take_stdio(const int fds[STDIO]) {
  int result = 0;
  for (int fd = 0; fd < STDIO; fd++) {
    if (result >= 0) result = rc(dup2(fds[fd], fd));
    close(fds[fd]);
  }
  return result < 0 ? result : 0;
}

static int receive_rest(const struct step *s) {
  uint8_t header[PLAN_HEADER];
  int fds[STDIO];
  uint32_t size;
  ssize_t got = receive_first(header, sizeof header, fds);
  if (got < 0) return (int)got;
  int result = take_stdio(fds);
  if (result >= 0) result = receive_all(header + got, sizeof header - (size_t)got);
  if (result < 0) return result;
  memcpy(&size, header + 8, sizeof size);
  if (size < PLAN_HEADER || size > PLAN_MAX_SIZE) return -EBADMSG;
  uint8_t *bytes = scratch(size);
  if (bytes == NULL) return -ENOMEM;
  memcpy(bytes, header, sizeof header);
  result = receive_all(bytes + sizeof header, size - sizeof header);
  return result < 0 ? result : rest_decode(&rest, bytes, size, s, state.steps);
}

/* Says that all before went well, in the place of a failure. */
static int tell_held(const struct step *s) {
  struct failure held = {.step = s->index, .op = s->op};
  return write_once(state.error_out, &held, offsetof(struct failure, context));
}

int step_hold(const struct step *s) {
  int result = tell_held(s);
  if (result >= 0) result = receive_rest(s);
  if (result < 0) return result;
  if (!rest.has_pty) close(TERMINAL_FD);
  carry_out(&rest);
}
