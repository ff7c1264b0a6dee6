import type { CommandInput, DriverCapabilities } from '@execd/core'
import { requestedFields, resolveCommand } from '@execd/core/driver'

/** The root file system that cases run in, of the kinds that the driver declares: a directory, else an overlay of it, else the host. Pure. */
export function baseRootfs(capabilities: DriverCapabilities, path: string): CommandInput['rootfs'] {
  const has = (type: string): boolean => capabilities.fields[`rootfs.type=${type}`] === true
  if (has('directory')) return { type: 'directory', path }
  if (has('overlay')) return { type: 'overlay', lower: path }
  return { type: 'host' }
}

/** Fields that every command asks for by its defaults and that the driver does not declare: cases about other things go on without them. Pure. */
export function lackingDefaults(
  capabilities: DriverCapabilities,
  rootfs: CommandInput['rootfs'],
): readonly string[] {
  const plain = resolveCommand({ rootfs, process: { args: ['/bin/sh'] } })
  const keys = requestedFields(plain).map(({ key }) => key)
  return keys.filter(
    (key) => capabilities.fields[key] !== true && !key.startsWith('rootfs.') && key !== 'process.args',
  )
}
