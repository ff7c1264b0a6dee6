import type { HookState, RunCallbacks } from '@execd/core/driver'
import { findUser } from '@execd/linux/users'
import { usesInit } from '../config/init.js'
import { environmentOf } from '../config/process.js'
import { findInRoot } from '../host/program-in-root.js'
import { programError } from '../parse/failure.js'
import type { LxcContainer } from './context.js'
import { hostId } from './render-input.js'

/** LXC's init does not tell that it could not execute the program: that is found out before, when everything is mounted. Throws EXECD_PROGRAM_NOT_FOUND, EXECD_PROGRAM_NOT_EXECUTABLE. */
function checkProgramFound({ command }: LxcContainer, pid: number): void {
  const { process } = command
  const root = `/proc/${pid}/root`
  const user = findUser(process, [root], { driver: 'lxc', container: command.id })
  const path = new Map(environmentOf(process, user)).get('PATH') ?? ''
  const groups = [user.gid, ...user.groups].map((gid) => hostId(command, gid, 'gidMappings'))
  const by = { uid: hostId(command, user.uid), groups, root: user.uid === 0 }
  const [name = ''] = process.args
  const found = findInRoot(root, name, { path, cwd: process.cwd, by })
  if (found === 'ok') return
  const reason = found === 'ENOENT' ? 'No such file or directory' : 'Permission denied'
  throw programError(reason, name, command.id)
}

/** What is to be done when the namespaces exist and the command has not run; null when nothing is. */
export function prestartCheck(
  container: LxcContainer,
  callback: RunCallbacks['prestart'],
): ((state: HookState) => Promise<void>) | null {
  if (!usesInit(container.command)) return callback
  return async (state) => {
    checkProgramFound(container, state.pid)
    await callback?.(state)
  }
}
