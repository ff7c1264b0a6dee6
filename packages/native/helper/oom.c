/* News of the out-of-memory killer while the container runs. The counter of the group decides; the kernel only says when to look. */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "helper.h"
#include "sys.h"

enum { LOOK_EVERY_MS = 20, LOOK_FOR_MS = 1000 };

static struct {
  int bell;         /* v1: an eventfd; v2: the counter itself */
  int counter;
  bool v1;
  uint64_t told;
  int64_t look_until; /* v1: the bell rings before the kill, and for outer groups too, so the counter is looked at for a while */
} oom = {.bell = -1, .counter = -1};

/* memory.oom_control (v1) and memory.events (v2) have a line "oom_kill N". False when the group is gone. */
static bool read_kills(uint64_t *kills) {
  char text[512];
  ssize_t size = pread(oom.counter, text, sizeof text - 1, 0);
  if (size < 0) return false;
  text[size] = 0;
  *kills = 0;
  const char *line = strstr(text, "\noom_kill ");
  if (line == NULL) return true;
  for (line += strlen("\noom_kill "); *line >= '0' && *line <= '9'; line++) *kills = *kills * 10 + (uint64_t)(*line - '0');
  return true;
}

/* v1: "eventfd file" written to cgroup.event_control (cgroup-v1/memcg_test and cgroups.rst, "Notification API"). */
static int ring_for(int dir) {
  char text[32];
  int bell = rc(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  int control = bell < 0 ? bell : rc(openat(dir, "cgroup.event_control", O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (control >= 0) {
    snprintf(text, sizeof text, "%d %d", bell, oom.counter);
    int result = write_once(control, text, strlen(text));
    close(control);
    if (result >= 0) return bell;
  }
  if (bell >= 0) close(bell);
  return -1;
}

/* A kernel that rings no bell still counts: then the kills are told when the container ends. So this refuses no start. */
int step_watchoom(const struct step *s) {
  int dir = slot_fd(step_int(s, 0));
  oom.v1 = step_int(s, 1) == 1;
  oom.counter = rc(openat(dir, oom.v1 ? "memory.oom_control" : "memory.events", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (oom.counter < 0) return 0;
  oom.bell = oom.v1 ? ring_for(dir) : oom.counter;
  if (!read_kills(&oom.told)) oom.told = 0;
  return 0;
}

/* The v2 counter is always readable; a change of it is POLLPRI. */
struct pollfd oom_poll(void) {
  return (struct pollfd){.fd = oom.bell, .events = oom.v1 ? POLLIN : POLLPRI};
}

int oom_wait_ms(void) {
  return oom.look_until > now_ms() ? LOOK_EVERY_MS : -1;
}

/* How many were killed since the last call. */
uint32_t oom_kills(bool woken) {
  uint64_t kills, rings;
  if (oom.counter < 0 || (!woken && oom.look_until == 0)) return 0;
  if (woken && oom.v1 && read(oom.bell, &rings, sizeof rings) > 0) oom.look_until = now_ms() + LOOK_FOR_MS;
  if (!read_kills(&kills)) { /* a group that is gone would ring for ever */
    close_fd(&oom.counter);
    oom.bell = -1;
    oom.look_until = 0;
    return 0;
  }
  if (oom.look_until <= now_ms()) oom.look_until = 0;
  uint32_t more = kills > oom.told ? (uint32_t)(kills - oom.told) : 0;
  oom.told = kills;
  return more;
}
