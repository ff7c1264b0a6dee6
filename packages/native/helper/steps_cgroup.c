/* Emptying and removing cgroups. All in the monitor, which is outside of them. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "helper.h"
#include "sys.h"

enum { MAX_DEPTH = 512, FREEZE_MS = 100, MAX_PAUSE_US = 10000 };

struct entry {
  uint64_t inode, offset;
  uint16_t length;
  uint8_t type;
  char name[];
}; /* struct linux_dirent64 */

/* Processes of the container that lost their parent became ours (PR_SET_CHILD_SUBREAPER). */
static void reap(void) {
  while (waitpid(-1, NULL, WNOHANG) > 0) continue;
}

static int open_dir(int dir, const char *name) {
  return rc(openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* Calls `visit` for every directory in `dir`, by descriptor. One descriptor and 1 KiB of stack a level. */
static int each_child(int dir, int (*visit)(int dir, const char *name, int depth), int depth) {
  _Alignas(uint64_t) char buffer[1024];
  long size;
  int result = 0;
  while (result >= 0 && (size = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0) {
    for (long at = 0; at < size && result >= 0;) {
      const struct entry *e = (const void *)(buffer + at);
      at += e->length;
      bool dots = e->name[0] == '.' && (e->name[1] == 0 || (e->name[1] == '.' && e->name[2] == 0));
      if (!dots && (e->type == 4 || e->type == 0)) result = visit(dir, e->name, depth); /* DT_DIR, DT_UNKNOWN */
    }
  }
  return result;
}

static int read_small(int dir, const char *name, char *text, size_t size) {
  int fd = rc(openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) return fd;
  ssize_t n = read(fd, text, size - 1);
  int error = n < 0 ? -errno : 0;
  close(fd);
  text[n < 0 ? 0 : n] = 0;
  return error;
}

static int write_small(int dir, const char *name, const char *text) {
  int fd = rc(openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) return fd;
  int result = write_once(fd, text, strlen(text));
  close(fd);
  return result;
}

/* What the walk through a cgroup does with the processes in it. */
static struct {
  bool kill;
  uint64_t seen;
} scan;

/* A pid of 0 is a process that our pid namespace does not show; kill(0) would hit our own group. */
static void scan_pid(pid_t pid) {
  scan.seen++;
  if (scan.kill && pid > 0 && pid != getpid()) kill(pid, SIGKILL);
}

static int scan_procs(int dir) {
  char text[4096];
  int fd = rc(openat(dir, "cgroup.procs", O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (fd < 0) return fd;
  pid_t pid = -1;
  for (ssize_t n; (n = read(fd, text, sizeof text)) > 0;) {
    for (ssize_t i = 0; i < n; i++) {
      if (text[i] >= '0' && text[i] <= '9') {
        pid = (pid < 0 ? 0 : pid) * 10 + (text[i] - '0');
      } else {
        if (pid >= 0) scan_pid(pid);
        pid = -1;
      }
    }
  }
  close(fd);
  return 0;
}

static int scan_child(int parent, const char *name, int depth) {
  if (depth > MAX_DEPTH) return -ELOOP;
  int dir = open_dir(parent, name);
  if (dir < 0) return 0; /* gone meanwhile, or not a directory */
  scan_procs(dir);
  /* A privileged container may have frozen a group of its own (v1), where the signal would wait for ever. */
  if (scan.kill && depth > 0) write_small(dir, "freezer.state", "THAWED");
  int result = each_child(dir, scan_child, depth + 1);
  close(dir);
  return result;
}

/* Counts, and kills when asked, every process in the cgroup and below. A cgroup that is gone is empty. */
static int scan_tree(int dir, bool do_kill) {
  scan.kill = do_kill;
  scan.seen = 0;
  return scan_child(dir, ".", 0);
}

/* v1: a frozen tree cannot fork while it is killed; the signals act when it is thawed. Without a freezer: just kill. */
static void kill_pass_v1(int dir) {
  char now[32] = "";
  bool frozen = write_small(dir, "freezer.state", "FROZEN") == 0;
  for (int64_t end = now_ms() + FREEZE_MS; frozen && now_ms() < end; sleep_us(200)) {
    if (read_small(dir, "freezer.state", now, sizeof now) < 0 || strncmp(now, "FROZEN", 6) == 0) break;
  }
  scan_tree(dir, true);
  if (frozen) write_small(dir, "freezer.state", "THAWED");
}

/* v2: cgroup.kill (5.14) kills forks in flight too; before that each process has to be found. */
void cgroup_kill_pass(int dir, int version) {
  if (version == 1) kill_pass_v1(dir);
  else if (write_small(dir, "cgroup.kill", "1") == -ENOENT) scan_tree(dir, true);
}

static bool is_empty(int dir, int version) {
  char events[256];
  if (version == 1) return scan_tree(dir, false) < 0 || scan.seen == 0;
  int error = read_small(dir, "cgroup.events", events, sizeof events);
  return error == -ENOENT || error == -ENODEV || strstr(events, "populated 0") != NULL;
}

int step_cgroupkill(const struct step *s) {
  int dir = slot_fd(step_int(s, 0)), version = (int)step_int(s, 1);
  if (fcntl(dir, F_GETFD) < 0) return 0; /* it was not made, so nothing is in it */
  int64_t end = now_ms() + step_int(s, 2);
  long pause = 200;
  for (reap(); !is_empty(dir, version); reap()) {
    if (now_ms() > end) return -ETIMEDOUT;
    cgroup_kill_pass(dir, version);
    sleep_us(pause);
    if (pause < MAX_PAUSE_US) pause *= 2;
  }
  return 0;
}

static int remove_child(int parent, const char *name, int depth) {
  if (depth > MAX_DEPTH) return -ELOOP;
  int dir = open_dir(parent, name);
  if (dir < 0) return 0;
  int result = each_child(dir, remove_child, depth + 1);
  close(dir);
  if (result >= 0 && depth > 0) unlinkat(parent, name, AT_REMOVEDIR);
  return result;
}

/* A cgroup stays busy for a moment after its last process was reaped. The guard is the directory's own descriptor: when MKDIR
   found the name taken it is not open, and what somebody else made is not ours to remove. */
int step_rmdir(const struct step *s) {
  int64_t slot = step_int(s, 0), guard = step_int(s, 3);
  if (guard >= 0 && fcntl(slot_fd(guard), F_GETFD) < 0) return 0;
  const char *name = step_string(s, 0);
  if ((slot < 0) != (name[0] == '/') || (slot >= 0 && strchr(name, '/') != NULL)) return -EINVAL;
  int dir = slot < 0 ? AT_FDCWD : slot_fd(slot);
  int64_t end = now_ms() + step_int(s, 2);
  for (long pause = 200;; pause = pause < MAX_PAUSE_US ? pause * 2 : pause) {
    int result = rc(unlinkat(dir, name, AT_REMOVEDIR));
    if (result == -ENOENT || result == -ENODEV) return 0;
    if (result != -EBUSY && result != -ENOTEMPTY) return result;
    if (now_ms() > end) return result;
    if (step_int(s, 1) != 0) {
      remove_child(dir, name, 0);
      result = rc(unlinkat(dir, name, AT_REMOVEDIR));
      if (result >= 0) return 0;
    }
    reap();
    sleep_us(pause);
  }
}

/* cgroup v2 has no list of devices but a program that judges each access (cgroup-v2.rst, "Device controller"). Attached with
   ALLOW_MULTI, so that the programs of outer groups hold too. bpf(2) takes any prefix of its attributes. */
int step_devices(const struct step *s) {
  enum { PROG_LOAD = 5, PROG_ATTACH = 8, CGROUP_DEVICE_PROGRAM = 15, CGROUP_DEVICE = 6, ALLOW_MULTI = 2 };
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  const char *program = next_string(&strings, &length);
  struct {
    uint32_t type, count;
    uint64_t instructions, license;
  } load = {CGROUP_DEVICE_PROGRAM, length / 8, (uint64_t)(uintptr_t)program, (uint64_t)(uintptr_t)"GPL"};
  int fd = rc(syscall(SYS_bpf, PROG_LOAD, &load, sizeof load));
  if (fd < 0) return fd;
  struct {
    uint32_t target, program, type, flags;
  } attach = {(uint32_t)slot_fd(step_int(s, 0)), (uint32_t)fd, CGROUP_DEVICE, ALLOW_MULTI};
  int result = rc(syscall(SYS_bpf, PROG_ATTACH, &attach, sizeof attach));
  close(fd);
  return result;
}
