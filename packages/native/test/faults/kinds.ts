import type { CommandInput } from '@execd/core'

export type Kind = Omit<Partial<CommandInput>, 'process'> & { process?: Partial<CommandInput['process']> }

const MAPS = [{ containerID: 0, hostID: 200_000, size: 65_536 }]

/** Containers that are made in different ways. */
export const KINDS: readonly Kind[] = [
  {},
  { init: true },
  { process: { terminal: true } },
  { resources: { memory: { limit: '64MiB' }, pids: { limit: 20 }, cpu: { shares: 512 } } },
  { namespaces: { user: 'private', uidMappings: MAPS, gidMappings: MAPS } },
  { mounts: [{ type: 'tmpfs', destination: '/data' }], maskedPaths: ['/etc'], readonlyPaths: ['/home'] },
  { rootfs: { type: 'host' } },
]

/** A script that leaves its parent, its session and its terminal behind. */
export const scattered = (mark: string, end: string): string =>
  `(setsid sleep ${mark} &); (setsid sh -c "trap '' TERM HUP; sleep ${mark} & sleep ${mark}" &); ${end}`
