import type { Command } from '@execd/core/driver'
import type { RenderInput } from './input.js'
import { line } from './lines.js'

const MAX_HOSTNAME = 64

function idMapLines(command: Command): string[] {
  const { uidMappings, gidMappings } = command.namespaces
  return [
    ...uidMappings.map(({ containerID, hostID, size }) =>
      line('lxc.idmap', `u ${containerID} ${hostID} ${size}`),
    ),
    ...gidMappings.map(({ containerID, hostID, size }) =>
      line('lxc.idmap', `g ${containerID} ${hostID} ${size}`),
    ),
  ]
}

/** Which namespaces are private (no line), kept from the host, or joined; and what belongs to them. */
export function namespaceLines(input: RenderInput): string[] {
  const { command, shared } = input
  const { namespaces } = command
  const kept = (['pid', 'ipc', 'uts', 'cgroup'] as const).filter((name) => namespaces[name] === 'host')
  // all that is not named here becomes private, the user namespace too
  const user = namespaces.uidMappings.length === 0 ? ['user'] : []
  const lines = kept.length === 0 ? [] : [line('lxc.namespace.keep', [...kept, ...user].join(' '))]
  for (const name of ['pid', 'ipc', 'uts'] as const) {
    const path = shared[name]
    if (path !== null) lines.push(line(`lxc.namespace.share.${name}`, path))
  }
  if (namespaces.uts === 'private')
    lines.push(line('lxc.uts.name', command.hostname ?? command.id.slice(0, MAX_HOSTNAME)))
  return [...lines, ...idMapLines(command)]
}
