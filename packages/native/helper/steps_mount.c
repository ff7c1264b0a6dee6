/* Mounts: all by descriptor (open_tree, fsmount, move_mount), so that no path is resolved twice. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "helper.h"
#include "sys.h"

int step_opentree(const struct step *s) {
  int64_t dir = step_int(s, 1);
  unsigned flags = (unsigned)step_int(s, 2);
  const char *path = step_string(s, 0);
  if (dir < 0 && path[0] == '/') return slot_put(step_int(s, 0), sys_open_tree(AT_FDCWD, path, flags));
  if (dir < 0) return -EINVAL;
  if (path[0] == 0) return slot_put(step_int(s, 0), sys_open_tree(slot_fd(dir), "", flags | EMPTY_PATH));
  int at = open_below(dir, path, O_PATH);
  if (at < 0) return at;
  int fd = sys_open_tree(at, "", flags | EMPTY_PATH);
  close(at);
  return slot_put(step_int(s, 0), fd);
}

/* The kernel puts its reason into the file system context: "e overlay: ...". Best effort. */
static int fs_error(int fs, int error) {
  static char reason[200];
  ssize_t n = read(fs, reason, sizeof reason - 1);
  if (n <= 2) return error;
  reason[reason[n - 1] == '\n' ? n - 1 : n] = 0;
  return fail_at(error, reason + 2);
}

int step_fsmount(const struct step *s) {
  struct strings strings = step_strings(s);
  const char *key = next_string(&strings, NULL);
  int fs = sys_fsopen(key);
  if (fs < 0) return fs;
  int result = 0;
  while (result >= 0 && (key = next_string(&strings, NULL)) != NULL) {
    const char *value = next_string(&strings, NULL);
    result = value[0] == 0 ? sys_fsconfig(fs, FSCONFIG_FLAG, key, NULL) : sys_fsconfig(fs, FSCONFIG_STRING, key, value);
  }
  if (result >= 0) result = sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL);
  if (result >= 0) result = sys_fsmount(fs, (unsigned)step_int(s, 1));
  if (result < 0) result = fs_error(fs, result);
  close(fs);
  return slot_put(step_int(s, 0), result);
}

/* A mount without options, not attached anywhere. */
int new_mount(const char *type, unsigned attrs) {
  int fs = sys_fsopen(type);
  if (fs < 0) return fs;
  int result = sys_fsconfig(fs, FSCONFIG_CREATE, NULL, NULL);
  if (result >= 0) result = sys_fsmount(fs, attrs);
  close(fs);
  return result;
}

/* A procfs that no one else can reach: whatever an image or a volume puts on /proc, writes through it go to the kernel. */
int private_procfs(void) {
  if (state.procfs >= 0) return state.procfs;
  state.released = false;
  state.procfs = new_mount("proc", ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC);
  return state.procfs;
}

int step_setattr(const struct step *s) {
  struct mount_attr_v0 attr = {.attr_set = (uint64_t)step_int(s, 1), .attr_clr = (uint64_t)step_int(s, 2),
                               .propagation = (uint64_t)step_int(s, 3)};
  if (step_int(s, 5) >= 0) {
    attr.attr_set |= ATTR_IDMAP;
    attr.userns_fd = (uint64_t)slot_fd(step_int(s, 5));
  }
  return sys_mount_setattr(slot_fd(step_int(s, 0)), step_int(s, 4) != 0 ? TREE_RECURSIVE : 0, &attr);
}

/* pivot_root(2) wants the new root to be a mount point, so the tree is attached somewhere first: a path of the host. */
int step_root(const struct step *s) {
  int slot = slot_fd(step_int(s, 0));
  int at = rc(open(step_string(s, 0), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (at < 0) return at;
  int result = sys_move_mount(slot, at);
  close(at);
  if (result < 0) return result;
  close_fd(&state.root);
  state.root = rc(fcntl(slot, F_DUPFD_CLOEXEC, 5));
  state.root_is_slash = false;
  state.roots++;
  return state.root < 0 ? state.root : 0;
}

/* pivot_root(".", ".") stacks the old root on the new one at "/", and what ROOT steps attached there before the last one on top
   of that. umount2 takes the topmost each time, so it is done once for each: nothing of the host may stay there, where setns(2)
   into this namespace would find it. mount(2) takes no stacked mount for ".", so the old root is reached by a descriptor. */
int step_pivot(const struct step *s) {
  (void)s;
  if (state.root < 0 || state.root_is_slash) return -EINVAL;
  int old = rc(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (old < 0) return old;
  int result = rc(fchdir(state.root));
  if (result >= 0) result = rc(syscall(SYS_pivot_root, ".", "."));
  if (result >= 0) result = rc(fchdir(old));
  /* The old root is a slave of the host at most, but a mount shared with it must not see these unmounts. */
  if (result >= 0) result = rc(mount(NULL, ".", NULL, MS_SLAVE | MS_REC, NULL));
  for (int left = state.roots; left > 0 && result >= 0; left--) result = rc(umount2(".", MNT_DETACH));
  close(old);
  if (result >= 0) result = rc(chdir("/"));
  close_fd(&state.root);
  return result < 0 ? result : 0;
}

/* One missing component of a mount target, made below a descriptor: mkdirat and O_EXCL never follow a symlink, so what is
   there already (a dangling symlink, or someone faster) is an error and not a way out. Gives an O_PATH descriptor. */
static int make_component(int parent, const char *name, bool directory) {
  if (name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0))) return -EINVAL;
  if (directory && mkdirat(parent, name, 0755) < 0) return -errno;
  if (!directory) {
    int fd = rc(openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (fd < 0) return fd;
    close(fd);
  }
  return open2(parent, name, O_PATH | O_NOFOLLOW, IN_BENEATH | IN_NO_SYMLINKS | IN_NO_MAGICLINKS);
}

/* Walks the target from the root: the longest part that resolves (symlinks within the root and all), then what is missing. */
static int make_target(const char *target, bool directory, uint64_t resolve) {
  char path[4096];
  size_t length = strlen(target);
  if (length >= sizeof path) return -ENAMETOOLONG;
  memcpy(path, target, length + 1);
  int at = open_in_root("/", O_PATH | O_DIRECTORY, 0);
  bool made = false;
  for (char *name = path; at >= 0;) {
    while (*name == '/') name++;
    if (*name == 0) return at;
    char *end = strchrnul(name, '/');
    char *rest = end;
    while (*rest == '/') rest++;
    char kept = *end;
    *end = 0;
    int next = made ? -ENOENT : open_in_root(path, O_PATH, resolve);
    if (next == -ENOENT) {
      made = true;
      next = make_component(at, name, *rest != 0 || directory);
    }
    *end = kept;
    close(at);
    at = next;
    name = rest;
  }
  return at;
}

int step_mount(const struct step *s) {
  int slot = slot_fd(step_int(s, 0));
  uint64_t resolve = step_int(s, 2) != 0 ? IN_NO_SYMLINKS : 0;
  const char *target = step_string(s, 0);
  int at = open_in_root(target, O_PATH, resolve);
  if (at == -ENOENT && step_int(s, 1) != 0) {
    struct stat st;
    if (fstat(slot, &st) < 0) return -errno;
    at = make_target(target, S_ISDIR(st.st_mode), resolve);
  }
  if (at < 0) return at;
  int result = sys_move_mount(slot, at);
  close(at);
  return result;
}
