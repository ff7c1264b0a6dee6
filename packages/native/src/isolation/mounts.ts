import { type Command, type Mount, type MountOptions, parseMountOptions } from '@execd/core/driver'
import type { HostFacts } from '../host/facts.js'
import {
  AT_RECURSIVE,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_STRICTATIME,
  MS_PRIVATE,
  MS_SHARED,
  MS_SLAVE,
  OPEN_TREE_CLONE,
} from '../linux/constants.js'
import { step } from '../plan/steps.js'
import type { About, PlanBuilder } from './builder.js'

const NOSUID_NODEV_NOEXEC = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC

export interface MountContext {
  readonly host: Pick<HostFacts, 'shm' | 'mqueue'>
  readonly userNamespace: boolean
  /** Whether group 5 (tty) exists inside. */
  readonly ttyGroup: boolean
}

export interface CgroupMountContext {
  /** /sys is the host's and shows its cgroups already. */
  readonly hostSys: boolean
  readonly hostHasCgroups: boolean
  /** Folders of the container's own cgroups on the host, by the name they get in /sys/fs/cgroup; "" for the one tree of v2. */
  readonly cgroups: ReadonlyArray<readonly [name: string, hostPath: string]>
}

const about = (path: string): About => ({
  code: 'EXECD_MOUNT',
  action: `mount ${path}`,
  hint: 'it must be a directory of the root file system itself, not a symbolic link',
})

function addFilesystem(
  builder: PlanBuilder,
  target: string,
  type: string,
  attrs: number,
  options: ReadonlyArray<readonly [string, string]> = [],
): number {
  const slot = builder.filesystem(about(target), type, attrs, options)
  builder.add(about(target), step.mount({ slot, create: true, nofollow: true, target }))
  return slot
}

function addBind(builder: PlanBuilder, source: string, target: string, set: number): void {
  const slot = builder.slot()
  builder.add(
    about(target),
    step.openTree({ slot, flags: OPEN_TREE_CLONE | AT_RECURSIVE, path: source }),
    step.setAttr({ slot, set, propagation: MS_PRIVATE, recursive: true }),
    step.mount({ slot, create: true, nofollow: true, target }),
  )
  builder.free(slot)
}

/** The mounts that every container has, in order. Returns the slots of /dev and /dev/pts. */
export function addStandardMounts(
  builder: PlanBuilder,
  command: Command,
  context: MountContext,
): { dev: number; pts: number } {
  addFilesystem(builder, '/proc', 'proc', NOSUID_NODEV_NOEXEC)
  const dev = addFilesystem(builder, '/dev', 'tmpfs', MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME, [
    ['mode', '0755'],
    ['size', '65536k'],
  ])
  // a new devpts each time since Linux 4.7; ptmxmode for everybody, the slaves for their owner and group tty
  const ptsOptions: Array<readonly [string, string]> = [
    ['newinstance', ''],
    ['ptmxmode', '0666'],
    ['mode', '0620'],
  ]
  if (context.ttyGroup) ptsOptions.push(['gid', '5'])
  const pts = addFilesystem(builder, '/dev/pts', 'devpts', MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, ptsOptions)
  if (command.namespaces.ipc === 'host') {
    if (context.host.shm) addBind(builder, '/dev/shm', '/dev/shm', NOSUID_NODEV_NOEXEC)
    if (context.host.mqueue) addBind(builder, '/dev/mqueue', '/dev/mqueue', NOSUID_NODEV_NOEXEC)
  } else {
    addFilesystem(builder, '/dev/shm', 'tmpfs', NOSUID_NODEV_NOEXEC, [
      ['mode', '1777'],
      ['size', '65536k'],
    ])
    addFilesystem(builder, '/dev/mqueue', 'mqueue', NOSUID_NODEV_NOEXEC)
  }
  addSys(builder, command, context)
  return { dev, pts }
}

function sysAttributes(command: Command): number {
  return NOSUID_NODEV_NOEXEC | (command.process.privileged ? 0 : MOUNT_ATTR_RDONLY)
}

/** sysfs shows a network namespace, and may be mounted only by the user namespace that owns that: else the host's is bound, cgroups and all. */
export function bindsHostSys(command: Command, userNamespace: boolean): boolean {
  return userNamespace && command.network.mode !== 'none' && command.network.mode !== 'bridge'
}

function addSys(builder: PlanBuilder, command: Command, context: MountContext): void {
  const attrs = sysAttributes(command)
  if (bindsHostSys(command, context.userNamespace)) {
    addBind(builder, '/sys', '/sys', attrs)
    return
  }
  addFilesystem(builder, '/sys', 'sysfs', attrs)
}

/** /sys/fs/cgroup: the container's own groups only, or the host's view where it shares that. The groups must exist. */
export function addCgroupMounts(builder: PlanBuilder, command: Command, context: CgroupMountContext): void {
  if (context.hostSys) return
  const attrs = sysAttributes(command)
  if (command.namespaces.cgroup === 'host') {
    if (context.hostHasCgroups) addBind(builder, '/sys/fs/cgroup', '/sys/fs/cgroup', attrs)
    return
  }
  const [first] = context.cgroups
  if (first === undefined) return
  if (first[0] === '') {
    addCgroupBind(builder, first[1], '/sys/fs/cgroup', attrs)
    return
  }
  const slot = addFilesystem(builder, '/sys/fs/cgroup', 'tmpfs', NOSUID_NODEV_NOEXEC, [['mode', '0755']])
  for (const [name, hostPath] of context.cgroups)
    addCgroupBind(builder, hostPath, `/sys/fs/cgroup/${name}`, attrs)
  if (!command.process.privileged)
    builder.add(about('/sys/fs/cgroup'), step.setAttr({ slot, set: MOUNT_ATTR_RDONLY }))
}

/** Only the container's own folder of the hierarchy, so that no other is in sight. */
function addCgroupBind(builder: PlanBuilder, hostPath: string, target: string, set: number): void {
  const slot = builder.slot()
  builder.add(
    about(target),
    step.openTree({ slot, flags: OPEN_TREE_CLONE, path: hostPath }),
    step.setAttr({ slot, set, propagation: MS_PRIVATE }),
    step.mount({ slot, create: true, nofollow: true, target }),
  )
  builder.free(slot)
}

const PROPAGATION = { private: MS_PRIVATE, shared: MS_SHARED, slave: MS_SLAVE } as const

/** The attributes that the words of a mount set; what is not asked for stays as the source has it, since it may be locked. */
export function mountAttributes(options: MountOptions): { set: number; clear: number } {
  let set = 0
  if (options.readonly) set |= MOUNT_ATTR_RDONLY
  if (options.nosuid) set |= MOUNT_ATTR_NOSUID
  if (options.nodev) set |= MOUNT_ATTR_NODEV
  if (options.noexec) set |= MOUNT_ATTR_NOEXEC
  if (options.nodiratime) set |= MOUNT_ATTR_NODIRATIME
  if (options.nosymfollow) set |= MOUNT_ATTR_NOSYMFOLLOW
  if (options.atime === 'noatime') set |= MOUNT_ATTR_NOATIME
  if (options.atime === 'strictatime') set |= MOUNT_ATTR_STRICTATIME
  return { set, clear: options.atime === 'relatime' ? 0 : MOUNT_ATTR__ATIME }
}

type Bind = Extract<Mount, { type: 'bind' }>

function addBindSource(builder: PlanBuilder, mount: Bind, index: number): number {
  const slot = builder.slot(`mounts[${index}]`)
  const { recursive } = parseMountOptions(mount.type, mount.options).options
  const about: About = {
    code: 'EXECD_MOUNT',
    field: `mounts[${index}]`,
    action: `bind ${mount.source}`,
    hint: 'the source must exist on the host and be readable by this user',
  }
  builder.add(
    about,
    step.openTree({ slot, flags: OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0), path: mount.source }),
  )
  return slot
}

/**
 * Clones the sources of binds that share with the host, which must happen before the mount namespace is cut off: a clone of what has become a slave
 * could no longer reach the host. Returns their slots by the index of the mount.
 */
export function addSharedSources(builder: PlanBuilder, mounts: readonly Mount[]): Map<number, number> {
  const slots = new Map<number, number>()
  for (const [index, mount] of mounts.entries()) {
    if (mount.type !== 'bind') continue
    const { propagation, idmap } = parseMountOptions(mount.type, mount.options).options
    if (propagation.endsWith('shared') && idmap === 'none')
      slots.set(index, addBindSource(builder, mount, index))
  }
  return slots
}

/** The mounts of the command, in its order. `cloned`: slots of the sources that are cloned already. */
export function addUserMounts(
  builder: PlanBuilder,
  mounts: readonly Mount[],
  cloned: ReadonlyMap<number, number>,
): void {
  for (const [index, mount] of mounts.entries()) {
    const { options } = parseMountOptions(mount.type, mount.options)
    const { set, clear } = mountAttributes(options)
    const about: About = {
      code: 'EXECD_MOUNT',
      field: `mounts[${index}]`,
      action: `mount ${mount.destination}`,
      hint: 'the destination must not lead through a symbolic link that points nowhere inside the root file system',
    }
    let slot: number
    if (mount.type === 'bind') {
      slot = cloned.get(index) ?? addBindSource(builder, mount, index)
      const { recursive, propagation } = options
      const kind = propagation.replace(/^r/, '') as keyof typeof PROPAGATION
      const all = recursive && propagation.startsWith('r')
      // one step for both where they go equally deep: with hundreds of binds the steps are counted
      const together = all === recursive
      const some = set !== 0 || clear !== 0
      if (some && !together) builder.add(about, step.setAttr({ slot, set, clear, recursive }))
      const attributes = some && together ? { set, clear } : {}
      builder.add(
        about,
        step.setAttr({ slot, ...attributes, propagation: PROPAGATION[kind], recursive: all }),
      )
    } else {
      slot = builder.filesystem(about, 'tmpfs', set, options.data)
    }
    builder.add(about, step.mount({ slot, create: true, target: mount.destination }))
    builder.free(slot)
  }
}
