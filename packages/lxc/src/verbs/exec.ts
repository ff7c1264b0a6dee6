import { rmSync, writeFileSync } from 'node:fs'
import type { DriverProcess, ExecOptions, ProcessSpec } from '@execd/core/driver'
import { findUser } from '@execd/linux/users'
import { environmentLines, environmentOf, rlimitLines } from '../config/process.js'
import { unsupported } from '../errors.js'
import { type DriverContext, runningContainer } from './context.js'
import { checkExec, checkExecCwd } from './exec-checks.js'
import { startExec } from './exec-start.js'

const FIFOS_PER_EXEC = 4

/** Files that an exec has in the folder of its container. */
export function execFiles(config: string): string[] {
  return [config, `${config}-stdin`, `${config}-program`]
}

/** The verb `exec`: see Driver in @execd/core. */
export async function exec(
  context: DriverContext,
  id: string,
  execId: string,
  process: ProcessSpec,
  options: ExecOptions,
): Promise<DriverProcess> {
  const container = runningContainer(context, id)
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
  const fifos = await context.fifos.take(FIFOS_PER_EXEC)
  const config = `${container.dir}/exec-${execId}`
  const lines = [...environmentLines(environmentOf(process, user)), ...rlimitLines(process)]
  writeFileSync(config, `${lines.join('\n')}\n`, { mode: 0o600 })
  try {
    return await startExec(context, container, { execId, process, config, user, fifos, io: options.io })
  } catch (error) {
    for (const path of execFiles(config)) rmSync(path, { force: true })
    throw error
  } finally {
    context.fifos.giveBack(fifos)
  }
}
