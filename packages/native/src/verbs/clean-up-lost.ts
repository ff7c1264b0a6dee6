import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { emptyGroups, removeGroups } from '../cgroup/kill.js'
import type { CgroupPaths } from '../cgroup/types.js'
import type { LostProcess } from '../process/running-process.js'

const TIMEOUT_MS = 10_000
/** A little more than an init takes at most to end its tree (END_TREE_MS of the helper). */
const TREE_TIMEOUT_MS = 11_000
const POLL_MS = 10

/** Fields 3 (state) and 22 (start time, clock ticks since boot) of /proc/pid/stat; null when there is no such process. The name in field 2 may hold anything, so counting begins after its last ")". */
async function statOf(pid: number): Promise<{ state: string; startTime: bigint } | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTime] = [fields[0], fields[19]]
    return state === undefined || startTime === undefined ? null : { state, startTime: BigInt(startTime) }
  } catch {
    return null
  }
}

/** Start time of a process in clock ticks since boot; null when there is no such process. */
export async function startTimeOf(pid: number): Promise<bigint | null> {
  return (await statOf(pid))?.startTime ?? null
}

/**
 * After a monitor died: kills what it looked after and removes the cgroups. The command itself dies with its monitor (parent death
 * signal) unless a set-user-ID program cleared that.
 */
export async function cleanUpLost(cgroups: CgroupPaths | null, lost: LostProcess | null): Promise<void> {
  if (lost !== null && (await startTimeOf(lost.pid)) === lost.startTime) {
    try {
      process.kill(lost.pid, 'SIGKILL')
    } catch {
      // ended in between
    }
  }
  if (cgroups === null) return
  await emptyGroups(cgroups, TIMEOUT_MS)
  await removeGroups(cgroups, TIMEOUT_MS)
}

/**
 * After the monitor of an exec without a cgroup died: its init is told so by the parent death signal and ends the tree, then itself.
 * Killed before, it would leave the tree to the container.
 */
export async function cleanUpLostTree(lost: LostProcess | null): Promise<void> {
  if (lost === null) return
  for (const end = performance.now() + TREE_TIMEOUT_MS; performance.now() < end; await delay(POLL_MS)) {
    const stat = await statOf(lost.pid)
    if (stat?.startTime !== lost.startTime || stat.state === 'Z') return
  }
  await cleanUpLost(null, lost)
}
