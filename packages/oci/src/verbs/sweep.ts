import { existsSync } from 'node:fs'
import type { CleanupProblem, SweepReport, SweptThing } from '@execd/core/driver'
import { readPids } from '@execd/linux/cgroup'
import { isAlive, type ProcessIdentity } from '@execd/linux/proc'
import { waitUntil } from '@execd/linux/wait'
import { type ContainerState, hasBegun, readState } from '../state/container-state.js'
import { mayLive } from '../state/folders.js'
import { cleanUpLost } from './clean-up.js'
import type { DriverContext } from './context.js'

const KEEPER_MS = 10_000

/** A keeper whose owner died cleans up by itself, which takes a moment. */
async function isGone(keeper: ProcessIdentity | null): Promise<boolean> {
  return keeper === null || waitUntil(async () => !isAlive(keeper), KEEPER_MS)
}

async function sweepOne(
  context: DriverContext,
  path: string,
  state: ContainerState,
): Promise<{ removed: SweptThing[]; problems: readonly CleanupProblem[] }> {
  const pids = state.groups === null ? [] : await readPids(state.groups)
  const groups = state.groupDirs.filter((dir) => existsSync(dir))
  const problems = await cleanUpLost({ dir: path, ...state }, null, context.options.toolPath)
  const left = context.state.remove(path, state.command.id)
  return {
    removed: [
      ...pids.map((pid) => ({ kind: 'process' as const, name: String(pid) })),
      ...groups.filter((dir) => !existsSync(dir)).map((name) => ({ kind: 'cgroup' as const, name })),
      ...(left.length > 0 ? [] : [{ kind: 'state' as const, name: path }]),
    ],
    problems: [...problems, ...left],
  }
}

/** The verb `sweep`: folders whose maker is dead, but for those of detached containers that have begun. */
export async function sweep(context: DriverContext): Promise<SweepReport> {
  const removed: SweptThing[] = []
  const problems: CleanupProblem[] = []
  for (const { path, maker } of context.state.list()) {
    if (mayLive(maker)) continue
    const state = readState(path)
    if (state === null) {
      // nothing was begun
      const left = context.state.remove(path, '')
      problems.push(...left)
      if (left.length === 0) removed.push({ kind: 'state', name: path })
      continue
    }
    if (state.detached && hasBegun(path)) continue
    if (!(await isGone(state.keeper))) {
      problems.push({ step: `wait for the keeper of ${state.command.id}`, errno: 'ETIMEDOUT' })
      continue
    }
    if (!existsSync(path)) continue
    const swept = await sweepOne(context, path, state)
    removed.push(...swept.removed)
    problems.push(...swept.problems)
  }
  return { removed, problems }
}
