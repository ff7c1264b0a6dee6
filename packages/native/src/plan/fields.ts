import type { Phase } from './ops.js'

/** An integer of a step: signed, 64 bits in the format. */
export type Int = number | bigint
/** Bytes of a step that may hold NUL; a string is taken as UTF-8. */
export type Data = string | Uint8Array

/**
 * The fields of every step but its name and phase. `slot` is a number from 0 to 63; `dir` is a slot, or -1 for an absolute
 * path in the process's current root. Paths of steps marked IN-ROOT are resolved below the mount of `root` (before `pivot`)
 * or the new "/" (after it), never outside. Errors are errno values that the helper reports with the step's index.
 */
export interface StepFields {
  /** Makes the child with clone3(2). Exactly one, the last of phase host. */
  clone: {
    /** CLONE_NEW* flags. */
    readonly flags: number
    /** Waits for `go` after the parent phase; the monitor sends `created` first. Default false. */
    readonly sync?: boolean
    /** The monitor outlives Node. Default false. */
    readonly detached?: boolean
    /** The monitor keeps the terminal of `pty` itself and reads what nobody wants. Default false: Node gets it over descriptor 4. */
    readonly keepsTerminal?: boolean
    /** Directory of a cgroup v2 that the child is made in (CLONE_INTO_CGROUP). Default -1: none. */
    readonly cgroupSlot?: number
  }
  /** openat(2), close-on-exec; below a `dir` with openat2 and no symlink, nothing above the directory. */
  open: {
    readonly slot: number
    /** Default -1. */
    readonly dir?: number
    /** O_* flags. */
    readonly flags: number
    /** S_IFMT value that fstat must show, else EINVAL (ENOTDIR when a directory was asked). Default 0: any. */
    readonly type?: number
    readonly path: string
  }
  /** mkdirat(2). */
  mkdir: { readonly dir: number; readonly mode: number; readonly existOk?: boolean; readonly file: string }
  /** Opens an existing file (O_WRONLY | O_NOFOLLOW), writes once, closes. */
  write: { readonly dir: number; readonly file: string; readonly data: Data }
  /** One write to a descriptor that is open already. */
  writeFd: { readonly slot: number; readonly data: Data }
  /** Writes `/proc/<child>/<file>`: uid_map, gid_map, setgroups, oom_score_adj. */
  writeChild: { readonly file: string; readonly data: Data }
  /** Reads at most 16 KiB of a file into the `exited` message. */
  read: { readonly dir: number; readonly file: string }
  /** Empties a cgroup: kills all that is in it and below, reaps, waits. ETIMEDOUT when it is not empty in time. */
  cgroupKill: { readonly dir: number; readonly version: 1 | 2; readonly timeoutMs: number }
  /** Removes a directory, with `recursive` the directories below it first. ENOENT is success; EBUSY is retried. */
  rmdir: {
    readonly dir: number
    readonly recursive?: boolean
    readonly timeoutMs: number
    readonly file: string
    /** Nothing is done when this slot is not open. Default -1: no condition. */
    readonly guard?: number
  }
  /** Joins a namespace: `slot` is a namespace file or a pidfd, `flags` CLONE_NEW*. */
  setns: { readonly slot: number; readonly flags: number }
  /** pidfd_open(2), checked against the start time (field 22 of /proc/pid/stat, clock ticks): ESRCH when another process has the pid. */
  pidfd: { readonly slot: number; readonly pid: number; readonly startTime: Int }
  /** unshare(2). */
  unshare: { readonly flags: number }
  /** Becomes uid and gid, dropping the groups, keeping capabilities: root of a new user namespace. */
  setIds: { readonly uid: number; readonly gid: number }
  /** mount(NULL, "/", NULL, flags). */
  propagate: { readonly flags: number }
  /** open_tree(2), close-on-exec. */
  openTree: { readonly slot: number; readonly dir?: number; readonly flags: number; readonly path: string }
  /** A new mount of a file system, not attached: fsopen, fsconfig for each option, fsmount. An empty value sets a flag. */
  fsmount: {
    readonly slot: number
    /** MOUNT_ATTR_*. */
    readonly attrs: number
    readonly type: string
    readonly options?: readonly (readonly [key: string, value: string])[]
  }
  /** mount_setattr(2) on the mount in the slot. */
  setAttr: {
    readonly slot: number
    /** MOUNT_ATTR_* to set. Default 0. */
    readonly set?: number
    /** MOUNT_ATTR_* to clear. Default 0. */
    readonly clear?: number
    /** MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE. Default 0: as it is. */
    readonly propagation?: number
    readonly recursive?: boolean
    /** User namespace whose map the mount takes (MOUNT_ATTR_IDMAP is added). Default -1: none. */
    readonly usernsSlot?: number
  }
  /** Attaches the mount in the slot at `hostPath`: the root of IN-ROOT steps from now on. */
  root: { readonly slot: number; readonly hostPath: string }
  /** IN-ROOT. Attaches the mount in the slot; `create` makes what is missing, `nofollow` refuses symlinks on the way. */
  mount: {
    readonly slot: number
    readonly create?: boolean
    readonly nofollow?: boolean
    readonly target: string
  }
  /** IN-ROOT mkdir with exactly this mode. */
  dir: { readonly mode: number; readonly path: string }
  /** IN-ROOT mknod with exactly this mode (S_IF* included) and owner. */
  node: {
    readonly mode: number
    readonly major?: number
    readonly minor?: number
    readonly uid?: number
    readonly gid?: number
    readonly path: string
  }
  /** IN-ROOT symlink. */
  symlink: { readonly target: string; readonly path: string }
  /** The null device (c 1:3, else ENODEV) that `mask` clones. The descriptor must be of a mount of the child's own mount namespace. */
  nullDevice: { readonly slot: number }
  /** IN-ROOT. Covers each path that exists: directories by an empty read-only tmpfs, the rest by the null device. */
  mask: { readonly paths: readonly string[] }
  /** IN-ROOT. Makes each tree that exists read-only. */
  readonly: { readonly paths: readonly string[] }
  /** pivot_root(2) into the root; the old one is gone afterwards. */
  pivot: object
  hostname: { readonly value: string }
  domainname: { readonly value: string }
  /** Writes a sysctl through a private procfs. The key has '/' between its parts. */
  sysctl: { readonly key: string; readonly value: string }
  /** Brings `lo` up. */
  loopback: object
  /** Makes a terminal in the devpts mount of the slot, sends its master over descriptor 4, makes the slave 0, 1, 2. */
  pty: {
    readonly slot: number
    readonly rows: number
    readonly columns: number
    readonly uid: number
    readonly gid: number
  }
  /** IN-ROOT. Binds the terminal onto an existing file. The devpts mount must have been attached. */
  console: { readonly path: string }
  /** setsid(2), and TIOCSCTTY on descriptor 0 when asked. */
  session: { readonly controllingTerminal?: boolean }
  /** A new session keyring. */
  keyring: object
  /** prlimit(2). -1 is RLIM_INFINITY. */
  rlimit: { readonly resource: number; readonly soft: Int; readonly hard: Int }
  noNewPrivs: object
  /** Drops every capability that is not in the mask from the bounding set. */
  bound: { readonly mask: Int }
  /** Becomes the user; see docs/native-plan.md. uid -1 looks `user` up, gid -1 looks `group` up. */
  user: {
    readonly uid?: number
    readonly gid?: number
    readonly fallbackGid?: number
    /** USER_FLAG. */
    readonly flags?: number
    readonly user?: string
    readonly group?: string
    readonly extraGids?: readonly number[]
    readonly extraGroups?: readonly string[]
  }
  /** Capability sets as masks (bit n is capability n): what root gets, and the ambient set. */
  capset: { readonly rootMask: Int; readonly ambient: Int }
  umask: { readonly mask: number }
  /** chdir(2); the result must be inside the root, else ENOENT. Closes every slot first: it is their last use. */
  chdir: { readonly path: string }
  /** The AppArmor profile or SELinux label of the next exec. */
  execAttr: { readonly lsm: 'apparmor' | 'selinux'; readonly value: string }
  /** The signal sent to the child when its parent dies; ends at once when the monitor is gone already. */
  pdeathsig: { readonly signal: number }
  /** Loads a filter: an array of struct sock_filter. Closes every slot first. */
  seccomp: { readonly flags?: number; readonly filter: Uint8Array }
  /** Replaces the environment given to exec: "KEY=value" strings. */
  env: { readonly variables: readonly string[] }
  /** Leaves a small init that forwards signals and reaps; a fork goes on with the steps that follow. */
  init: {
    /**
     * Any process may become the init, which ends all descendants of the command when the command ends or is killed. Default false: it
     * must be pid 1, and the kernel ends the others with it.
     */
    readonly subreaper?: boolean
  }
  /** Becomes the command. Exactly one, the last of phase child. */
  exec: { readonly args: readonly string[] }
  /** Writes the final message (`exited` or `failed`, as a frame) to a new file: the status of a detached container. */
  save: { readonly dir: number; readonly file: string }
  /** Loads a BPF_PROG_TYPE_CGROUP_DEVICE program (struct bpf_insn each) and attaches it to the cgroup v2 in the slot. */
  deviceProgram: { readonly slot: number; readonly program: Uint8Array }
  /** Waits until the parent phase is done. Without this step the child waits before its first one. Not with a new user namespace. */
  barrier: object
  /** Sends one message of rtnetlink, at most 1 KiB, in the network namespace of who does it. In cleanup a device that is not there is no error. */
  netlink: {
    /** A whole message with NLM_F_REQUEST and NLM_F_ACK. */
    readonly message: Uint8Array
    /** The interface whose number is written into the message; "" for none. */
    readonly interface: string
    /** Where that number goes, in bytes. Default -1: nowhere. */
    readonly indexAt?: number
    /** Phase parent: where the child's process id goes. Default -1: nowhere. */
    readonly childAt?: number
  }
  /** From the start of the command to its end: sends `oom` when processes of the memory cgroup in the slot were killed for want of memory. */
  watchOom: { readonly slot: number; readonly version: 1 | 2 }
  /** A user namespace of its own, with the text of its uid_map and gid_map: only its maps are of use, to a mount. */
  userNamespace: { readonly slot: number; readonly uidMap: string; readonly gidMap: string }
  /** setxattr(2) on what the slot is open on, such as a cgroup. No error where attributes cannot be had. */
  tag: { readonly slot: number; readonly attribute: string; readonly value: Data }
  /** Makes a Unix socket in the folder, on which a detached container without an owner waits for one. At most one. */
  listen: { readonly dir: number; readonly file: string }
  /** Appends a line to the open file: the prefix, and pid and start time of the monitor and of the child. */
  record: { readonly slot: number; readonly prefix?: string }
  /** Gives the command a pipe as an output, whose data a process of its own writes to a file of limited size. */
  log: {
    /** Which of descriptors 1 and 2. */
    readonly descriptors: readonly (1 | 2)[]
    /** The folder. */
    readonly dir: number
    /** One component. Full files are renamed to "<file>.1", which is the newest of them, ".2" and so on. */
    readonly file: string
    /** Bytes of one file, at least 4096. */
    readonly maxSize: number
    /** Files in all, 2 to 1000. */
    readonly maxFiles: number
    /** Goes on in the file that there is. Default false: it is emptied, and older ones are removed. */
    readonly append?: boolean
    /** Host ids that the pipe is given to. Default: as the monitor's. */
    readonly owner?: { readonly uid: number; readonly gid: number } | null
  }
  /**
   * In place of `exec`, the last of phase child: says `held`, then takes 0, 1, 2 and the rest of the plan from descriptor 4 and carries that out. `init`: there is
   * an `init` in it. Default false.
   */
  hold: { readonly init?: boolean }
}

/** What `user` does beside changing ids; an or of these. */
export const USER_FLAG = {
  /** Take the supplementary groups of the user from /etc/group. */
  memberships: 1,
  /** Do not call setgroups(2): a user namespace where it is denied. */
  keepGroups: 2,
  /** Set HOME when the environment has none. */
  home: 4,
  /** Give descriptor 0 to the user when it is a FIFO or a socket. */
  ownStdin: 8,
  /** The same for descriptor 1. */
  ownStdout: 16,
  /** The same for descriptor 2. */
  ownStderr: 32,
} as const

/** Which of the phases that a step may be in; steps with one have it without saying. */
export interface StepPhases {
  clone: 'host'
  open: 'host' | 'parent' | 'child'
  mkdir: 'host' | 'parent' | 'child'
  write: 'host' | 'parent' | 'child'
  writeFd: 'host' | 'parent' | 'child'
  writeChild: 'parent'
  read: 'report'
  cgroupKill: 'cleanup'
  rmdir: 'cleanup'
  setns: 'host' | 'child'
  pidfd: 'host'
  unshare: 'host' | 'child'
  setIds: 'host' | 'child'
  propagate: 'host' | 'child'
  openTree: 'host' | 'child'
  fsmount: 'host' | 'child'
  setAttr: 'host' | 'child'
  save: 'cleanup'
  deviceProgram: 'host' | 'parent'
  netlink: 'child' | 'parent' | 'cleanup'
  watchOom: 'parent'
  userNamespace: 'host'
  tag: 'host' | 'parent'
  listen: 'host'
  record: 'parent'
  log: 'host'
  hold: 'child'
}

/** The phases of step `N`. */
export type PhasesOf<N extends string> = N extends keyof StepPhases ? StepPhases[N] : Extract<Phase, 'child'>
