/* Work inside the container's root. The tree is hostile: every path is resolved by one openat2 that cannot leave it, and
   what is done after that is done on the descriptor. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "helper.h"
#include "sys.h"

int root_dir(void) {
  if (state.root < 0) {
    state.root = rc(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    state.root_is_slash = true;
    state.released = false;
  }
  return state.root;
}

int open_in_root(const char *path, uint64_t flags, uint64_t resolve) {
  int root = root_dir();
  return root < 0 ? root : open2(root, path, flags, resolve | IN_ROOT | IN_NO_MAGICLINKS);
}

/* The directory that a path's last component is made in, and that component. */
static int open_parent(const char *path, const char **name) {
  char parent[4096];
  const char *slash = strrchr(path, '/');
  *name = slash == NULL ? path : slash + 1;
  size_t length = (size_t)(*name - path);
  if (**name == 0 || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) return -EINVAL;
  if (length >= sizeof parent - 1) return -ENAMETOOLONG;
  memcpy(parent, path, length);
  memcpy(parent + length, "/", 2);
  return open_in_root(parent, O_PATH | O_DIRECTORY, 0);
}

/* The mode is exact: the umask is for files that the command makes. */
int step_dir(const struct step *s) {
  const char *name;
  int parent = open_parent(step_string(s, 0), &name);
  if (parent < 0) return parent;
  mode_t mask = umask(0);
  int result = rc(mkdirat(parent, name, (mode_t)step_int(s, 0)));
  umask(mask);
  close(parent);
  return result;
}

int step_node(const struct step *s) {
  const char *name;
  int parent = open_parent(step_string(s, 0), &name);
  if (parent < 0) return parent;
  mode_t mask = umask(0);
  dev_t device = makedev((unsigned)step_int(s, 1), (unsigned)step_int(s, 2));
  int result = rc(mknodat(parent, name, (mode_t)step_int(s, 0), device));
  umask(mask);
  uid_t uid = (uid_t)step_int(s, 3);
  gid_t gid = (gid_t)step_int(s, 4);
  /* A new node belongs to us already, as root of our user namespace. */
  if (result >= 0 && (uid != 0 || gid != 0)) result = rc(fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW));
  close(parent);
  return result;
}

int step_symlink(const struct step *s) {
  const char *name;
  int parent = open_parent(step_string(s, 1), &name);
  if (parent < 0) return parent;
  int result = rc(symlinkat(step_string(s, 0), parent, name));
  close(parent);
  return result;
}

int step_nulldev(const struct step *s) {
  struct stat st;
  int slot = slot_fd(step_int(s, 0));
  if (fstat(slot, &st) < 0) return -errno;
  if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) return -ENODEV;
  close_fd(&state.null_device);
  state.null_device = rc(fcntl(slot, F_DUPFD_CLOEXEC, 5));
  return state.null_device < 0 ? state.null_device : 0;
}

/* Covers what `at` is open on with a clone of what `from` is open on. Before Linux 6.15 open_tree clones only mounts that
   are attached in the caller's mount namespace. */
static int cover(int from, int at, unsigned recursive, bool readonly) {
  int tree = sys_open_tree(from, "", EMPTY_PATH | TREE_CLONE | recursive);
  if (tree < 0) return tree;
  struct mount_attr_v0 attr = {.attr_set = ATTR_RDONLY};
  int result = readonly ? sys_mount_setattr(tree, recursive, &attr) : 0;
  if (result >= 0) result = sys_move_mount(tree, at);
  close(tree);
  return result;
}

/* The empty directory is attached at the first path that needs it, which makes it clonable for those that follow. */
static int cover_directory(int at) {
  if (state.empty_dir >= 0) return cover(state.empty_dir, at, 0, false);
  int fd = new_mount("tmpfs", ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC);
  if (fd < 0) return fd;
  int result = sys_move_mount(fd, at);
  if (result < 0) close(fd);
  else state.empty_dir = fd;
  return result;
}

static bool in_kernel_tree(const char *path) {
  return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
}

static int mask_one(const char *path) {
  struct stat st;
  int at = open_in_root(path, O_PATH | O_NOFOLLOW, 0);
  if (at == -ENOENT || at == -ENOTDIR) return 0;
  if (at < 0) return at;
  int result = fstat(at, &st) < 0 ? -errno : 0;
  if (result >= 0 && S_ISLNK(st.st_mode)) result = in_kernel_tree(path) ? 0 : -ELOOP;
  else if (result >= 0 && S_ISDIR(st.st_mode)) result = cover_directory(at);
  else if (result >= 0) result = state.null_device < 0 ? -ENODEV : cover(state.null_device, at, 0, false);
  close(at);
  return result;
}

static int readonly_one(const char *path) {
  int at = open_in_root(path, O_PATH, 0);
  if (at == -ENOENT || at == -ENOTDIR) return 0;
  if (at < 0) return at;
  int result = cover(at, at, TREE_RECURSIVE, true);
  close(at);
  return result;
}

static int each_path(const struct step *s, int (*one)(const char *path)) {
  struct strings strings = step_strings(s);
  for (const char *path; (path = next_string(&strings, NULL)) != NULL;) {
    int result = one(path);
    if (result < 0) return fail_at(result, path);
  }
  return 0;
}

int step_mask(const struct step *s) {
  return each_path(s, mask_one);
}

int step_readonly(const struct step *s) {
  return each_path(s, readonly_one);
}
