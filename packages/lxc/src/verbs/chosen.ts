import type { Command, ProcessSpec, Rootfs } from '@execd/core/driver'
import { NOBODY } from '@execd/linux/users'
import type { Host } from '../host/host.js'
import { withIdMaps } from '../host/rootless.js'

/** A process with its user: one that names none is root, but nobody where the root is the host's own files: root would read what only the host's root may read. Pure. */
export function withUser(process: ProcessSpec, { type }: Rootfs): ProcessSpec {
  return type === 'host' && process.user === null ? { ...process, user: `${NOBODY}:${NOBODY}` } : process
}

/** The command with what it leaves to this driver: its user, and the id maps of an ordinary user. Pure. Throws EXECD_UNSUPPORTED. */
export function withChoices(command: Command, host: Host): Command {
  const chosen = { ...command, process: withUser(command.process, command.rootfs) }
  return host.user === null ? chosen : withIdMaps(chosen, host.user)
}
