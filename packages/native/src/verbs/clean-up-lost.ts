import { readFile } from 'node:fs/promises'
import { emptyGroups, removeGroups } from '../cgroup/kill.js'
import type { CgroupPaths } from '../cgroup/types.js'
import type { LostProcess } from '../process/running-process.js'

const TIMEOUT_MS = 10_000

/** Field 22 of /proc/pid/stat, clock ticks since boot; null when there is no such process. The name in field 2 may hold anything, so counting begins after its last ")". */
export async function startTimeOf(pid: number): Promise<bigint | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return field === undefined ? null : BigInt(field)
  } catch {
    return null
  }
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
