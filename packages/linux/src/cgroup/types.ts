/** One cgroup hierarchy as this process sees it. */
export interface Hierarchy {
  /** Controllers of a v1 hierarchy ("cpu" and "cpuacct" may share one); those that the top group of the v2 hierarchy offers. */
  readonly controllers: readonly string[]
  readonly mountPoint: string
  /** The group that the mount shows as its top (field 4 of mountinfo): not "/" inside many containers. */
  readonly root: string
  readonly readonly: boolean
}

/** How cgroups are set up on this host. */
export interface CgroupLayout {
  /** Where the controllers are; null: no cgroup file system is mounted. A v2 mount beside v1 controllers (hybrid) counts as 1. */
  readonly version: 1 | 2 | null
  /** v1 hierarchies with controllers, in order of mounting. */
  readonly hierarchies: readonly Hierarchy[]
  /** v1 hierarchies of nothing that a driver makes use of: of other controllers, such as "net_cls", or named ones, "name=systemd". Container engines make groups there too. */
  readonly others: readonly Hierarchy[]
  /** The v2 hierarchy, also where it has no controllers. */
  readonly v2: Hierarchy | null
  /** The group that this process is in by controller (proc_pid_cgroup(5)); "" is the v2 hierarchy. */
  readonly own: Readonly<Record<string, string>>
}

/** Where groups of containers are made in one hierarchy. */
export interface ParentGroup {
  /** Controllers that can be used there. */
  readonly controllers: readonly string[]
  /** Absolute path of a group that exists and can be written. */
  readonly top: string
  /** Names of the groups between `top` and the container's; made when missing. */
  readonly names: readonly string[]
}

/** Why something cannot be had on this host, and what would help. */
export interface Unavailable {
  readonly reason: string
  readonly hint: string
}

/** Where groups of containers are made. */
export interface CgroupPlace {
  readonly version: 1 | 2
  /** One for each hierarchy; exactly one on v2. */
  readonly parents: readonly ParentGroup[]
  /** Controllers that cannot be used there. */
  readonly unavailable: Readonly<Record<string, Unavailable>>
}

/** The groups of one container or exec. Plain data: it can be kept in a file. */
export interface CgroupPaths {
  readonly version: 1 | 2
  /** v1: directory by controller, and by "unified" where v2 is mounted beside and used too. v2: one entry, "unified". */
  readonly dirs: Readonly<Record<string, string>>
  /** v2: the group at and below which controllers may be enabled for this one. */
  readonly top?: string
  /** v1: groups of a container that are not made with it, but by the first of its execs with a limit of such a controller. */
  readonly late?: readonly string[]
}

/** A value that goes into a file of a container's group. */
export interface LimitWrite {
  readonly controller: string
  readonly file: string
  readonly data: string
  /** Path of the field in the command. */
  readonly field: string
}

/** A field that cannot be enforced. */
export interface UnsupportedField extends Unavailable {
  readonly field: string
}

/** Limits as files and values, in the order in which they are written. */
export interface Limits {
  readonly writes: readonly LimitWrite[]
  readonly unsupported: readonly UnsupportedField[]
}

/** What the kernel offers for groups at a place. */
export interface CgroupFacts {
  /** Names of the files that a group has, over all hierarchies. */
  readonly files: ReadonlySet<string>
  /** Whether any swap area is in use (proc_swaps(5)). */
  readonly swapAreas: boolean
  /** v1: whether limits of a group hold for the groups below it. False only before Linux 5.11. */
  readonly hierarchical: boolean
}
