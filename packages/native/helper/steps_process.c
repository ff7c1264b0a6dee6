/* What the command's process is allowed and limited to. Credentials change through raw system calls: the C library's
   functions would want to tell other threads, and there are none. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "helper.h"
#include "sys.h"

/* Each change is read back: a set*id that did less than asked must never go unnoticed. */
int set_ids(uint32_t uid, uint32_t gid) {
  uint32_t r, e, v;
  if (syscall(SYS_setresgid, gid, gid, gid) < 0) return -errno;
  if (syscall(SYS_setresuid, uid, uid, uid) < 0) return -errno;
  undumpable();
  if (syscall(SYS_getresuid, &r, &e, &v) < 0 || r != uid || e != uid || v != uid) return -EPERM;
  if (syscall(SYS_getresgid, &r, &e, &v) < 0 || r != gid || e != gid || v != gid) return -EPERM;
  return 0;
}

/* Without privilege in the parent namespace gid_map can only be written once setgroups is denied (user_namespaces(7)):
   then there is nothing to drop it with. */
static bool setgroups_denied(void) {
  char text[5] = "";
  int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, text, 4);
  close(fd);
  return n == 4 && strcmp(text, "deny") == 0;
}

int step_setids(const struct step *s) {
  if (syscall(SYS_setgroups, (size_t)0, NULL) < 0 && !(errno == EPERM && setgroups_denied())) return -EPERM;
  return set_ids((uint32_t)step_int(s, 0), (uint32_t)step_int(s, 1));
}

/* Otherwise the caller's session keyring could be searched. Kernels without keys, and quotas, are no reason to fail. */
int step_keyring(void) {
  int result = rc(syscall(SYS_keyctl, 1, NULL)); /* KEYCTL_JOIN_SESSION_KEYRING */
  return result >= 0 || result == -ENOSYS || result == -EPERM || result == -EDQUOT ? 0 : result;
}

int step_rlimit(const struct step *s) {
  uint64_t limit[2] = {(uint64_t)step_int(s, 1), (uint64_t)step_int(s, 2)};
  return rc(syscall(SYS_prlimit64, 0, (unsigned)step_int(s, 0), limit, NULL));
}

int step_bound(const struct step *s) {
  uint64_t mask = (uint64_t)step_int(s, 0);
  for (unsigned cap = 0; cap < 64; cap++) {
    int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (has < 0) return 0; /* EINVAL: beyond the kernel's last capability */
    if (has > 0 && !(mask >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0) return -errno;
  }
  return 0;
}

int step_capset(const struct step *s) {
  struct {
    uint32_t version;
    int32_t pid;
  } header = {0x20080522, 0}; /* _LINUX_CAPABILITY_VERSION_3 */
  uint64_t ambient = (uint64_t)step_int(s, 1);
  uint64_t held = syscall(SYS_geteuid) == 0 ? (uint64_t)step_int(s, 0) | ambient : ambient;
  uint32_t sets[2][3]; /* low and high words of effective, permitted, inheritable */
  for (int word = 0; word < 2; word++) {
    sets[word][0] = sets[word][1] = (uint32_t)(held >> 32 * word);
    sets[word][2] = (uint32_t)(ambient >> 32 * word);
  }
  if (syscall(SYS_capset, &header, sets) < 0) return -errno;
  undumpable();
  if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0) return -errno;
  int result = rc(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  if (result < 0 && result != -EINVAL) return result;
  for (unsigned cap = 0; cap < 64; cap++) {
    if (ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0) return -errno;
  }
  return 0;
}

/* A working directory outside the root (through a descriptor in /proc/self/fd) shows as "(unreachable)...": refused. The
   descriptors themselves are closed first, so that there is nothing to go through. */
int step_chdir(const struct step *s) {
  char path[4096];
  release_slots();
  if (chdir(step_string(s, 0)) < 0) return -errno;
  int length = rc(syscall(SYS_getcwd, path, sizeof path));
  if (length < 0) return length;
  return path[0] == '/' ? 0 : -ENOENT;
}

int step_execattr(const struct step *s) {
  const uint64_t resolve = IN_BENEATH | IN_NO_MAGICLINKS | IN_NO_XDEV;
  int proc = private_procfs();
  if (proc < 0) return proc;
  int fd = -ENOENT;
  if (step_int(s, 0) == 1) fd = open2(proc, "thread-self/attr/apparmor/exec", O_WRONLY, resolve);
  if (fd == -ENOENT) fd = open2(proc, "thread-self/attr/exec", O_WRONLY, resolve);
  if (fd < 0) return fd;
  const char *value = step_string(s, 0);
  int result = write_once(fd, value, strlen(value));
  close(fd);
  return result;
}

/* Changing credentials clears the signal (prctl(2)), so plans ask again afterwards; a monitor that died in between shows as
   a hang-up of the pipe that only it writes to, an init as one of the pipe that only it reads. */
int step_pdeathsig(const struct step *s) {
  if (prctl(PR_SET_PDEATHSIG, (unsigned long)step_int(s, 0), 0, 0, 0) < 0) return -errno;
  struct pollfd hangups[2] = {{.fd = state.sync_in, .events = POLLIN}, {.fd = state.status_out}};
  if (poll(hangups, 2, 0) != 0) _exit(1);
  return 0;
}

int step_seccomp(const struct step *s) {
  uint32_t length = 0;
  struct strings strings = step_strings(s);
  const char *filter = next_string(&strings, &length);
  struct {
    unsigned short count;
    const void *filter;
  } program = {(unsigned short)(length / 8), filter}; /* struct sock_fprog of struct sock_filter */
  release_slots(); /* while close_range is surely allowed */
  return rc(syscall(SYS_seccomp, 1, (unsigned)step_int(s, 0), &program)); /* SECCOMP_SET_MODE_FILTER */
}

/* Room for one more: HOME, which USER may add. */
int step_env(const struct step *s) {
  struct strings strings = step_strings(s);
  state.env = scratch((s->nstrs + 2u) * sizeof *state.env);
  if (state.env == NULL) return -ENOMEM;
  for (state.env_count = 0; state.env_count < s->nstrs; state.env_count++) {
    state.env[state.env_count] = (char *)(uintptr_t)next_string(&strings, NULL);
  }
  return 0;
}
