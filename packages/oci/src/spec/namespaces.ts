import type { Command } from '@execd/core/driver'
import { ociError, unsupported } from '../errors.js'
import type { OciIdMapping, OciNamespace } from './oci-types.js'

/** Namespace files of the containers that a command shares with, by kind. */
export type SharedPaths = Readonly<Partial<Record<'pid' | 'ipc' | 'uts' | 'network', string>>>

/** Maps of a user namespace. */
export interface IdMaps {
  readonly uid: readonly OciIdMapping[]
  readonly gid: readonly OciIdMapping[]
}

function shared(kind: keyof SharedPaths, paths: SharedPaths, field: string): OciNamespace {
  const path = paths[kind]
  if (path !== undefined) return { type: kind, path }
  throw ociError('EXECD_NAMESPACE', `the namespace file of the other container is not known: ${field}`, {
    hint: 'give it as the option `shared`',
    details: { path: field },
  })
}

function network({ network: { mode, path } }: Command, paths: SharedPaths): OciNamespace[] {
  switch (mode) {
    case 'none':
      return [{ type: 'network' }]
    case 'host':
      return []
    case 'path':
      return [{ type: 'network', path: path ?? '' }]
    case 'container':
      return [shared('network', paths, 'network.container')]
    default:
      throw unsupported(
        'network.mode',
        'an OCI runtime makes no network interfaces',
        'make a network namespace with `ip netns add`, fill it, and use the mode "path"',
      )
  }
}

/** The namespaces: new ones, those of others, and none where the host's is kept. */
export function toOciNamespaces(command: Command, paths: SharedPaths, user: boolean): OciNamespace[] {
  const { namespaces } = command
  const own = (['pid', 'ipc', 'uts'] as const).flatMap((kind): OciNamespace[] => {
    const choice = namespaces[kind]
    if (choice === 'private') return [{ type: kind }]
    if (choice === 'host') return []
    return 'path' in choice
      ? [{ type: kind, path: choice.path }]
      : [shared(kind, paths, `namespaces.${kind}`)]
  })
  return [
    { type: 'mount' },
    ...(user ? [{ type: 'user' } as const] : []),
    ...own,
    ...network(command, paths),
    ...(namespaces.cgroup === 'private' ? [{ type: 'cgroup' } as const] : []),
  ]
}

/** The maps that the command gives; null for no user namespace. Throws EXECD_UNSUPPORTED for one whose maps are left to choose. */
export function givenIdMaps({ namespaces }: Command): IdMaps | null {
  const { user, uidMappings, gidMappings } = namespaces
  if (uidMappings.length > 0) return { uid: uidMappings, gid: gidMappings }
  if (user !== 'private') return null
  throw unsupported(
    'namespaces.user',
    'no id mappings were given, and which ids are free is not known here',
    'give `uidMappings` and `gidMappings`',
  )
}

function toHost(maps: readonly OciIdMapping[] | undefined, id: number): number {
  const found = maps?.find((map) => id >= map.containerID && id < map.containerID + map.size)
  return found === undefined ? id : found.hostID + id - found.containerID
}

/** Id on the host of a user inside. */
export function hostUser(maps: IdMaps | null, uid: number): number {
  return toHost(maps?.uid, uid)
}

/** Id on the host of a group inside. */
export function hostGroup(maps: IdMaps | null, gid: number): number {
  return toHost(maps?.gid, gid)
}

/** Whether a group inside has an id on the host. */
export function isGroupMapped(maps: IdMaps | null, gid: number): boolean {
  return maps === null || maps.gid.some((map) => gid >= map.containerID && gid < map.containerID + map.size)
}
