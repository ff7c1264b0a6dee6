/* Cgroups: ended, removed, and watched for kills for want of memory. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "keeper.h"

enum { PATH_SIZE = 4096, LOOK_EVERY_MS = 20, LOOK_FOR_MS = 1000 };

static bool join(char *to, const char *dir, const char *name) {
  return (size_t)snprintf(to, PATH_SIZE, "%s/%s", dir, name) < PATH_SIZE;
}

/* Calls `work` for every group below, the deepest first, then for the group itself. */
static void each_group(const char *dir, void (*work)(const char *dir, void *data), void *data) {
  char *path = malloc(PATH_SIZE);
  DIR *list = path == NULL ? NULL : opendir(dir);
  if (list != NULL) {
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
      if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && join(path, dir, entry->d_name)) each_group(path, work, data);
    }
    closedir(list);
    work(dir, data);
  }
  free(path);
}

static void kill_one(const char *dir, void *data) {
  char path[PATH_SIZE];
  if (!join(path, dir, "cgroup.procs")) return;
  FILE *list = fopen(path, "re");
  if (list == NULL) return;
  for (int pid; fscanf(list, "%d", &pid) == 1;) {
    *(bool *)data = false;
    if (pid > 0) kill(pid, SIGKILL);
  }
  fclose(list);
  /* a frozen process does not die of it on v1, and the files of the other version are just not there */
  if (join(path, dir, "freezer.state")) file_write(path, "THAWED");
  if (join(path, dir, "cgroup.freeze")) file_write(path, "0");
  if (join(path, dir, "cgroup.kill")) file_write(path, "1");
}

bool groups_kill(const struct paths *groups) {
  bool empty = true;
  for (size_t index = 0; index < groups->count; index++) each_group(groups->path[index], kill_one, &empty);
  return empty;
}

static void remove_one(const char *dir, void *data) {
  if (rmdir(dir) < 0 && errno != ENOENT) *(int *)data = errno;
}

void groups_remove(const struct paths *groups, void (*problem)(const char *path, int error)) {
  for (size_t index = 0; index < groups->count; index++) {
    int error = 0;
    for (int tries = 0; tries < 100; tries++) { /* the kernel is done with the last process a moment after it has gone */
      error = 0;
      each_group(groups->path[index], remove_one, &error);
      if (error == 0) break;
      poll(NULL, 0, tries < 20 ? 1 : 10);
    }
    if (error != 0) problem(groups->path[index], error);
  }
}

static struct {
  int bell; /* v1: an eventfd; v2: the counter itself */
  int counter;
  bool v1;
  unsigned long told;
  int64_t look_until; /* v1 rings before the kill, and for outer groups too: the counter is looked at for a while */
} oom = {.bell = -1, .counter = -1};

static bool read_kills(unsigned long *kills) {
  char text[512];
  ssize_t size = pread(oom.counter, text, sizeof text - 1, 0);
  if (size < 0) return false;
  text[size] = 0;
  const char *line = strstr(text, "\noom_kill ");
  *kills = line == NULL ? 0 : strtoul(line + strlen("\noom_kill "), NULL, 10);
  return true;
}

bool oom_watch(const char *dir, bool v1) {
  char path[PATH_SIZE], text[32];
  oom.v1 = v1;
  if (!join(path, dir, v1 ? "memory.oom_control" : "memory.events")) return false;
  oom.counter = open(path, O_RDONLY | O_CLOEXEC);
  if (oom.counter < 0) return false;
  oom.bell = v1 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : oom.counter;
  if (v1 && join(path, dir, "cgroup.event_control")) {
    snprintf(text, sizeof text, "%d %d", oom.bell, oom.counter);
    if (file_write(path, text) < 0) close_fd(&oom.bell);
  }
  return read_kills(&oom.told);
}

struct pollfd oom_poll(void) {
  return (struct pollfd){.fd = oom.bell, .events = oom.v1 ? POLLIN : POLLPRI};
}

int oom_wait_ms(void) {
  return oom.look_until > now_ms() ? LOOK_EVERY_MS : -1;
}

bool oom_killed(bool woken) {
  unsigned long kills;
  uint64_t rings;
  if (oom.counter < 0 || (!woken && oom.look_until == 0)) return false;
  if (woken && oom.v1 && read(oom.bell, &rings, sizeof rings) > 0) oom.look_until = now_ms() + LOOK_FOR_MS;
  if (!read_kills(&kills)) { /* a group that is gone would ring for ever */
    if (oom.bell != oom.counter) close_fd(&oom.bell);
    oom.bell = -1;
    close_fd(&oom.counter);
    oom.look_until = 0;
    return false;
  }
  if (oom.look_until <= now_ms()) oom.look_until = 0;
  bool more = kills > oom.told;
  oom.told = kills;
  return more;
}
