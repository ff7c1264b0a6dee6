/*
 * System calls, structures and numbers that C libraries and kernel headers of the build machine may lack. The numbers from
 * 424 on are the same on every architecture. Each wrapper returns the result or -errno.
 */
#ifndef EXECD_SYS_H
#define EXECD_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
  NR_open_tree = 428, NR_move_mount = 429, NR_fsopen = 430, NR_fsconfig = 431, NR_fsmount = 432, NR_pidfd_open = 434,
  NR_clone3 = 435, NR_close_range = 436, NR_openat2 = 437, NR_mount_setattr = 442,
};

struct open_how_v0 {
  uint64_t flags, mode, resolve;
};
enum { IN_NO_XDEV = 1, IN_NO_MAGICLINKS = 2, IN_NO_SYMLINKS = 4, IN_BENEATH = 8, IN_ROOT = 16 }; /* RESOLVE_* */

struct clone_args_v2 {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
#define INTO_CGROUP 0x200000000ULL /* CLONE_INTO_CGROUP */

struct mount_attr_v0 {
  uint64_t attr_set, attr_clr, propagation, userns_fd;
};
enum {
  ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_NOEXEC = 8, ATTR_IDMAP = 0x100000, /* MOUNT_ATTR_* */
  TREE_CLONE = 1,                                                                           /* OPEN_TREE_CLONE */
  TREE_RECURSIVE = 0x8000,                                                                  /* AT_RECURSIVE */
  EMPTY_PATH = 0x1000,                                                                      /* AT_EMPTY_PATH */
  MOVE_FROM_EMPTY = 4, MOVE_TO_EMPTY = 0x40, /* MOVE_MOUNT_F_EMPTY_PATH, MOVE_MOUNT_T_EMPTY_PATH */
  FSCONFIG_FLAG = 0, FSCONFIG_STRING = 1, FSCONFIG_CREATE = 6,
  PROC_MAGIC = 0x9fa0, /* PROC_SUPER_MAGIC */
};

#ifndef O_PATH
#define O_PATH 010000000
#endif

static inline int rc(long result) {
  return result < 0 ? -errno : (int)result;
}

static inline int sys_open_tree(int dir, const char *path, unsigned flags) {
  return rc(syscall(NR_open_tree, dir, path, flags | O_CLOEXEC)); /* OPEN_TREE_CLOEXEC is O_CLOEXEC */
}

/* Moves the mount of `from` onto the object that `to` is open on: both by descriptor, so nothing is resolved again. */
static inline int sys_move_mount(int from, int to) {
  return rc(syscall(NR_move_mount, from, "", to, "", MOVE_FROM_EMPTY | MOVE_TO_EMPTY));
}

static inline int sys_mount_setattr(int fd, unsigned flags, const struct mount_attr_v0 *attr) {
  return rc(syscall(NR_mount_setattr, fd, "", EMPTY_PATH | flags, attr, sizeof *attr));
}

static inline int sys_fsopen(const char *type) {
  return rc(syscall(NR_fsopen, type, 1)); /* FSOPEN_CLOEXEC */
}

static inline int sys_fsconfig(int fd, unsigned command, const char *key, const char *value) {
  return rc(syscall(NR_fsconfig, fd, command, key, value, 0));
}

static inline int sys_fsmount(int fd, unsigned attrs) {
  return rc(syscall(NR_fsmount, fd, 1, attrs)); /* FSMOUNT_CLOEXEC */
}

static inline int sys_close_range(unsigned first, unsigned last) {
  return rc(syscall(NR_close_range, first, last, 0));
}

#endif
