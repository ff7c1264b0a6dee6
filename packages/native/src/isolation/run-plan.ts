import type { Command } from '@execd/core/driver'
import type { DeviceNode } from '@execd/linux/devices'
import { isMapped } from '@execd/linux/rootless'
import type { ContainerGroups } from '../cgroup/container-groups.js'
import type { HostFacts } from '../host/facts.js'
import { CLONE_NEWCGROUP, CLONE_NEWNET, MS_REC, MS_SLAVE } from '../linux/constants.js'
import { configureLink, makeLink, removeLink } from '../network/link-steps.js'
import type { Link } from '../network/links.js'
import { step } from '../plan/steps.js'
import { type About, type Plan, PlanBuilder } from './builder.js'
import { type CgroupPart, cgroupFolders, groupsFirst, groupsMeanwhile } from './cgroup-part.js'
import { availableCapabilities, devicesUnguarded } from './device-guard.js'
import { addDevices } from './devices.js'
import { mapText, type UserNamespace } from './id-map.js'
import { addMappedSources } from './id-mapped.js'
import {
  addCgroupMounts,
  addSharedSources,
  addStandardMounts,
  addUserMounts,
  bindsHostSys,
} from './mounts.js'
import { addSharedNamespaces, cloneFlags, type FindPeer } from './namespaces.js'
import { addBounds, addProcess, type Filter, type ProcessContext } from './process.js'
import { addNodev, addReadonlyRoot, addRoot } from './root.js'
import type { UserChoice } from './user.js'

const TTY_GROUP = 5
const DEFAULT_ROWS = 24
const DEFAULT_COLUMNS = 80

export interface RunPlanInput {
  readonly command: Command
  readonly host: HostFacts
  readonly user: UserChoice
  readonly userNamespace: UserNamespace | null
  /** The steps of the container's cgroup, which use the first slots; null without one. */
  readonly cgroup: ContainerGroups | null
  readonly seccomp: Filter | null
  readonly devices: readonly DeviceNode[]
  /** Pairs of network devices to be made, for network mode "bridge". */
  readonly links: readonly Link[]
  readonly ownedStdio: readonly [boolean, boolean, boolean]
  readonly findPeer: FindPeer
  /** The monitor waits for a word from Node once the namespaces exist. */
  readonly sync: boolean
}

/** The namespace of the command that names a container which does not run. */
export class UnknownPeer extends Error {
  readonly field: string
  constructor(field: string) {
    super(`no such container: ${field}`)
    this.field = field
  }
}

const CGROUP: About = { code: 'EXECD_CGROUP', field: 'resources', action: 'set up the cgroup' }

/** The plan for the first process of a container. Pure. Throws UnknownPeer. */
export function buildRunPlan(input: RunPlanInput): Plan {
  const { command, host, userNamespace, cgroup } = input
  const builder = new PlanBuilder(cgroup?.nextSlot ?? 0, command.mountLabel)
  const inUserNamespace = userNamespace !== null
  const meanwhile = cgroup !== null && cgroup.paths.version === 1 && !inUserNamespace && !input.sync
  const groups = meanwhile ? groupsMeanwhile(cgroup) : groupsFirst(cgroup)
  const flags = cloneFlags(command, inUserNamespace)
  // a network namespace takes the kernel longest to make: the child makes it while the monitor makes the groups, unless those make links into it
  const later = meanwhile && input.links.length === 0 ? flags & CLONE_NEWNET : 0

  builder.add(CGROUP, ...groups.host)
  const unknown = addSharedNamespaces(builder, command, input.findPeer)
  if (unknown !== null) throw new UnknownPeer(unknown)
  const mapped = addMappedSources(builder, command, userNamespace)
  const namespaces: About = {
    code: 'EXECD_NAMESPACE',
    field: 'namespaces',
    action: 'make the namespaces',
    hint: namespaceHint(host),
  }
  builder.add(
    namespaces,
    step.clone({ flags: flags & ~later, sync: input.sync, cgroupSlot: cgroup?.cgroupSlot ?? -1 }),
  )
  builder.add(CGROUP, ...groups.parent, ...(cgroup?.watch ?? []))
  addParentSteps(builder, command, userNamespace)
  for (const [about, one] of input.links.flatMap(makeLink)) builder.add(about, one)

  if (later !== 0) builder.add(namespaces, step.unshare({ flags: later }))
  if (!meanwhile) addJoin(builder, command, groups)
  addFirstIds(builder, userNamespace)
  const shared = addSharedSources(builder, command.mounts)
  builder.add(
    { code: 'EXECD_MOUNT', action: 'cut the mounts off from the host' },
    step.propagate({ flags: MS_REC | MS_SLAVE }),
  )
  const rootSlot = addRoot(builder, command, host, { userNamespace: inUserNamespace, mapped: mapped.root })
  const unguarded = devicesUnguarded(cgroup?.paths ?? null, command.process, inUserNamespace)
  if (unguarded) addNodev(builder, rootSlot)
  const ttyGroup = userNamespace === null || isMapped(userNamespace.gid, TTY_GROUP)
  const { dev, pts } = addStandardMounts(builder, command, { host, userNamespace: inUserNamespace, ttyGroup })
  addDevices(builder, command, input.devices, { dev, userNamespace: inUserNamespace })
  if (meanwhile) addJoin(builder, command, groups)
  addCgroupMounts(builder, command, {
    hostSys: bindsHostSys(command, inUserNamespace),
    hostHasCgroups: host.cgroup,
    cgroups: cgroup === null ? [] : cgroupFolders(cgroup.paths),
  })
  addUserMounts(builder, command.mounts, new Map([...shared, ...mapped.mounts]))
  if (command.process.terminal) addTerminal(builder, command, pts, userNamespace)
  addIdentity(builder, command)
  for (const [about, one] of input.links.flatMap(configureLink)) builder.add(about, one)
  addPathRules(builder, command, host)
  addReadonlyRoot(builder, command.rootfs, rootSlot)
  builder.add({ code: 'EXECD_ROOTFS', field: 'rootfs', action: 'enter the root file system' }, step.pivot())
  const process: ProcessContext = {
    user: input.user,
    denySetgroups: userNamespace?.denySetgroups ?? false,
    ownedStdio: input.ownedStdio,
    seccomp: input.seccomp,
    available: inUserNamespace ? null : availableCapabilities(host.capabilities, unguarded),
    init: command.init ? 'first' : null,
  }
  addBounds(builder, command.process, process)
  builder.addRest(() => {
    addHostname(builder, command)
    addProcess(builder, command.process, process)
  })
  builder.add(null, ...(cgroup?.report ?? []))
  builder.add(null, ...(cgroup?.cleanup ?? []))
  builder.add(null, ...input.links.map(removeLink))
  return builder.build(cgroup?.writes ?? [])
}

/** Into the cgroups, and only then into a cgroup namespace: its root is the group that the process is in at that moment. */
function addJoin(builder: PlanBuilder, command: Command, groups: CgroupPart): void {
  builder.add(CGROUP, ...groups.join)
  if (command.namespaces.cgroup !== 'private') return
  builder.add(
    { code: 'EXECD_NAMESPACE', field: 'namespaces.cgroup', action: 'make the cgroup namespace' },
    step.unshare({ flags: CLONE_NEWCGROUP }),
  )
}

function addFirstIds(builder: PlanBuilder, userNamespace: UserNamespace | null): void {
  const ids = firstIds(userNamespace)
  if (ids === null) return
  const about: About = {
    code: 'EXECD_NAMESPACE',
    field: 'namespaces.uidMappings',
    action: 'become the root of the user namespace',
  }
  builder.add(about, step.setIds(ids))
}

function addPathRules(builder: PlanBuilder, command: Command, host: HostFacts): void {
  const { readonlyPaths } = command
  const masked = maskedPaths(command, host)
  if (masked.length > 0) {
    builder.add(
      { code: 'EXECD_MOUNT', field: 'maskedPaths', action: 'mask a path' },
      step.mask({ paths: masked }),
    )
  }
  if (readonlyPaths.length > 0) {
    const about: About = { code: 'EXECD_MOUNT', field: 'readonlyPaths', action: 'make a path read-only' }
    builder.add(about, step.readonly({ paths: readonlyPaths }))
  }
}

function namespaceHint(host: HostFacts): string {
  return host.privileged
    ? 'the kernel or an outer sandbox forbids new namespaces'
    : 'user namespaces must be allowed for ordinary users: sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces above 0, and on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile for node'
}

function addParentSteps(builder: PlanBuilder, command: Command, userNamespace: UserNamespace | null): void {
  if (userNamespace?.writer === 'monitor') {
    const about: About = {
      code: 'EXECD_NAMESPACE',
      field: 'namespaces.uidMappings',
      action: 'write the id maps',
    }
    if (userNamespace.denySetgroups) builder.add(about, step.writeChild({ file: 'setgroups', data: 'deny' }))
    builder.add(
      about,
      step.writeChild({ file: 'uid_map', data: mapText(userNamespace.uid) }),
      step.writeChild({ file: 'gid_map', data: mapText(userNamespace.gid) }),
    )
  }
  if (command.process.oomScoreAdj !== null) {
    builder.add(
      {
        code: 'EXECD_LIMIT',
        field: 'process.oomScoreAdj',
        action: 'set oom_score_adj',
        hint: 'a value below the own one needs CAP_SYS_RESOURCE (proc(5))',
      },
      step.writeChild({ file: 'oom_score_adj', data: String(command.process.oomScoreAdj) }),
    )
  }
}

/** Whom the child becomes while it sets up: the ids that own what it makes. One mapped id is its own already. */
export function firstIds(userNamespace: UserNamespace | null): { uid: number; gid: number } | null {
  return userNamespace === null || userNamespace.denySetgroups ? null : lowestIds(userNamespace)
}

/** Who is to own what is root's in a container: root, or the one id that is mapped. */
export function lowestIds(userNamespace: UserNamespace | null): { uid: number; gid: number } {
  const first = (maps: UserNamespace['uid']): number => (isMapped(maps, 0) ? 0 : (maps[0]?.containerID ?? 0))
  return userNamespace === null
    ? { uid: 0, gid: 0 }
    : { uid: first(userNamespace.uid), gid: first(userNamespace.gid) }
}

/** Host ids of whom the child is while it sets up, when this process could give its pipes to them; else null. */
export function pipeOwner(
  userNamespace: UserNamespace | null,
  host: HostFacts,
): { uid: number; gid: number } | null {
  const ids = firstIds(userNamespace)
  if (ids === null || userNamespace === null || !host.privileged) return null
  const outside = (maps: UserNamespace['uid'], id: number): number =>
    maps.find((map) => map.containerID === id)?.hostID ?? 0
  return { uid: outside(userNamespace.uid, ids.uid), gid: outside(userNamespace.gid, ids.gid) }
}

function addTerminal(
  builder: PlanBuilder,
  command: Command,
  pts: number,
  userNamespace: UserNamespace | null,
): void {
  const about: About = { code: 'EXECD_START_FAILED', field: 'process.terminal', action: 'make the terminal' }
  const { height = DEFAULT_ROWS, width = DEFAULT_COLUMNS } = command.process.consoleSize ?? {}
  builder.add(
    about,
    step.pty({ slot: pts, rows: height, columns: width, ...lowestIds(userNamespace) }),
    step.console({ path: '/dev/console' }),
  )
}

function addIdentity(builder: PlanBuilder, command: Command): void {
  const ownNetwork = command.network.mode === 'none' || command.network.mode === 'bridge'
  if (ownNetwork)
    builder.add({ code: 'EXECD_NETWORK', field: 'network', action: 'bring up lo' }, step.loopback())
  if (command.namespaces.uts === 'private' && command.domainname !== null)
    builder.add({ ...HOSTNAME, field: 'domainname' }, step.domainname({ value: command.domainname }))
  for (const [key, value] of Object.entries(command.sysctl)) {
    const about: About = {
      code: 'EXECD_SYSCTL',
      field: `sysctl.${key}`,
      action: `set ${key}`,
      hint: 'the kernel must know the key in this namespace and take the value',
    }
    builder.add(about, step.sysctl({ key: key.replaceAll('.', '/'), value }))
  }
}

const HOSTNAME: About = { code: 'EXECD_START_FAILED', field: 'hostname', action: 'set the host name' }

/** Of the container's name, so it is not known before the command is. */
function addHostname(builder: PlanBuilder, command: Command): void {
  if (command.namespaces.uts !== 'private') return
  builder.add(HOSTNAME, step.hostname({ value: command.hostname ?? command.id.slice(0, 64) }))
}

/** The thermal counters of each processor tell of its load (moby GHSA-6fw5-f8r9-fgfm); they belong to masked /sys paths. */
function maskedPaths(command: Command, host: HostFacts): string[] {
  if (!command.maskedPaths.includes('/sys/devices/virtual/powercap')) return [...command.maskedPaths]
  const counters = Array.from(
    { length: host.possibleCpus },
    (_, cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`,
  )
  return [...command.maskedPaths, ...counters]
}
