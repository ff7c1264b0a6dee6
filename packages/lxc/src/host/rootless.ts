import type { Command, ProbeCheck, Support } from '@execd/core/driver'
import type { CgroupLayout } from '@execd/linux/cgroup'
import { type IdMapping, isGranted, ownIdAndRanges, SUBID_HINT } from '@execd/linux/rootless'
import { unsupported } from '../errors.js'
import type { OrdinaryUser } from './user.js'

/** Needed of an ordinary user's cgroups: by this one containers are frozen, and the others only count or limit. */
const NEEDED = 'freezer'

function named(hint: string, { name, uid }: OrdinaryUser): string {
  return hint.replaceAll('USER', name || String(uid))
}

function idRanges(user: OrdinaryUser): ProbeCheck {
  const base = { name: 'id-ranges', required: true }
  if (!user.idMapTools)
    return {
      ...base,
      status: 'missing',
      reason: 'newuidmap and newgidmap, by which LXC maps ids for an ordinary user, are not installed',
      hint: 'as root: apt-get install uidmap (Debian, Ubuntu), dnf install shadow-utils (Fedora), apk add shadow-subids (Alpine)',
    }
  const [file] = [
    ...(user.subuids.length === 0 ? ['/etc/subuid'] : []),
    ...(user.subgids.length === 0 ? ['/etc/subgid'] : []),
  ]
  return file === undefined
    ? {
        ...base,
        status: 'ok',
        reason: '/etc/subuid and /etc/subgid grant ranges, and newuidmap is installed',
      }
    : {
        ...base,
        status: 'missing',
        reason: `${file} grants this user no ids`,
        hint: named(`as root: ${SUBID_HINT}`, user),
      }
}

function userNamespaces({ forbidden }: OrdinaryUser): ProbeCheck {
  const base = { name: 'user-namespaces', required: true }
  return forbidden === null
    ? { ...base, status: 'ok', reason: 'no setting forbids them' }
    : {
        ...base,
        status: 'missing',
        reason: `ordinary users may make no user namespaces: ${forbidden.replace(/=.*/, '')} is 0`,
        hint: `as root: sysctl -w ${forbidden}`,
      }
}

/** The remedy where cgroups are of version 1, as commands of a shell. */
function delegation(user: OrdinaryUser): string {
  const owner = user.name || String(user.uid)
  return (
    `as root, with PID of this process, in each folder C of /sys/fs/cgroup: mkdir C/execd-${owner}; ` +
    `chown -R ${owner} C/execd-${owner}; echo PID >C/execd-${owner}/cgroup.procs (in cpuset write cpuset.cpus and cpuset.mems first)`
  )
}

/** `layout`: what is left of it for this user. */
function delegated(user: OrdinaryUser, layout: CgroupLayout): ProbeCheck {
  const base = { name: 'delegated-cgroups', required: true }
  if (layout.version === null)
    return {
      ...base,
      status: 'missing',
      reason: 'cgroups are not mounted',
      hint: 'as root: mount -t cgroup2 cgroup2 /sys/fs/cgroup',
    }
  if (layout.version === 2)
    return {
      ...base,
      status: 'missing',
      reason:
        'LXC makes its groups below the one it is started in, which this process is in too, and on cgroup v2 a group with processes passes no controllers on',
      hint: 'run as root, or use the native driver, which runs containers as an ordinary user here',
    }
  const controllers = layout.hierarchies.flatMap((hierarchy) => hierarchy.controllers)
  if (controllers.includes(NEEDED))
    return { ...base, status: 'ok', reason: `this user may make groups for: ${controllers.join(', ')}` }
  return {
    ...base,
    status: 'missing',
    reason: `this user may make no groups below the one of this process in the hierarchy of ${NEEDED}`,
    hint: delegation(user),
  }
}

/** What an ordinary user's containers need of the host, each with what is missing and the remedy. Pure. */
export function rootlessChecks(user: OrdinaryUser, layout: CgroupLayout): ProbeCheck[] {
  return [userNamespaces(user), idRanges(user), delegated(user, layout)]
}

const ROOT_ONLY = 'run as root'
const NO_DEVICES: Support = {
  reason:
    'an ordinary user cannot make device nodes or give access to devices (mknod(2) in a user namespace)',
  hint: ROOT_ONLY,
}
/** LXC drops all groups of a container with id maps, and sets none (start.c, do_start). */
export const NO_GROUPS = {
  reason: 'LXC gives no supplementary groups to a process in a user namespace',
  hint: 'give the user by number, which has none',
}
/** Of a container with id maps. */
export const NO_HOST_ROOT = {
  reason:
    "the mounts of the host are locked in a user namespace, where mount(8), which LXC's hooks have, makes no whole tree read-only",
  hint: 'run as root and without id maps, prepare a folder or layers, or use the native driver',
}
const FOREIGN: Support = {
  reason: 'the namespace belongs to another user namespace, which an ordinary user cannot join',
  hint: ROOT_ONLY,
}
const NO_INTERFACES: Support = {
  reason: 'LXC makes interfaces for an ordinary user by lxc-user-nic, which this driver does not drive',
  hint: 'run as root, or use the network "none" or "host"',
}

/** What is refused to an ordinary user, by field. */
export const ROOTLESS_REFUSALS: Readonly<Record<string, Support>> = {
  'devices.allowed': NO_DEVICES,
  'devices.created': NO_DEVICES,
  'rootfs.type=host': NO_HOST_ROOT,
  'process.additionalGroups': NO_GROUPS,
  domainname: { reason: 'kernel.domainname may be written by root only', hint: ROOT_ONLY },
  'namespaces.user=host': {
    reason: "an ordinary user cannot make a container in the host's user namespace",
    hint: 'leave it out',
  },
  'namespaces.pid=host': {
    reason: 'procfs shows a pid namespace, and may be mounted only by the user namespace that owns that',
    hint: ROOT_ONLY,
  },
  'network.mode=bridge': NO_INTERFACES,
  'network.interfaces': NO_INTERFACES,
  'network.mode=path': FOREIGN,
  'network.mode=container': FOREIGN,
  ...Object.fromEntries(
    (['pid', 'ipc', 'uts'] as const).flatMap((name) =>
      ['container', 'path'].map((value) => [`namespaces.${name}=${value}`, FOREIGN]),
    ),
  ),
}

/**
 * The command with the id maps that an ordinary user's container has: root inside is the user, the other ids are those of subuid(5), unless the command says otherwise.
 * Pure.
 *
 * @throws ExecdError EXECD_UNSUPPORTED for maps that are not granted.
 */
export function withIdMaps(command: Command, user: OrdinaryUser): Command {
  const { namespaces } = command
  if (namespaces.uidMappings.length === 0) {
    const uidMappings = ownIdAndRanges(user.uid, user.subuids)
    const gidMappings = ownIdAndRanges(user.gid, user.subgids)
    return { ...command, namespaces: { ...namespaces, uidMappings, gidMappings } }
  }
  const granted = (maps: readonly IdMapping[], own: number, ranges: OrdinaryUser['subuids']): boolean =>
    maps.every((map) => isGranted(map, own, ranges))
  if (
    granted(namespaces.uidMappings, user.uid, user.subuids) &&
    granted(namespaces.gidMappings, user.gid, user.subgids)
  )
    return command
  throw unsupported(
    'namespaces.uidMappings',
    'these ids are not the own ones, and /etc/subuid and /etc/subgid do not grant them',
    named(SUBID_HINT, user),
  )
}
