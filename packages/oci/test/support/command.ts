import { type Command, resolveCommand } from '@execd/core/driver'

/** A command with the given parts. */
export function command(parts: object = {}, process: object = {}): Command {
  return resolveCommand({ id: 'c1', rootfs: '/srv/root', ...parts, process: { args: ['true'], ...process } })
}
