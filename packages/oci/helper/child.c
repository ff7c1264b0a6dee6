/* Children: tools that are run, the one process that is kept, and orphans, which come here because this process is a subreaper. */
#define _GNU_SOURCE
#include "keeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REMEMBERED = 64, NOT_EXECUTED = 0x40 /* PF_FORKNOEXEC */, FLAGS_FIELD = 7, START_FIELD = 20 };

struct kept kept;

/* Who was reaped before anybody asked: the process to be kept may end before its pid is known. */
static struct past {
  pid_t pid;
  struct ended end;
} past[REMEMBERED];
static size_t past_next;

/* A field of /proc/pid/stat, counted from the one after the name and its ")". False when there is no such process. */
static bool stat_field(pid_t pid, int wanted, unsigned long long *value) {
  char path[32], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  ssize_t size = file_read(path, text, sizeof text - 1);
  if (size <= 0) return false;
  text[size] = 0;
  char *at = strrchr(text, ')');
  for (int field = 0; at != NULL && field < wanted; field++) at = strchr(at + 1, ' ');
  if (at != NULL) *value = strtoull(at, NULL, 10);
  return at != NULL;
}

/* The kernel's own mark of a process that was forked and has not called execve(2) since. It outlives the process until it is reaped. */
static bool marked_executed(pid_t pid) {
  unsigned long long flags;
  return stat_field(pid, FLAGS_FIELD, &flags) && (flags & NOT_EXECUTED) == 0;
}

/* In clock ticks since boot; with it a pid is that of one process only. 0 when it is gone. */
int64_t start_time(pid_t pid) {
  unsigned long long ticks;
  return stat_field(pid, START_FIELD, &ticks) ? (int64_t)ticks : 0;
}

bool has_executed(pid_t pid) {
  return kept.gone ? kept.end.ran : marked_executed(pid);
}

/* After fork(2). Signals that are ignored or blocked here are not the tool's. */
static void become(const struct plan *plan, const struct tool *tool, const int stdio[3]) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);
  int moved[3];
  for (int fd = 0; fd < 3; fd++) { /* first out of the way of each other */
    moved[fd] = fcntl(stdio[fd], F_DUPFD_CLOEXEC, 10);
    if (moved[fd] < 0) _exit(126);
  }
  for (int fd = 0; fd < 3; fd++) {
    if (dup2(moved[fd], fd) < 0) _exit(126);
  }
  execve(tool->argv[0], tool->argv, plan->environment);
  _exit(errno == ENOENT ? 127 : 126);
}

pid_t tool_spawn(const struct plan *plan, const struct tool *tool, const int stdio[3]) {
  pid_t pid = fork();
  if (pid == 0) become(plan, tool, stdio);
  if (pid > 0) setpgid(pid, pid);
  return pid < 0 ? -errno : pid;
}

static struct past *find_past(pid_t pid) {
  for (size_t index = 0; index < REMEMBERED; index++) {
    if (past[index].pid == pid) return &past[index];
  }
  return NULL;
}

bool tool_ended(pid_t pid, int *status) {
  struct past *found = find_past(pid);
  if (found == NULL) return false;
  *status = found->end.status;
  found->pid = 0;
  return true;
}

void keep(pid_t pid) {
  kept.pid = pid;
  struct past *found = find_past(pid);
  if (found == NULL) return;
  kept.gone = true;
  kept.end = found->end;
  found->pid = 0;
}

static int64_t micro(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

/* Looks before it reaps: what the process was is gone with it. */
void reap(void) {
  for (;;) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 || info.si_pid == 0) return;
    struct rusage usage;
    struct ended end = {.ran = marked_executed(info.si_pid)};
    if (wait4(info.si_pid, &end.status, __WALL, &usage) != info.si_pid) return;
    end.user_us = micro(usage.ru_utime);
    end.system_us = micro(usage.ru_stime);
    if (info.si_pid == kept.pid && !kept.gone) {
      kept.gone = true;
      kept.end = end;
    } else {
      past[past_next] = (struct past){info.si_pid, end};
      past_next = (past_next + 1) % REMEMBERED;
    }
  }
}

bool is_ours(pid_t pid) {
  if (kept.pid == pid && kept.gone) return true;
  return pid > 0 && waitid(P_PID, (id_t)pid, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

/* Whoever loses its parent becomes a child of ours, so this, again and again, ends every descendant. A child is reaped by us alone: its pid is its own. */
int kill_children(void) {
  reap();
  int found = 0;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
  FILE *children = fopen(path, "re");
  if (children == NULL) return waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ? 0 : 1;
  for (int pid; fscanf(children, "%d", &pid) == 1; found++) kill(pid, SIGKILL);
  fclose(children);
  return found;
}
