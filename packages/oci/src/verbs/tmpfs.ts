import { type Command, parseMountOptions } from '@execd/core/driver'
import type { KeeperMount } from '../keeper/plan.js'
import type { RuntimeKind } from '../runtime/version.js'
import { hostGroup, hostUser, type IdMaps } from '../spec/namespaces.js'

type TmpfsMount = Extract<Command['mounts'][number], { type: 'tmpfs' }>

/** Options of a tmpfs that is made outside of the container's user namespace. */
function data(mount: TmpfsMount, maps: IdMaps | null): string {
  const given = new Map(parseMountOptions('tmpfs', mount.options).options.data)
  if (maps !== null) {
    given.set('uid', String(hostUser(maps, Number(given.get('uid') ?? 0))))
    given.set('gid', String(hostGroup(maps, Number(given.get('gid') ?? 0))))
  }
  return [...given].map(([key, value]) => `${key}=${value}`).join(',')
}

/**
 * runc gives a tmpfs the mode of the folder that it covers, whatever `mode=` says. There the keeper mounts it, and the container gets a bind of that. Gives the
 * mounts to make and the command as it is then; nothing to make for other runtimes.
 */
export function plantTmpfs(
  kind: RuntimeKind,
  command: Command,
  dir: string,
  maps: IdMaps | null,
): { readonly made: readonly KeeperMount[]; readonly command: Command } {
  if (kind === 'crun' || !command.mounts.some(({ type }) => type === 'tmpfs')) return { made: [], command }
  const made: KeeperMount[] = []
  const mounts = command.mounts.map((mount, index) => {
    if (mount.type === 'bind') return mount
    const target = `${dir}/tmpfs${index}`
    made.push({ type: 'tmpfs', source: 'tmpfs', target, flags: 0, data: data(mount, maps) })
    const words = mount.options.filter((word) => !word.includes('='))
    return {
      type: 'bind' as const,
      source: target,
      destination: mount.destination,
      options: ['bind', 'noexec', ...words],
    }
  })
  return { made, command: { ...command, mounts } }
}
