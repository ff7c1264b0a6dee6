import { setTimeout as sleep } from 'node:timers/promises'
import type { CleanupProblem } from '@execd/core/driver'
import { type CgroupPaths, emptyGroups, readPids, removeGroups } from '@execd/linux/cgroup'
import { identify, isAlive, type ProcessIdentity, signalProcess } from '@execd/linux/proc'

const TIMEOUT_MS = 10_000
const PAUSE_MS = 5

/** Kills everything in groups; true when all of it has ended in time. Never rejects. */
export async function endGroups(paths: CgroupPaths): Promise<boolean> {
  return emptyGroups(paths, TIMEOUT_MS).then(
    () => true,
    () => false,
  )
}

/** Kills what is left in groups and removes them with all below. Returns what could not be removed. Never rejects. */
export async function discardGroups(paths: CgroupPaths): Promise<CleanupProblem[]> {
  await endGroups(paths) // what it cannot end shows in the removal
  return removeGroups(paths, TIMEOUT_MS)
}

/** Kills everything in groups but one process, until that has ended too or nothing else is left: what forks meanwhile is caught in the next round. Never rejects. */
export async function endOthers(paths: CgroupPaths, spared: ProcessIdentity): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS
  while (isAlive(spared) && performance.now() < deadline) {
    const others = (await readPids(paths)).filter((pid) => pid !== spared.pid)
    if (others.length === 0) return
    for (const pid of others) {
      const one = identify(pid)
      if (one !== null) signalProcess(one, 'SIGKILL')
    }
    await sleep(PAUSE_MS)
  }
}
