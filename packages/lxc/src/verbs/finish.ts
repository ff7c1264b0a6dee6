import { readFileSync, rmSync } from 'node:fs'
import type { CleanupProblem, ExitStatus, OomReport } from '@execd/core/driver'
import { oomKillsOf, readUsage } from '@execd/linux/cgroup'
import { errnoOf } from '@execd/linux/errno'
import { signalName } from '@execd/linux/proc'
import { usesInit } from '../config/init.js'
import { usageOf } from '../host/counters.js'
import { discardGroups } from '../host/remove-groups.js'
import { removeLock } from '../host/run-dir.js'
import type { FirstExit } from '../io/status-pipe.js'
import type { DriverContext, LxcContainer } from './context.js'
import { type AboutEnd, toldEnd } from './told-end.js'

const SIGKILL = 9

/** How the container's first process ended. */
export interface EndOfContainer {
  /** What the monitor reported; null when it died before. */
  readonly exit: FirstExit | null
  /** Signals sent from here. */
  readonly sent: ReadonlySet<number>
  readonly wall: number
  readonly oom: () => void
}

/** Kills for want of memory in a v1 container's own group, which LXC has removed. */
function notedOomKills(container: LxcContainer): number {
  try {
    return oomKillsOf(readFileSync(`${container.dir}/oom_control`, 'utf8')) ?? 0
  } catch {
    return 0 // no limit, so no hook that kept it
  }
}

function endOf({ command }: LxcContainer, exit: FirstExit | null, about: AboutEnd): FirstExit {
  if (exit === null) return { code: null, signal: null }
  return usesInit(command) && exit.code !== null ? toldEnd(exit.code, about) : exit
}

/** Removes what is left, and says how the container ended. Never rejects. */
export async function containerStatus(
  context: DriverContext,
  container: LxcContainer,
  how: EndOfContainer,
): Promise<ExitStatus> {
  const { exit, sent, wall } = how
  const cleanup: CleanupProblem[] = []
  const { outer } = container
  // the group above is still there when LXC has removed the container's own
  const usage = usageOf(await readUsage(outer), wall)
  await Promise.all([...container.execs.values()].map((exec) => exec.exited))
  const kills =
    outer.version === 2
      ? ((await readUsage(outer)).oomKills ?? 0)
      : notedOomKills(container) + container.execOomKills
  if (kills > 0) how.oom()
  for (const groups of [outer, container.monitor]) cleanup.push(...(await discardGroups(groups)))
  try {
    removeLock(container.state.dir, container.command.id)
    rmSync(container.dir, { recursive: true, force: true }) // what tells of the end of a detached one is beside it
  } catch (error) {
    cleanup.push({ step: `remove ${container.dir}`, errno: errnoOf(error) })
  }
  context.containers.delete(container.command.id)
  if (container.home !== null) context.ended.set(container.command.id, container.home)
  const { code, signal } = endOf(container, exit, { sent, killed: container.killed || kills > 0 })
  const init = signal === SIGKILL && !sent.has(SIGKILL) && !container.killed
  const oom: OomReport | null = kills > 0 ? { kills, init } : null
  return {
    exitCode: code,
    signal: signal === null ? null : signalName(signal),
    oom,
    usage,
    cleanup,
    lost: exit === null,
  }
}
