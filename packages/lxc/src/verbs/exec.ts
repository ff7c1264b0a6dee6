import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DriverProcess, ExecOptions, ProcessSpec } from '@execd/core/driver'
import { execLeaf } from '@execd/linux/cgroup'
import { findUser } from '@execd/linux/users'
import { environmentLines, environmentOf, rlimitLines } from '../config/process.js'
import { unsupported } from '../errors.js'
import { withUser } from './chosen.js'
import { type DriverContext, type LxcContainer, runningContainer } from './context.js'
import { checkExec, checkExecCwd } from './exec-checks.js'
import { startExec } from './exec-start.js'
import { checkMapped } from './render-input.js'

const FIFOS_PER_EXEC = 4

/** Where the files of an exec are: with the container that ends with this process, else where the guard sees that the exec does. */
function execFolder(
  { state }: DriverContext,
  { home, dir, command, payload }: LxcContainer,
  execId: string,
): string {
  if (home === null) return dir
  const folder = `${state.dir}/${command.id}-${execId}`
  mkdirSync(folder, { mode: 0o700 })
  const own = Object.values(payload.dirs).map((group) => `${group}/${execLeaf(execId)}`)
  writeFileSync(`${folder}/groups`, [...new Set(own)].map((group) => `${group}\n`).join(''))
  return folder
}

/** Removes the files of an exec. */
export function removeExecFiles({ home }: LxcContainer, config: string): void {
  if (home !== null) rmSync(dirname(config), { recursive: true, force: true })
  else for (const path of [config, `${config}-stdin`, `${config}-program`]) rmSync(path, { force: true })
}

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  wanted: ProcessSpec,
  options: ExecOptions,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
  const process = withUser(wanted, container.command.rootfs)
  checkExec(process, container)
  const root = `/proc/${container.first}/root`
  checkExecCwd(process.cwd, root)
  const user = findUser(process, [root], { driver: 'lxc', container: id, exec: execId })
  if (user.groups.some((group) => group !== user.gid))
    throw unsupported(
      'process.additionalGroups',
      'lxc-attach gives a process no supplementary groups',
      'give the user by number, which has none',
    )
  checkMapped(container.command, user)
  const fifos = await context.fifos.take(FIFOS_PER_EXEC)
  const config = `${execFolder(context, container, execId)}/exec-${execId}`
  const lines = [...environmentLines(environmentOf(process, user)), ...rlimitLines(process)]
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 })
  try {
    return await startExec(context, container, {
      ...options,
      execId,
      process,
      config,
      user,
      fifos,
    })
  } catch (error) {
    removeExecFiles(container, config)
    throw error
  } finally {
    context.fifos.giveBack(fifos)
  }
}
