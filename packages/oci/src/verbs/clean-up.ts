import { existsSync } from 'node:fs'
import { type CleanupProblem, ExecdError } from '@execd/core/driver'
import { type CgroupPaths, emptyGroups, removeGroups } from '@execd/linux/cgroup'
import { type ProcessIdentity, signalProcess } from '@execd/linux/proc'
import { deleteLine } from '../runtime/command-lines.js'
import type { Runtime } from '../runtime/find-runtime.js'
import { runTool } from '../runtime/run-tool.js'

const TIMEOUT_MS = 10_000

/** What is to be cleaned up after. */
export interface LostContainer {
  readonly dir: string
  readonly runtime: Runtime
  readonly groups: CgroupPaths | null
  readonly groupDirs: readonly string[]
}

async function attempt(step: string, work: () => Promise<unknown>): Promise<CleanupProblem[]> {
  try {
    await work()
    return []
  } catch (error) {
    const errno = ExecdError.is(error) ? String(error.details.errno ?? error.code) : 'EIO'
    return [{ step, errno }]
  }
}

/** Ends everything of a container whose keeper is gone, and removes its groups and what its runtime keeps. The folder stays. */
export async function cleanUpLost(
  { dir, runtime, groups, groupDirs }: LostContainer,
  first: ProcessIdentity | null,
  toolPath: string,
): Promise<CleanupProblem[]> {
  if (first !== null) signalProcess(first, 'SIGKILL')
  const killed =
    groups === null ? [] : await attempt('kill the processes', () => emptyGroups(groups, TIMEOUT_MS))
  const [program = '', ...args] = deleteLine(runtime, { dir, cgroups: groups !== null })
  // a runtime that cannot do it leaves its own files at most, which are in the folder
  await attempt('delete', () => runTool(program, args, toolPath))
  const dirs = Object.fromEntries(groupDirs.filter((path) => existsSync(path)).map((path) => [path, path]))
  const left = await removeGroups({ version: groups?.version ?? 1, dirs }, TIMEOUT_MS)
  return [...killed, ...left]
}
