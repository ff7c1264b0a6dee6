import { readFile, realpath } from 'node:fs/promises'
import { type Command, ExecdError, parseMountOptions } from '@execd/core/driver'

/** A mount of the host and what its propagation is (proc_pid_mountinfo(5), optional fields). */
interface HostMount {
  readonly path: string
  readonly shared: boolean
  readonly slave: boolean
}

/** The mounts of /proc/self/mountinfo in their order. Pure. */
export function parseMountinfo(text: string): HostMount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = ''] = line.split(' - ')
      const [, , , , path = '', , ...optional] = before.split(' ')
      const unescaped = path.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      )
      return {
        path: unescaped,
        shared: optional.some((field) => field.startsWith('shared:')),
        slave: optional.some((field) => field.startsWith('master:')),
      }
    })
}

/** The mount that a path is on: of those at the longest matching place the last one, which covers the others. Pure. */
export function mountOf(mounts: readonly HostMount[], path: string): HostMount | undefined {
  const holds = (mount: HostMount): boolean =>
    mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`)
  return mounts
    .filter(holds)
    .reduce<HostMount | undefined>(
      (best, one) => (best === undefined || one.path.length >= best.path.length ? one : best),
      undefined,
    )
}

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
  const mounts = parseMountinfo(await readFile('/proc/self/mountinfo', 'utf8'))
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
      `the host's mount ${mount?.path ?? source} is private`,
      `as root: mount --make-rshared ${mount?.path ?? source}`,
    )
  }
}
