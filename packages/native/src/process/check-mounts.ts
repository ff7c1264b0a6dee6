import { readFile, realpath } from 'node:fs/promises'
import { type Command, ExecdError, parseMountOptions } from '@execd/core/driver'
import { mountOf, parseMountInfo } from '@execd/linux/mounts'

/**
 * Propagation with the host needs a mount that propagates on the host's side (mount_namespaces(7)), and to reach the host no user namespace. Rejects with
 * EXECD_MOUNT.
 */
export async function checkMounts(command: Command, userNamespace: boolean): Promise<void> {
  const wanted = command.mounts.flatMap((mount, index) => {
    if (mount.type !== 'bind') return []
    const kind = parseMountOptions(mount.type, mount.options).options.propagation.replace(/^r/, '')
    return kind === 'private' ? [] : [{ index, kind, source: mount.source }]
  })
  if (wanted.length === 0) return
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'))
  for (const { index, kind, source } of wanted) {
    const refuse = (reason: string, hint: string): ExecdError =>
      new ExecdError('EXECD_MOUNT', `mounts[${index}]: ${source} cannot be ${kind}: ${reason}`, {
        hint,
        details: { driver: 'native', container: command.id, path: `mounts[${index}].options`, got: kind },
      })
    if (kind === 'shared' && userNamespace) {
      throw refuse(
        'from a user namespace nothing propagates to the host',
        'use "slave" or "private", or run as root',
      )
    }
    const mount = mountOf(mounts, await realpath(source).catch(() => source))
    if (mount?.shared === true || (kind === 'slave' && mount?.slave === true)) continue
    throw refuse(
      `the host's mount ${mount?.mountPoint ?? source} is private`,
      `as root: mount --make-rshared ${mount?.mountPoint ?? source}`,
    )
  }
}
