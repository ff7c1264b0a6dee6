/**
 * Numbers of the Linux kernel's interface (include/uapi) that plans and system calls are written in. They are the same on
 * x64 and arm64 but where a value says otherwise, and are written out so that a plan for Linux can be made anywhere.
 */

/** Namespace flags of clone3(2), unshare(2) and setns(2). */
export const CLONE_NEWNS = 0x2_0000
export const CLONE_NEWCGROUP = 0x200_0000
export const CLONE_NEWUTS = 0x400_0000
export const CLONE_NEWIPC = 0x800_0000
export const CLONE_NEWUSER = 0x1000_0000
export const CLONE_NEWPID = 0x2000_0000
export const CLONE_NEWNET = 0x4000_0000

/** Flags of mount(2), used for propagation and remounts. */
export const MS_REC = 0x4000
export const MS_PRIVATE = 0x4_0000
export const MS_SLAVE = 0x8_0000
export const MS_SHARED = 0x10_0000

/** Mount attributes of fsmount(2) and mount_setattr(2). The access time values are one field: clear MOUNT_ATTR__ATIME to set one. */
export const MOUNT_ATTR_RDONLY = 0x1
export const MOUNT_ATTR_NOSUID = 0x2
export const MOUNT_ATTR_NODEV = 0x4
export const MOUNT_ATTR_NOEXEC = 0x8
export const MOUNT_ATTR__ATIME = 0x70
export const MOUNT_ATTR_NOATIME = 0x10
export const MOUNT_ATTR_STRICTATIME = 0x20
export const MOUNT_ATTR_NODIRATIME = 0x80
export const MOUNT_ATTR_NOSYMFOLLOW = 0x20_0000

/** Flags of open_tree(2) and of the *at calls. */
export const OPEN_TREE_CLONE = 1
export const AT_EMPTY_PATH = 0x1000
export const AT_RECURSIVE = 0x8000

const arm64 = process.arch === 'arm64'

/** Flags of open(2). O_DIRECTORY and O_NOFOLLOW differ: arm64 has arm's numbers, x64 the generic ones. */
export const O_RDONLY = 0
export const O_NONBLOCK = 0o4000
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_NOCTTY = 0x100
export const O_CLOEXEC = 0x8_0000
export const O_APPEND = 0x400
export const O_PATH = 0x20_0000
export const O_DIRECTORY = arm64 ? 0x4000 : 0x1_0000
export const O_NOFOLLOW = arm64 ? 0x8000 : 0x2_0000

/** File types of st_mode, inode(7). */
export const S_IFREG = 0x8000
export const S_IFBLK = 0x6000
export const S_IFDIR = 0x4000
export const S_IFCHR = 0x2000
export const S_IFIFO = 0x1000

/** Resources of setrlimit(2) (asm-generic, as on x64 and arm64). */
export const RLIMIT = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
} as const
