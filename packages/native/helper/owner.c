/* A container that outlives the Node that started it: what is written down of it, and how another Node comes to own it. Who may
   try is decided by the lock that Node holds; here one owner at a time is served, and only one of our own user. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "monitor.h"
#include "sys.h"

enum { QUEUE = 64 };

static int listening = -1;

/* A path of at most 107 bytes leads anywhere through the descriptor of the folder, without a symlink that is not ours. */
static int slot_path(char *path, size_t size, int64_t slot, const char *name) {
  int length = snprintf(path, size, "/proc/self/fd/%d%s%s", slot_fd(slot), name[0] == 0 ? "" : "/", name);
  return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

int step_listen(const struct step *s) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *name = step_string(s, 0);
  if (name[0] == 0 || strchr(name, '/') != NULL) return -EINVAL;
  int error = slot_path(address.sun_path, sizeof address.sun_path, step_int(s, 0), name);
  if (error < 0) return error;
  int fd = rc(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd < 0) return fd;
  mode_t before = umask(0177);
  error = rc(bind(fd, (struct sockaddr *)&address, sizeof address));
  umask(before);
  if (error >= 0) error = rc(listen(fd, QUEUE)); /* owners that died while we were stopped stand in it too */
  if (error < 0) close(fd);
  else listening = fd;
  return error;
}

/* Who finds this after the death of all parts knows what to look at, and by the start times that it is the same still. */
int step_record(const struct step *s) {
  char text[256];
  uint64_t flags, own, child;
  int error = process_stat(state.proc, getpid(), &flags, &own);
  if (error == 0) error = process_stat(state.proc, state.child, &flags, &child);
  if (error < 0) return error;
  int length = snprintf(text, sizeof text, "%s%d %llu %d %llu\n", step_string(s, 0), (int)getpid(), (unsigned long long)own,
                        (int)state.child, (unsigned long long)child);
  if (length < 0 || (size_t)length >= sizeof text) return -ENAMETOOLONG;
  return write_once(slot_fd(step_int(s, 0)), text, (size_t)length);
}

/* Where a file system keeps no such attributes the group goes without: it is then nobody's to sweep. */
int step_tag(const struct step *s) {
  char path[64];
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  const char *name = next_string(&strings, NULL), *value = next_string(&strings, &length);
  int error = slot_path(path, sizeof path, step_int(s, 0), "");
  if (error == 0) setxattr(path, name, value, length, 0);
  return error;
}

/* Node is gone, or does not speak our language. The descriptor stays, so that no other gets its number. */
void owner_lost(void) {
  monitor.node_gone = true;
  shutdown(CONTROL_FD, SHUT_RDWR);
  forget_command();
}

struct pollfd owner_poll(void) {
  return (struct pollfd){.fd = monitor.node_gone ? listening : CONTROL_FD, .events = POLLIN};
}

/* True when there is an owner again. */
bool owner_accept(void) {
  struct ucred who;
  socklen_t size = sizeof who;
  int fd = rc(accept4(listening, NULL, NULL, SOCK_CLOEXEC));
  if (fd < 0) return false;
  bool same = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 && who.uid == geteuid();
  if (same) same = dup3(fd, CONTROL_FD, O_CLOEXEC) >= 0;
  close(fd);
  monitor.node_gone = !same;
  return same;
}

/* A status that could not be kept would be lost with us: whoever comes within the time gets it. */
bool owner_wait(int timeout_ms) {
  struct pollfd fd = owner_poll();
  if (listening < 0) return false;
  return poll(&fd, 1, timeout_ms) > 0 && owner_accept();
}
