import type { Namespaces } from '@execd/core/driver'
import { type IdMapping, type IdRange, isGranted, ownIdAndRanges, SUBID_HINT } from '@execd/linux/rootless'
import type { HostFacts } from '../host/facts.js'

/** How the user namespace of a container is set up. */
export interface UserNamespace {
  readonly uid: readonly IdMapping[]
  readonly gid: readonly IdMapping[]
  /** "helpers": newuidmap(1) and newgidmap(1) write the maps; "monitor": the init helper does. */
  readonly writer: 'monitor' | 'helpers'
  /** Whether setgroups(2) must be denied: an ordinary user who maps the own group (user_namespaces(7)). */
  readonly denySetgroups: boolean
}

/** Why the wanted user namespace cannot be had. */
export interface IdMapRefusal {
  readonly field: string
  readonly reason: string
  readonly hint: string
}

/** What the decision reads of a command. */
export interface IdMapRequest {
  readonly namespaces: Pick<Namespaces, 'user' | 'uidMappings' | 'gidMappings'>
  /** Numeric user and group that the first process asks for; null when by name or not at all. */
  readonly uid: number | null
  readonly gid: number | null
  /** Whether one id inside is all that the command can make use of. */
  readonly oneIdIsEnough: boolean
}

function remappedRoot(ranges: readonly IdRange[]): IdMapping[] {
  let next = 0
  return ranges.map((range) => {
    const mapping = { containerID: next, hostID: range.start, size: range.count }
    next += range.count
    return mapping
  })
}

/**
 * Decides about the user namespace: null for none. Pure.
 *
 * Root gets none unless asked for; then the ranges of /etc/subuid and /etc/subgid where both grant some, else spare ids, which the kernel lets root map. An ordinary user always needs one: with the ranges of /etc/subuid and /etc/subgid where they and
 * newuidmap(1) exist and more than one id is of use, else with the one own id, seen inside as the id that the process asks for.
 */
export function decideUserNamespace(
  request: IdMapRequest,
  host: HostFacts,
): UserNamespace | IdMapRefusal | null {
  const { user, uidMappings, gidMappings } = request.namespaces
  const given = uidMappings.length > 0
  if (host.privileged) {
    if (user === 'host' || (user === 'auto' && !given)) return null
    if (given) return { uid: uidMappings, gid: gidMappings, writer: 'monitor', denySetgroups: false }
    const own = host.subuids.length > 0 && host.subgids.length > 0
    const spare = host.spareIds === null ? [] : [host.spareIds]
    const uids = own ? host.subuids : spare
    if (uids.length === 0) {
      return {
        field: 'namespaces.user',
        reason:
          'a private user namespace was asked for without id mappings, /etc/subuid and /etc/subgid grant none, and there are no spare ids',
        hint: `give \`namespaces.uidMappings\` and \`gidMappings\`, or ${SUBID_HINT.replaceAll('USER', 'root')}`,
      }
    }
    return {
      uid: remappedRoot(uids),
      gid: remappedRoot(own ? host.subgids : spare),
      writer: 'monitor',
      denySetgroups: false,
    }
  }
  if (user === 'host') {
    return {
      field: 'namespaces.user',
      reason: "an ordinary user cannot make a container in the host's user namespace",
      hint: 'leave `namespaces.user` out, or run as root',
    }
  }
  const ranges = host.idMapTools && host.subuids.length > 0 && host.subgids.length > 0
  if (given) {
    const own = (maps: readonly IdMapping[], id: number) =>
      maps.length === 1 && maps[0]?.size === 1 && maps[0].hostID === id
    if (own(uidMappings, host.euid) && own(gidMappings, host.egid)) {
      return { uid: uidMappings, gid: gidMappings, writer: 'monitor', denySetgroups: true }
    }
    const allowed =
      ranges &&
      uidMappings.every((mapping) => isGranted(mapping, host.euid, host.subuids)) &&
      gidMappings.every((mapping) => isGranted(mapping, host.egid, host.subgids))
    if (allowed) return { uid: uidMappings, gid: gidMappings, writer: 'helpers', denySetgroups: false }
    return {
      field: 'namespaces.uidMappings',
      reason:
        'these ids are not the own ones, and /etc/subuid and /etc/subgid do not grant them (or newuidmap is not installed)',
      hint: `install newuidmap and newgidmap (package uidmap) and ${SUBID_HINT}`,
    }
  }
  if (ranges && !request.oneIdIsEnough) {
    return {
      uid: ownIdAndRanges(host.euid, host.subuids),
      gid: ownIdAndRanges(host.egid, host.subgids),
      writer: 'helpers',
      denySetgroups: false,
    }
  }
  return {
    uid: [{ containerID: request.uid ?? 0, hostID: host.euid, size: 1 }],
    gid: [{ containerID: request.gid ?? request.uid ?? 0, hostID: host.egid, size: 1 }],
    writer: 'monitor',
    denySetgroups: true,
  }
}

/** The text that uid_map and gid_map take: user_namespaces(7). */
export function mapText(maps: readonly IdMapping[]): string {
  return maps.map((map) => `${map.containerID} ${map.hostID} ${map.size}\n`).join('')
}
